// WalkStep: what the walk through a tiny network does, step by step. Plain data for host and
// device.
//
// All that a thread block works on lies in one array of 32-bit words in its shared memory: first
// the activations of one image, then the parameters, which are the same for all images (the steps
// themselves, weights, constants and tables of addresses). An address is an index into that array;
// there are less than 2^16.
#pragma once

#include <cstdint>
#include <type_traits>

#include "runtime/graph/operators/binary.h"
#include "runtime/graph/operators/softmax.h"
#include "runtime/graph/operators/unary.h"

namespace ockham::cuda {

/// A float or an integer.
using Word = std::uint32_t;

/// Divides numbers below 2^16 by one of them that is known beforehand, by a multiplication.
struct Divisor {
  std::uint32_t divisor = 1;
  std::uint32_t factor = 0;  ///< 2^32 / divisor, rounded up; 0 for 1
};

constexpr Divisor divisor_of(std::int64_t divisor) {
  const auto factor = ((std::uint64_t{1} << 32) + static_cast<std::uint64_t>(divisor) - 1) /
                      static_cast<std::uint64_t>(divisor);
  return {static_cast<std::uint32_t>(divisor), static_cast<std::uint32_t>(factor)};
}

/// Where an image is: element x of row y of channel c at `address` + c * `channel` + y * `row` + x.
/// There may be a border of zeros around the channels.
struct ImagePlace {
  std::int32_t address = 0;
  std::int32_t row = 0, channel = 0;
};

/// Where an input of the network lies in shared memory.
struct WalkInput {
  std::int32_t elements = 0;  ///< of one image
  std::int32_t is_plain = 1;  ///< the elements follow each other
  ImagePlace place;
  Divisor by_channel, by_row;  ///< elements of a channel, and of a row
};

/// Where an output lies: in order.
struct WalkOutput {
  std::int32_t elements = 0;  ///< of one image
  std::int32_t address = 0;
};

/// Words of a record of a layer: so many weights and one word more, filled up to what one or more
/// loads of a thread take.
constexpr int record_words(int filters) { return filters == 1 ? 2 : (filters + 4) / 4 * 4; }

/// Convolution, linear layer or batch norm: sums of taps, for a few filters (a block) and pixels a
/// thread.
///
/// A block is `taps` + 1 records. The first holds the filters' biases and the number of the first
/// filter, with their count in the upper half word. Each of the others is a tap: the filters'
/// weights, and the address in bytes of what they are multiplied with for pixel 0.
struct LayerStep {
  std::int32_t shape = 0;        ///< index into kLayerShapes
  std::int32_t records = 0;      ///< address of the first block
  std::int32_t block_words = 0;  ///< from one block to the next
  std::int32_t taps = 0;
  std::int32_t part_bits = 0;     ///< 2^part_bits neighbouring threads share the taps of a sum
  std::int32_t items = 0;         ///< blocks * pixel_groups * parts
  std::int32_t pixels = 0;        ///< of one channel of the output
  std::int32_t pixel_groups = 0;  ///< a thread has pixels i, i + pixel_groups, ...
  Divisor by_pixel_groups;
  Divisor by_width;
  std::int32_t row_step = 0, column_step = 0;  ///< from one pixel's taps to the next's, in bytes
  ImagePlace output;
  ImagePlace residual;  ///< what is added
  std::int32_t has_residual = 0;
  float low = 0.0f, high = 0.0f;  ///< the output is cut to these
};

/// Pixels and filters of a thread: an instance of the layer's code for each.
struct LayerShape {
  int pixels, filters;
};
inline constexpr LayerShape kLayerShapes[] = {{1, 1}, {2, 1}, {4, 1}, {1, 3}, {2, 3}, {4, 3},
                                              {1, 5}, {2, 5}, {4, 5}, {1, 7}, {2, 7}, {4, 7}};

struct PoolStep {
  ImagePlace input, output;
  std::int32_t items = 0;  ///< elements of the output
  Divisor by_pixels, by_width;
  std::int32_t height = 0, width = 0;  ///< of the input
  std::int32_t kernel[2] = {}, stride[2] = {}, pad[2] = {};
  std::int32_t takes_mean = 0;  ///< otherwise the maximum
  std::int32_t counts_pad = 0;
};

/// Where element i of an operand is: at `address` + `step` * i, or, when step is kTable, at the
/// address in half word i from `address` on.
struct ElementOperand {
  static constexpr std::int32_t kTable = -1;

  std::int32_t address = 0;
  std::int32_t step = 1;
};

/// Each element by itself: a binary function of two operands, a unary function of that, both
/// optional. What only moves elements has none.
struct ElementStep {
  ElementOperand left, right;
  std::int32_t output = 0;
  std::int32_t items = 0;
  std::int32_t has_right = 0, has_unary = 0;
  BinaryKind binary = BinaryKind::kAdd;
  UnaryKind unary = UnaryKind::kRelu;
  float alpha = 0.0f, beta = 0.0f;  ///< of the unary function
};

struct SoftmaxStep {
  std::int32_t input = 0, output = 0;
  std::int32_t items = 0;   ///< elements
  std::int32_t extent = 0;  ///< of the axis
  std::int32_t inner = 0;   ///< from one element on the axis to the next
  Divisor by_line_block;    ///< extent * inner
  Divisor by_inner;
  SoftmaxKind kind = SoftmaxKind::kSoftmax;
};

enum class WalkKind : std::int32_t { kLayer, kPool, kElement, kSoftmax };

struct alignas(16) WalkStep {
  WalkStep() : layer{} {}

  WalkKind kind = WalkKind::kLayer;
  union {
    LayerStep layer;
    PoolStep pool;
    ElementStep element;
    SoftmaxStep softmax;
  };
};
static_assert(std::is_trivially_copyable_v<WalkStep>);

}  // namespace ockham::cuda
