#include "runtime/session/array_formats.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "runtime/graph/channel_run.h"

namespace ockham {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::kInvalidArgument, text); }

/// Of inputs or outputs, as `kind` says.
struct Values {
  const Graph& graph;
  const std::vector<ValueId>& ids;
  std::string kind;

  const Value& operator[](std::size_t i) const { return graph.value(ids[i]); }
  std::string name(std::size_t i) const { return kind + " '" + (*this)[i].name + "'"; }
};

void check_layouts(const ArrayFormats& formats, const Values& values) {
  if (!formats.empty() && formats.size() != values.ids.size()) {
    refuse(std::to_string(formats.size()) + " formats of " + values.kind +
           "s were given, expected none or " + std::to_string(values.ids.size()) +
           ", one for each");
  }
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const Shape& shape = values[i].shape;
    if (formats[i].layout == Layout::kRowMajor || shape.rank() == 4) continue;
    refuse(values.name(i) + " was asked for in NHWC, but is " + shape.text() +
           ", expected an image [N, C, H, W]; leave its layout");
  }
}

/// Whether an input has so many channels. In NHWC these are what the graph calls so.
bool has_channels(const Shape& shape, const ArrayFormat& format, std::int64_t count) {
  if (format.layout == Layout::kChannelsLast) return shape[1] == count;
  return channel_run(shape, count).has_value();
}

/// Of bytes, as the caller or the model says.
void check_preprocessing(const ArrayFormat& format, const Shape& shape, const std::string& name) {
  const auto& [scale, mean, deviation] = *format.preprocessing;
  const auto is_finite = [](float number) { return std::isfinite(number); };
  const auto is_scale = [](float number) { return std::isfinite(number) && number > 0.0f; };
  if (!is_finite(scale) || !std::ranges::all_of(mean, is_finite)) {
    refuse(name + ": its preprocessing has a scale or mean that is not finite");
  }
  if (!std::ranges::all_of(deviation, is_scale)) {
    refuse(name + ": its preprocessing has a standard deviation that is not a positive number");
  }
  for (const auto* numbers : {&mean, &deviation}) {
    const auto count = std::ssize(*numbers);
    if (count == 0 || has_channels(shape, format, count)) continue;
    refuse(name + ": its preprocessing has " + std::to_string(count) +
           (numbers == &mean ? " means" : " standard deviations") + ", but " + shape.text() +
           " has not so many channels; give one for each channel, or none");
  }
  if (!mean.empty() && !deviation.empty() && mean.size() != deviation.size()) {
    refuse(name + ": its preprocessing has " + std::to_string(mean.size()) + " means and " +
           std::to_string(deviation.size()) + " standard deviations, expected as many");
  }
}

void check_inputs(const ArrayFormats& formats, const Values& values) {
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (!formats[i].preprocessing) continue;
    if (formats[i].type != StoredType::kUint8) {
      refuse(values.name(i) +
             " was given a preprocessing, but is not taken in uint8; ask for that, or prepare it "
             "yourself");
    }
    check_preprocessing(formats[i], values[i].shape, values.name(i));
  }
}

void check_outputs(const ArrayFormats& formats, const Values& values) {
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (formats[i] == ArrayFormat{.layout = formats[i].layout}) continue;
    refuse(values.name(i) +
           " was asked for in uint8 or with a preprocessing, which only inputs have; leave both");
  }
}

}  // namespace

bool takes_graph_arrays(const SessionOptions& options) {
  const auto is_graphs = [](const ArrayFormat& format) { return format == ArrayFormat{}; };
  return std::ranges::all_of(options.input_formats, is_graphs) &&
         std::ranges::all_of(options.output_formats, is_graphs);
}

void settle_formats(SessionOptions& options, const ModelContents& contents) {
  const Values inputs{contents.graph, contents.graph.inputs, "input"};
  const Values outputs{contents.graph, contents.graph.outputs, "output"};
  check_layouts(options.input_formats, inputs);
  check_layouts(options.output_formats, outputs);
  for (std::size_t i = 0; i < options.input_formats.size(); ++i) {
    ArrayFormat& format = options.input_formats[i];
    if (format.type != StoredType::kUint8 || format.preprocessing) continue;
    format.preprocessing =
        contents.preprocessing.empty() ? InputPreprocessing{} : contents.preprocessing[i];
  }
  check_inputs(options.input_formats, inputs);
  check_outputs(options.output_formats, outputs);
  if (takes_graph_arrays(options)) return;
  if (options.device == Device::kCpu && options.precision == Precision::kFloat32) return;
  throw Error(Status::kUnsupported,
              "arrays in NHWC or of uint8 were asked for, but only device 'cpu' in precision "
              "'fp32' takes them; use those, or arrays of float32 in NCHW");
}

}  // namespace ockham
