#include "training/trainer/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "training/trainer/cut_sensitivity.h"

namespace ockham::training {
namespace {

double nats(const ChannelRecord& channel) {
  return static_cast<double>(channel.kl) * static_cast<double>(channel.weight);
}

std::string cost_text(const ChannelRecord& channel) {
  return fmt::format("keeping it cost {:.1f} x {:.3g} = {:.0f} nats", channel.kl, channel.weight,
                     nats(channel));
}

std::string reason_to_go(const ChannelRecord& channel, const PosteriorFile& file) {
  const std::string when = fmt::format("went after epoch {:.0f}", channel.gone_after);
  if (channel.relevance >= channel.cut) {
    return when + " along with others: no other channel was left that it reads or that reads it";
  }
  return fmt::format("{}: {}; {} {:.1f} is below the cut {:g}", when, cost_text(channel),
                     file.relevance_meaning, channel.relevance, channel.cut);
}

std::string reason_to_stay(const ChannelRecord& channel, const PosteriorFile& file) {
  const std::string cost = cost_text(channel);
  if (channel.relevance < 0.0f) {
    return fmt::format(
        "stayed {} {} {:.1f} is below the cut 0; {}",
        file.price == 0.0 ? "as the price is 0, although" : "as the last of its group, although",
        file.relevance_meaning, channel.relevance, cost);
  }
  return fmt::format("stayed: {} {:.1f} is above the cut 0; {}", file.relevance_meaning,
                     channel.relevance, cost);
}

/// "fc1.inputs" reads better as "fc1".
std::string layer_of(const std::string& group) {
  const std::string suffix = ".inputs";
  return group.ends_with(suffix) ? group.substr(0, group.size() - suffix.size()) : group;
}

std::string group_line(const std::string& name, const std::vector<ChannelRecord>& channels) {
  const auto kept = std::ranges::count_if(channels, &ChannelRecord::stayed);
  double paid = 0.0, saved = 0.0;
  for (const ChannelRecord& channel : channels) (channel.stayed() ? paid : saved) += nats(channel);
  return fmt::format("{:<20}{:>14}{:>14.0f}{:>14.0f}   {}\n", name,
                     fmt::format("{} of {}", kept, channels.size()), paid, saved,
                     empty_region_text(empty_region(channels)));
}

}  // namespace

std::string explain(const PosteriorFile& file) {
  std::string text = fmt::format("{}, price {:g} by {}; relevance: {}, removed below 0\n\n",
                                 file.method, file.price, file.priced_by, file.relevance_meaning);
  text += fmt::format("{:<20}{:>14}{:>14}{:>14}   {}\n", "group", "kept", "nats paid", "nats saved",
                      "no relevance between");
  for (const std::string& name : file.order) text += group_line(name, file.groups.at(name));
  for (const std::string& name : file.order) {
    const std::vector<ChannelRecord>& channels = file.groups.at(name);
    text += '\n';
    for (std::size_t c = 0; c < channels.size(); ++c) {
      text += fmt::format("{} {} {:<5} mean {:>8.4f} +- {:<8.4f} {}\n", layer_of(name),
                          file.nouns.at(name), c, channels[c].mean, channels[c].deviation,
                          channels[c].stayed() ? reason_to_stay(channels[c], file)
                                               : reason_to_go(channels[c], file));
    }
  }
  return text;
}

}  // namespace ockham::training
