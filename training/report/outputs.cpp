#include "training/report/outputs.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"
#include "training/data/data.h"
#include "training/methods/method.h"
#include "training/report/run_folder.h"
#include "training/surgery/cut_sensitivity.h"
#include "training/surgery/removable_groups.h"
#include "training/surgery/shrink.h"

namespace ockham::training {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kSampleImages = 8;

/// What each convolution and linear layer reads and computes, in the graph's order.
struct LayerWidth {
  std::string layer;
  std::int64_t width = 0;  ///< filters or neurons
  std::int64_t inputs = 0;
  bool is_linear = false;
};

std::vector<LayerWidth> layer_widths(const Graph& graph) {
  std::vector<LayerWidth> widths;
  for (const Node& node : graph.nodes) {
    if (is_layer(node.op)) {
      const Shape& weight = graph.value(node.inputs[1]).shape;
      widths.push_back({node.name, weight[0], weight[1], std::holds_alternative<Linear>(node.op)});
    }
  }
  return widths;
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::string percent(double value) { return fmt::format("{:.2f}", value); }

/// The dense network in the form in which it was pruned.
struct Exposed {
  Graph graph;
  converters::Channels channels;
};

Exposed exposed_form(const Graph& dense) {
  Graph graph = training_form(dense);
  converters::Channels channels = converters::channel_structure(graph);
  return {std::move(graph), std::move(channels)};
}

/// What is known of each filter or neuron of the layer, empty for layers outside any group. Several
/// may compute one channel of their group, and in a layer only some may be in a group.
std::vector<ChannelRecord> layer_channels(const Exposed& exposed, const PosteriorRecord& posterior,
                                          const std::string& layer) {
  const auto node = std::ranges::find(exposed.graph.nodes, layer, &Node::name);
  const converters::ChannelStructure& channels = *exposed.channels;
  std::vector<ChannelRecord> records;
  bool is_judged = false;
  for (const converters::ChannelId& id : channels.of(node->outputs[0]).ids) {
    const auto found = posterior.find(channels.groups()[static_cast<std::size_t>(id.group)].name);
    is_judged |= found != posterior.end();
    records.push_back(found == posterior.end()
                          ? ChannelRecord{}
                          : found->second[static_cast<std::size_t>(id.channel)]);
  }
  return is_judged ? records : std::vector<ChannelRecord>{};
}

void add_channels(LayerHistory& history, const std::vector<ChannelRecord>& channels) {
  for (const ChannelRecord& channel : channels) {
    history.relevance.push_back(channel.relevance);
    history.mean.push_back(channel.mean);
    history.standard_deviation.push_back(channel.standard_deviation);
  }
}

/// The single inputs of a linear layer, where these may go: a layer of their own in the report.
void add_inputs(std::vector<LayerHistory>& histories, const PosteriorRecord& posterior,
                const std::string& layer) {
  const auto found = posterior.find(layer + ".inputs");
  if (found == posterior.end()) return;
  histories.push_back({.layer = found->first,
                       .dense_width = std::ssize(found->second),
                       .width = std::ranges::count_if(found->second, &ChannelRecord::stayed),
                       .reason = "inputs that " + layer + " reads",
                       .threshold = 0.0f});
  add_channels(histories.back(), found->second);
}

std::vector<LayerHistory> layer_histories(const Exposed& exposed, const TrainingResult& result) {
  const std::vector<LayerWidth> dense = layer_widths(result.dense);
  const std::vector<LayerWidth> compact = layer_widths(result.compact);
  std::vector<LayerHistory> histories;
  for (std::size_t i = 0; i < dense.size(); ++i) {
    add_inputs(histories, result.posterior, dense[i].layer);
    histories.push_back({.layer = dense[i].layer,
                         .dense_width = dense[i].width,
                         .width = compact[i].width,
                         .threshold = 0.0f});
    add_channels(histories.back(), layer_channels(exposed, result.posterior, dense[i].layer));
  }
  return histories;
}

/// What a channel of the group is.
std::string noun_of(const Graph& exposed, const converters::ChannelGroup& group) {
  if (group.producers.empty()) return "input";
  const Node& producer = exposed.node(group.producers[0].node);
  return std::holds_alternative<Linear>(producer.op) ? "neuron" : "filter";
}

PosteriorFile posterior_file(const Settings& settings, const Exposed& exposed,
                             const TrainingResult& result) {
  const PosteriorRecord& posterior = result.posterior;
  PosteriorFile file{
      .method = settings.method,
      .relevance_meaning = std::string(make_method(settings.method)->relevance_meaning()),
      .price = result.goal.price,
      .priced_by = settings.priced_by,
      .groups = posterior};
  for (const auto& group : removable_groups(exposed.graph, *exposed.channels)) {
    if (!posterior.contains(group.name)) continue;
    file.order.push_back(group.name);
    file.nouns[group.name] = noun_of(exposed.graph, group);
  }
  return file;
}

Json to_json(const EmptyRegion& region) {
  const auto end = [](const std::optional<double>& at) { return at ? Json(*at) : Json(); };
  return Json::array({end(region.low), end(region.high)});
}

/// The region of all groups together, what a cut at either end of it leaves (what lies at the end
/// stays), and the region of each group.
Json empty_region_json(const Exposed& exposed, const PosteriorRecord& posterior) {
  const EmptyRegion all = empty_region(posterior);
  const CutResult low = cut_at(exposed.graph, exposed.channels, posterior, all.low.value_or(0.0));
  const CutResult high = cut_at(exposed.graph, exposed.channels, posterior, all.high.value_or(0.0));
  Json groups = Json::object();
  for (const auto& [name, judged] : posterior) groups[name] = to_json(empty_region(judged));
  return {{"overall",
           {{"region", to_json(all)},
            {"macs", {low.macs, high.macs}},
            {"params", {low.params, high.params}}}},
          {"groups", groups}};
}

Json cut_sensitivity_json(const Exposed& exposed, const PosteriorRecord& posterior) {
  Json list = Json::array();
  for (const CutResult& result : cut_sensitivity(exposed.graph, exposed.channels, posterior)) {
    list.push_back({{"cut", result.cut}, {"macs", result.macs}, {"params", result.params}});
  }
  return list;
}

/// A few validation images and what `graph` answers.
SelfTest make_sample(const TrainingData& data, const Graph& graph) {
  const std::int64_t count = std::min(kSampleImages, data.validation.count());
  const torch::Tensor input =
      data.prepared(data.validation.images.slice(0, 0, count)).to(torch::kCPU).contiguous();
  reference::Tensor<float> x{Shape(input.sizes().vec()),
                             {input.data_ptr<float>(), input.data_ptr<float>() + input.numel()}};
  SelfTest sample{.batch = count, .inputs = {x.data}, .outputs = {}};
  for (const auto& y : reference::run<float>(graph, std::span(&x, 1)))
    sample.outputs.push_back(y.data);
  return sample;
}

/// What the network is, and the file it comes from, if we did not train it.
Provenance origin(const Settings& settings, const Subject& subject) {
  Provenance provenance;
  provenance.set("network", subject.network);
  provenance.set("data", settings.data);
  if (!subject.imported_from.empty()) provenance.set("imported_from", subject.imported_from);
  return provenance;
}

/// What the run did: it trained the network or, where that was imported, only pruned it.
void add_run(const Settings& settings, const TrainingResult& result, Provenance& provenance) {
  const std::string done = result.subject.imported_from.empty() ? "trained" : "pruned";
  provenance.set(done + "_by", kProgramName);
  provenance.set(done + "_at", utc_now());
  provenance.set("seed", std::to_string(settings.seed));
  provenance.set("settings", settings_text(settings, result.subject));
  provenance.set("training_seconds", fmt::format("{:.0f}", result.seconds));
}

Provenance dense_provenance(const Settings& settings, const TrainingResult& result) {
  Provenance provenance = origin(settings, result.subject);
  if (result.subject.imported_from.empty()) add_run(settings, result, provenance);
  provenance.set("method", "none (dense)");
  provenance.set("test_error_percent", percent(result.dense_test_error));
  provenance.set("validation_error_percent", percent(result.dense_validation_error));
  return provenance;
}

bool asks_for(const converters::TrainingRecord& record, const InputPreprocessing& preprocessing) {
  if (record.preprocessing.size() != 1) return false;
  const InputPreprocessing& said = record.preprocessing[0];
  return said.scale == preprocessing.scale && said.mean == preprocessing.mean &&
         said.standard_deviation == preprocessing.standard_deviation;
}

/// dense.onnx with its history, which may have come with it, and how its input was prepared.
void write_dense(const Settings& settings, const TrainingData& data, const TrainingResult& result) {
  converters::TrainingRecord record =
      converters::from_metadata(result.dense_metadata, result.dense);
  const bool has_history = !record.provenance.empty();
  if (has_history && asks_for(record, data.preprocessing)) return;
  if (!has_history) record.provenance = dense_provenance(settings, result);
  record.preprocessing = {data.preprocessing};
  record.sample = make_sample(data, result.dense);
  converters::export_onnx(dense_path(settings), {result.dense, converters::to_metadata(record)});
}

void write_pruned(const Settings& settings, const TrainingData& data, const Exposed& exposed,
                  const TrainingResult& result) {
  const NodeCost dense = cost(result.dense).total;
  converters::TrainingRecord record;
  Provenance& provenance = record.provenance;
  provenance = origin(settings, result.subject);
  add_run(settings, result, provenance);
  provenance.set("method", settings.method);
  provenance.set("price", fmt::format("{}", result.goal.price));
  if (settings.goal.finds_price()) provenance.set("goal", goal_text(settings.goal));
  provenance.set("priced_by", settings.priced_by);
  provenance.set("relevance", std::string(make_method(settings.method)->relevance_meaning()));
  provenance.set("test_error_percent", percent(result.test_error));
  provenance.set("validation_error_percent", percent(result.validation_error));
  provenance.set("dense.test_error_percent", percent(result.dense_test_error));
  provenance.set("dense.validation_error_percent", percent(result.dense_validation_error));
  provenance.set("dense.macs", std::to_string(dense.macs));
  provenance.set("dense.params", std::to_string(dense.params));
  provenance.layers = layer_histories(exposed, result);
  record.preprocessing = {data.preprocessing};
  record.sample = make_sample(data, result.pruned);
  converters::export_onnx(pruned_path(settings), {result.pruned, converters::to_metadata(record)});
}

Json network_json(const Graph& graph, double test_error, double validation_error) {
  const NodeCost total = cost(graph).total;
  Json widths = Json::object();
  Json layers = Json::array();
  for (const LayerWidth& layer : layer_widths(graph)) {
    widths[layer.layer] = layer.width;
    layers.push_back({{"name", layer.layer},
                      {"op", layer.is_linear ? "linear" : "conv2d"},
                      {"inputs", layer.inputs},
                      {"outputs", layer.width}});
  }
  return {{"test_error_percent", test_error},
          {"validation_error_percent", validation_error},
          {"macs", total.macs},
          {"params", total.params},
          {"widths", widths},
          {"layers", layers}};
}

Json to_json(const GoalOutcome& outcome) {
  return {{"asked", goal_text(outcome.goal)},
          {"reached", outcome.reached},
          {"price", outcome.price},
          {"loss_points", outcome.loss},
          {"macs_share", outcome.cost_share}};
}

std::string widths_text(const Graph& graph) {
  std::string text;
  for (const LayerWidth& layer : layer_widths(graph)) {
    if (!text.empty()) text += '-';
    text += std::to_string(layer.width);
  }
  return text;
}

}  // namespace

void write_outputs(const Settings& settings, const TrainingData& data,
                   const TrainingResult& result) {
  write_dense(settings, data, result);
  write_metrics(settings, result.metrics);
  Json summary = {
      {"network", result.subject.network},
      {"data", settings.data},
      {"method", settings.dense_only ? "none (dense)" : settings.method},
      {"seed", settings.seed},
      {"settings", Json::parse(settings_text(settings, result.subject))},
      {"dense", network_json(result.dense, result.dense_test_error, result.dense_validation_error)},
  };
  if (!result.subject.imported_from.empty())
    summary["imported_from"] = result.subject.imported_from;
  if (!settings.dense_only) {
    const Exposed exposed = exposed_form(result.dense);
    write_pruned(settings, data, exposed, result);
    write_posterior(settings.out, posterior_file(settings, exposed, result));
    summary["goal"] = to_json(result.goal);
    summary["pruned"] = network_json(result.compact, result.test_error, result.validation_error);
    summary["cut_sensitivity"] = cut_sensitivity_json(exposed, result.posterior);
    summary["empty_region"] = empty_region_json(exposed, result.posterior);
  }
  summary["seconds"] = result.seconds;
  write_file(summary_path(settings), summary.dump(2) + "\n");
}

std::string summary_table(const Settings& settings, const TrainingResult& result) {
  const NodeCost dense = cost(result.dense).total;
  const auto row = [](const char* name, const std::string& widths, const NodeCost& cost,
                      double validation, double test) {
    return fmt::format("{:<8}{:<18}{:>12}{:>12}{:>13.2f}{:>9.2f}\n", name, widths, cost.macs,
                       cost.params, validation, test);
  };
  const std::string origin = result.subject.imported_from.empty()
                                 ? ""
                                 : " (imported from " + result.subject.imported_from + ")";
  std::string table =
      fmt::format("{}{} on {}, {}, seed {}, {:.0f} s of training\n", result.subject.network, origin,
                  settings.data, settings.dense_only ? "dense" : settings.method, settings.seed,
                  result.seconds);
  table += fmt::format("{:<8}{:<18}{:>12}{:>12}{:>13}{:>9}\n", "", "widths", "MACs", "parameters",
                       "val. err. %", "test %");
  table += row("dense", widths_text(result.dense), dense, result.dense_validation_error,
               result.dense_test_error);
  if (settings.dense_only) return table;
  const NodeCost pruned = cost(result.compact).total;
  table += row("pruned", widths_text(result.compact), pruned, result.validation_error,
               result.test_error);
  table += fmt::format("{:.1f} times fewer MACs, {:.1f} times fewer parameters\n",
                       static_cast<double>(dense.macs) / static_cast<double>(pruned.macs),
                       static_cast<double>(dense.params) / static_cast<double>(pruned.params));
  if (settings.goal.finds_price()) table += outcome_text(result.goal) + "\n";
  return table;
}

}  // namespace ockham::training
