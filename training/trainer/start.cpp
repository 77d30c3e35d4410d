#include "training/trainer/start.h"

#include <fmt/format.h>

#include <utility>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "converters/pruning/prepare.h"
#include "datasets/datasets.h"
#include "datasets/preprocessing.h"
#include "runtime/format/container_layout.h"
#include "runtime/graph/error.h"
#include "training/networks/networks.h"
#include "training/report/run_folder.h"

namespace ockham::training {
namespace {

[[noreturn]] void refuse(const Settings& settings, const std::string& text) {
  throw Error(Status::kInvalidArgument,
              settings.from_option + " " + settings.from.string() + ": " + text);
}

/// [C, H, W] of a value [N, C, H, W].
Shape per_image(const Shape& shape) {
  const std::vector<std::int64_t>& dims = shape.dims();
  return Shape(std::vector<std::int64_t>(dims.begin() + (dims.empty() ? 0 : 1), dims.end()));
}

/// How the network takes images of the data set. Refuses one that takes others, or answers
/// otherwise.
datasets::Layout check_fits(const Settings& settings, const Graph& graph,
                            const TrainingData& data) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    refuse(settings, fmt::format("has {} inputs and {} outputs, expected one of each",
                                 graph.inputs.size(), graph.outputs.size()));
  }
  const Shape& input = graph.value(graph.inputs[0]).shape;
  const auto layout = datasets::layout_of(input, data.image);
  if (!layout) {
    refuse(settings, fmt::format("takes images {}, the images of {} are {} (channels last and flat "
                                 "are fine, too)",
                                 per_image(input).text(), settings.data, data.image.text()));
  }
  const Shape output = per_image(graph.value(graph.outputs[0]).shape);
  if (output.rank() != 1 || output[0] != data.classes) {
    refuse(settings, fmt::format("answers {}, {} has {} classes", output.text(), settings.data,
                                 data.classes));
  }
  return *layout;
}

/// What the file says it is; the network's own name where it says nothing, or the file's. Refuses a
/// network that was pruned: its zeros would count as dense.
std::string name_of(const Settings& settings, const Graph& graph, const Provenance& said) {
  const std::string pruned_by = said.get("price").empty() ? "" : said.get("method");
  if (!pruned_by.empty()) {
    refuse(settings, "was pruned already (" + pruned_by + "); give the dense.onnx beside it");
  }
  const std::string given = said.get("network");
  if (!given.empty()) return given;
  return graph.name.empty() ? settings.from.stem().string() : graph.name;
}

/// The file that a network comes from which we have not trained; else empty. A dense.onnx of an
/// earlier run may have it from another file.
std::string origin_of(const Settings& settings, const Provenance& said) {
  if (said.get("trained_by") == kProgramName) return {};
  const std::string earlier = said.get("imported_from");
  return earlier.empty() ? settings.from.filename().string() : earlier;
}

/// How the network is trained, as the user says or as is usual for it. An imported network may bear
/// the name of a built-in one by accident.
void choose_learning(const Settings& settings, Subject& subject) {
  const LearningDefaults usual =
      subject.imported_from.empty() ? learning_defaults(subject.network) : LearningDefaults{};
  subject.pretraining =
      chosen(settings.pretraining, usual.pretraining, settings.schedule.pretrain_epochs);
  const bool flip = usual.flip && datasets::bears_mirroring(settings.data);
  subject.augmentation = {.crop = settings.crop.value_or(usual.crop),
                          .flip = settings.flip.value_or(flip)};
}

Start built_in(const Settings& settings, const TrainingData& data) {
  BuiltInNetwork made = make_network(settings.network, data.image, data.classes, settings.seed);
  return {.network = std::move(made.graph),
          .dropout = std::move(made.dropout),
          .subject = {.network = settings.network, .preprocessing = data.preprocessing}};
}

Start from_file(const Settings& settings, TrainingData& data) {
  const converters::OnnxModel model = converters::import_onnx(settings.from);
  data.layout = check_fits(settings, model.graph, data);
  const converters::TrainingRecord record = converters::from_metadata(model.metadata, model.graph);
  const std::string name = name_of(settings, model.graph, record.provenance);
  if (!settings.network.empty() && settings.network != name) {
    refuse(settings, "holds " + name + ", not --network " + settings.network);
  }
  if (!settings.preprocessing && !record.preprocessing.empty()) {
    data.preprocessing = datasets::spread_over_channels(record.preprocessing[0], data.image[0]);
  }
  return {.network = converters::prepare(model.graph),
          .subject = {.network = name,
                      .preprocessing = data.preprocessing,
                      .fingerprint = fingerprint(model.graph),
                      .imported_from = origin_of(settings, record.provenance)},
          .metadata = model.metadata};
}

}  // namespace

std::optional<Shape> image_for(const Settings& settings) {
  if (settings.image || settings.from.empty() || !datasets::is_own(settings.data)) {
    return settings.image;
  }
  const Graph graph = converters::import_onnx(settings.from).graph;
  return graph.inputs.empty() ? std::nullopt
                              : datasets::image_of(graph.value(graph.inputs[0]).shape);
}

std::string fingerprint(const Graph& graph) {
  const std::string bytes = converters::export_onnx_bytes({graph, {}});
  return fmt::format("{:016x}", format::checksum_of(std::as_bytes(std::span(bytes))));
}

Start start_of(const Settings& settings, TrainingData& data) {
  Start start = settings.from.empty() ? built_in(settings, data) : from_file(settings, data);
  choose_learning(settings, start.subject);
  return start;
}

}  // namespace ockham::training
