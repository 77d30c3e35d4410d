// Linear layers, with batch norm, a sum and an activation behind them.
//
// Each output is the total of a few partial sums, which take inputs in turns, so that an addition
// need not wait for the one before it. Vectors run over outputs or, where these are few, over the
// sums.
#include <algorithm>

#include "converters/emit_c/operators/emitters.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::converters::c_code {
namespace {

/// Outputs from which on vectors run over them.
constexpr std::int64_t kOutputsOfVector = 8;
/// Sums side by side. With fewer gcc finds no vectors, more do not fit into registers.
constexpr std::int64_t kSums = 64;

constexpr const char* kAlongOutputs = R"(  const float* w = weights;
  for (int first = 0; first < OUTPUTS; first += TILE) {
    /* Behind the last output the weights are zeros. */
    const int end = first + TILE < OUTPUTS ? TILE : OUTPUTS - first;
    float sum[PARTS][TILE] = {{0.0f}};
    for (int i = 0; i < INPUTS / PARTS * PARTS; i += PARTS, w += PARTS * TILE)
      for (int t = 0; t < TILE; ++t)
        for (int p = 0; p < PARTS; ++p) sum[p][t] += x[i + p] * w[p * TILE + t];
    for (int i = INPUTS / PARTS * PARTS; i < INPUTS; ++i, w += TILE)
      for (int t = 0; t < TILE; ++t) sum[0][t] += x[i] * w[t];
    for (int t = 0; t < end; ++t) {
      const int at = first + t;
      float total = bias[at];
      for (int p = 0; p < PARTS; ++p) total += sum[p][t];
      y[at] = RESULT;
    }
  }
)";

constexpr const char* kAlongInputs = R"(  float sum[OUTPUTS][PARTS] = {{0.0f}};
  for (int i = 0; i < INPUTS / PARTS * PARTS; i += PARTS)
    for (int p = 0; p < PARTS; ++p)
      for (int o = 0; o < OUTPUTS; ++o) sum[o][p] += x[i + p] * weights[o * INPUTS + i + p];
  for (int at = 0; at < OUTPUTS; ++at) {
    float total = bias[at];
    for (int p = 0; p < PARTS; ++p) total += sum[at][p];
    for (int i = INPUTS / PARTS * PARTS; i < INPUTS; ++i)
      total += x[i] * weights[at * INPUTS + i];
    y[at] = RESULT;
  }
)";

/// The weights of a tile's outputs side by side, input by input; tile by tile, so that they are
/// read in the order in which they lie.
std::vector<float> in_tiles(const std::vector<float>& weight, std::int64_t inputs,
                            std::int64_t outputs, std::int64_t tile) {
  std::vector<float> sorted;
  for (std::int64_t first = 0; first < outputs; first += tile) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      for (std::int64_t o = first; o < first + tile; ++o) {
        sorted.push_back(o < outputs ? weight[static_cast<std::size_t>(o * inputs + i)] : 0.0f);
      }
    }
  }
  return sorted;
}

/// Outputs of a tile: whole vectors, in tiles of about equal size.
std::int64_t tile_of(std::int64_t outputs) {
  constexpr std::int64_t kMost = kSums / kOutputsOfVector;
  const std::int64_t vectors = (outputs + kOutputsOfVector - 1) / kOutputsOfVector;
  const std::int64_t tiles = (vectors + kMost - 1) / kMost;
  return (vectors + tiles - 1) / tiles * kOutputsOfVector;
}

}  // namespace

void emit(const Linear&, StepWriter& writer) {
  const std::int64_t inputs = writer.input_shape(1)[1], outputs = writer.input_shape(1)[0];
  const LayerWeights layer = layer_weights(writer.graph(), writer.step());
  const bool along_outputs = outputs >= kOutputsOfVector;
  const std::int64_t tile = along_outputs ? tile_of(outputs) : outputs;
  writer.constant("INPUTS", inputs);
  writer.constant("OUTPUTS", outputs);
  writer.constant("PARTS", std::min(inputs, kSums / tile));
  if (along_outputs) writer.constant("TILE", tile);
  writer.floats("weights",
                along_outputs ? in_tiles(layer.weight, inputs, outputs, tile) : layer.weight);
  writer.floats("bias", layer.bias);
  writer.body(replaced(along_outputs ? kAlongOutputs : kAlongInputs,
                       {{"RESULT", writer.activated(writer.with_residual("total"))}}));
}

}  // namespace ockham::converters::c_code
