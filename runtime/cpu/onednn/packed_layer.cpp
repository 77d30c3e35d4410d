#include "runtime/cpu/onednn/packed_layer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cpu/onednn/primitives.h"
#include "runtime/graph/bfloat16.h"

namespace ockham::cpu::onednn {
namespace {

std::string text(const dnnl::memory::dims& dims) {
  std::string joined;
  for (const dnnl_dim_t dim : dims) joined += " " + std::to_string(dim);
  return joined;
}

/// Equal for equal layouts.
std::string layout_key(const dnnl::memory::desc& desc) {
  return " type " + std::to_string(static_cast<int>(desc.get_data_type())) + " padded" +
         text(desc.get_padded_dims()) + " strides" + text(desc.get_strides()) + " blocks" +
         text(desc.get_inner_blks()) + " of" + text(desc.get_inner_idxs());
}

std::size_t aligned(std::size_t bytes) {
  constexpr std::size_t kUnit = AlignedBuffer::kAlignment;
  return (bytes + kUnit - 1) / kUnit * kUnit;
}

/// Rows that a tile has where the layout of a convolution's weight in float32 is [tile][row of the
/// window] [column][channel][row of the tile], as most kernels for NHWC want it.
std::optional<std::int64_t> rows_of_a_tile(const dnnl::memory::desc& desc) {
  const dnnl::memory::dims dims = desc.get_dims(), padded = desc.get_padded_dims();
  if (desc.get_data_type() != dnnl::memory::data_type::f32) return std::nullopt;
  if (dims.size() != 4 || desc.get_inner_idxs() != dnnl::memory::dims{0}) return std::nullopt;
  const std::int64_t rows = desc.get_inner_blks()[0], channels = dims[1];
  const std::int64_t column = channels * rows, row = dims[3] * column;
  const bool is_tiled = padded == dnnl::memory::dims{padded[0], dims[1], dims[2], dims[3]} &&
                        desc.get_strides() == dnnl::memory::dims{dims[2] * row, rows, row, column};
  return is_tiled ? std::optional(rows) : std::nullopt;
}

/// `all` are those of all rows, in the type of `plain`.
template <class Weight>
void reorder(const std::vector<Weight>& all, const dnnl::memory::desc& plain,
             const dnnl::memory& to) {
  dnnl::memory from = memory_at(plain, all.data()), wanted = to;
  dnnl::stream stream(engine());
  dnnl::reorder(from, wanted).execute(stream, from, wanted);
  stream.wait();
}

std::vector<Bfloat16> rounded(const std::vector<float>& numbers) {
  std::vector<Bfloat16> all(numbers.size());
  std::ranges::transform(numbers, all.begin(), to_bfloat16);
  return all;
}

void fill(const WeightSource& source, const dnnl::memory::desc& weight, AlignedBuffer& block) {
  const WeightRows& rows = source.rows;
  if (const auto width = rows_of_a_tile(weight)) {  // several times as fast as oneDNN does it
    return rows.copy_tiles(*width, weight.get_padded_dims()[0], block.floats());
  }
  std::vector<float> all(static_cast<std::size_t>(rows.count() * rows.taps()));
  rows.copy_weights(0, rows.count(), all.data());
  const dnnl::memory to = memory_at(weight, block.data());
  if (weight.get_data_type() == dnnl::memory::data_type::bf16) {
    reorder(rounded(all), source.plain, to);
  } else {
    reorder(all, source.plain, to);
  }
}

}  // namespace

PackedLayer pack(const WeightSource& source, const dnnl::primitive_desc& primitive,
                 PackedWeights& weights) {
  const dnnl::memory::desc weight = primitive.weights_desc(0), bias = primitive.weights_desc(1);
  const std::size_t bias_offset = aligned(weight.get_size());
  PackedLayer packed;
  packed.block =
      weights.get(source.rows.key() + layout_key(weight), bias_offset + bias.get_size(),
                  [&](AlignedBuffer& block) {
                    fill(source, weight, block);
                    source.rows.copy_biases(block.floats() + bias_offset / sizeof(float));
                  });
  packed.weight = memory_at(weight, packed.block->data());
  packed.bias = memory_at(bias, packed.block->data() + bias_offset);
  return packed;
}

}  // namespace ockham::cpu::onednn
