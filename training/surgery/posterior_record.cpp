#include "training/surgery/posterior_record.h"

#include <nlohmann/json.hpp>
#include <span>

#include "runtime/format/files.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"

namespace ockham::training {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const ChannelRecord& channel) {
  return {
      {"mean", channel.mean},           {"deviation", channel.standard_deviation},
      {"kl_nats", channel.kl},          {"weight", channel.weight},
      {"relevance", channel.relevance}, {"cut", channel.cut},
      {"kept", channel.stayed()},       {"gone_after_epoch", static_cast<int>(channel.gone_after)}};
}

ChannelRecord channel_from(const Json& json) {
  return {.mean = json.at("mean").get<float>(),
          .standard_deviation = json.at("deviation").get<float>(),
          .kl = json.at("kl_nats").get<float>(),
          .weight = json.at("weight").get<float>(),
          .relevance = json.at("relevance").get<float>(),
          .cut = json.at("cut").get<float>(),
          .gone_after = json.at("gone_after_epoch").get<float>()};
}

Json group_json(const PosteriorFile& file, const std::string& name) {
  Json channels = Json::array();
  for (const ChannelRecord& channel : file.groups.at(name)) channels.push_back(to_json(channel));
  return {{"group", name}, {"channel", file.nouns.at(name)}, {"channels", channels}};
}

PosteriorFile file_from(const Json& json) {
  PosteriorFile file{.method = json.at("method").get<std::string>(),
                     .relevance_meaning = json.at("relevance").get<std::string>(),
                     .price = json.at("price").get<double>(),
                     .priced_by = json.at("priced_by").get<std::string>()};
  for (const Json& group : json.at("groups")) {
    const std::string name = group.at("group").get<std::string>();
    file.order.push_back(name);
    file.nouns[name] = group.at("channel").get<std::string>();
    for (const Json& channel : group.at("channels")) {
      file.groups[name].push_back(channel_from(channel));
    }
  }
  return file;
}

}  // namespace

std::filesystem::path posterior_path(const std::filesystem::path& folder) {
  return folder / "posterior.json";
}

void write_posterior(const std::filesystem::path& folder, const PosteriorFile& file) {
  Json groups = Json::array();
  for (const std::string& name : file.order) groups.push_back(group_json(file, name));
  const Json json = {{"method", file.method},
                     {"relevance", file.relevance_meaning},
                     {"price", file.price},
                     {"priced_by", file.priced_by},
                     {"groups", groups}};
  const std::string text = json.dump(1) + "\n";
  write_file(posterior_path(folder), text);
}

PosteriorFile read_posterior(const std::filesystem::path& folder) {
  const std::filesystem::path path = posterior_path(folder);
  if (!std::filesystem::exists(path)) {
    throw Error(Status::kNotFound,
                path.string() + ": there is none; a run writes it when pruning is finished");
  }
  const std::vector<std::byte> bytes = read_file(path);
  try {
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    return file_from(Json::parse(text, text + bytes.size()));
  } catch (const nlohmann::json::exception& problem) {
    throw Error(Status::kInvalidModel, path.string() + ": damaged (" + problem.what() + ")");
  }
}

}  // namespace ockham::training
