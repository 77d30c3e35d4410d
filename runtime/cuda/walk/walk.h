// The steps of a walk as one thread of many executes them. Between two steps all threads must meet.
// The same code runs on the device and, for tests, on the host, where a thread that shares sums
// with its neighbours computes all of them.
#pragma once

#include <bit>
#include <cmath>

#include "runtime/cuda/binary_function.h"
#include "runtime/cuda/host_device.h"
#include "runtime/cuda/unary_function.h"
#include "runtime/cuda/walk/walk_step.h"

namespace ockham::cuda {

/// One thread of a block.
struct WalkThread {
  int index = 0;
  int count = 1;  ///< a multiple of 32
};

OCKHAM_HOST_DEVICE inline float read(const Word* memory, int address) {
  return std::bit_cast<float>(memory[address]);
}

OCKHAM_HOST_DEVICE inline void write(Word* memory, int address, float x) {
  memory[address] = std::bit_cast<Word>(x);
}

/// Of an address in bytes: one addition less for the device.
OCKHAM_HOST_DEVICE inline float read_byte(const Word* memory, int byte) {
  const auto* at = reinterpret_cast<const char*>(memory) + byte;
  return std::bit_cast<float>(*reinterpret_cast<const Word*>(at));
}

OCKHAM_HOST_DEVICE inline int quotient(int x, const Divisor& by) {
  if (by.factor == 0) return x;
#ifdef __CUDA_ARCH__
  return static_cast<int>(__umulhi(static_cast<unsigned>(x), by.factor));
#else
  return static_cast<int>((static_cast<std::uint64_t>(x) * by.factor) >> 32);
#endif
}

OCKHAM_HOST_DEVICE inline int remainder(int x, int quotient, const Divisor& by) {
  return x - quotient * static_cast<int>(by.divisor);
}

OCKHAM_HOST_DEVICE inline int address_in(const ImagePlace& image, int channel, int row,
                                         int column) {
  return image.address + channel * image.channel + row * image.row + column;
}

/// Where element i of an input goes.
OCKHAM_HOST_DEVICE inline int address_of(const WalkInput& input, int i) {
  if (input.is_plain) return input.place.address + i;
  const int channel = quotient(i, input.by_channel);
  const int pixel = remainder(i, channel, input.by_channel);
  const int row = quotient(pixel, input.by_row);
  return address_in(input.place, channel, row, remainder(pixel, row, input.by_row));
}

// ---- layers ----

/// A record of a layer in registers.
template <int kFilters>
struct Record {
  float numbers[kFilters];
  Word last;
};

template <int kFilters>
OCKHAM_HOST_DEVICE inline Record<kFilters> read_record(const Word* at) {
  constexpr int kWords = record_words(kFilters);
  Word words[kWords];
#ifdef __CUDA_ARCH__
  if constexpr (kWords == 2) {
    const uint2 both = *reinterpret_cast<const uint2*>(at);
    words[0] = both.x, words[1] = both.y;
  } else {
    OCKHAM_UNROLL
    for (int i = 0; i < kWords; i += 4) {
      const uint4 four = *reinterpret_cast<const uint4*>(at + i);
      words[i] = four.x, words[i + 1] = four.y, words[i + 2] = four.z, words[i + 3] = four.w;
    }
  }
#else
  for (int i = 0; i < kWords; ++i) words[i] = at[i];
#endif
  Record<kFilters> record;
  OCKHAM_UNROLL
  for (int f = 0; f < kFilters; ++f) record.numbers[f] = std::bit_cast<float>(words[f]);
  record.last = words[kFilters];
  return record;
}

/// The sums of a thread.
template <int kPixels, int kFilters>
struct Sums {
  float of[kPixels][kFilters];
};

/// Which sums these are.
template <int kPixels>
struct LayerItem {
  int block;           ///< address of its first record
  int pixel;           ///< the first one
  int shift[kPixels];  ///< of a pixel's taps, in bytes
};

template <int kPixels>
OCKHAM_HOST_DEVICE inline LayerItem<kPixels> layer_item(const LayerStep& step, int sum) {
  LayerItem<kPixels> item;
  const int block = quotient(sum, step.by_pixel_groups);
  item.block = step.records + block * step.block_words;
  item.pixel = remainder(sum, block, step.by_pixel_groups);
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    // A pixel beyond the last reads what the last one does.
    const int wanted = item.pixel + p * step.pixel_groups;
    const int pixel = wanted < step.pixels ? wanted : step.pixels - 1;
    const int row = quotient(pixel, step.by_width);
    const int column = remainder(pixel, row, step.by_width);
    item.shift[p] = row * step.row_step + column * step.column_step;
  }
  return item;
}

/// Adds so many taps, whose records are `stride` words apart. All that it reads is under way before
/// the first number is needed.
template <int kTaps, int kPixels, int kFilters>
OCKHAM_HOST_DEVICE inline void add_taps(const Word* records, int stride, const Word* memory,
                                        const int (&shifts)[kPixels],
                                        Sums<kPixels, kFilters>& sums) {
  Record<kFilters> taps[kTaps];
  float x[kTaps][kPixels];
  OCKHAM_UNROLL
  for (int t = 0; t < kTaps; ++t) taps[t] = read_record<kFilters>(records + t * stride);
  OCKHAM_UNROLL
  for (int t = 0; t < kTaps; ++t) {
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      x[t][p] = read_byte(memory, static_cast<int>(taps[t].last) + shifts[p]);
    }
  }
  OCKHAM_UNROLL
  for (int t = 0; t < kTaps; ++t) {
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      OCKHAM_UNROLL
      for (int f = 0; f < kFilters; ++f) sums.of[p][f] += taps[t].numbers[f] * x[t][p];
    }
  }
}

/// Adds taps `part`, `part` + `parts` ... to the sums.
template <int kPixels, int kFilters>
OCKHAM_HOST_DEVICE inline void add_part(const LayerStep& step, const LayerItem<kPixels>& item,
                                        const Word* memory, int part,
                                        Sums<kPixels, kFilters>& sums) {
  constexpr int kWords = record_words(kFilters);
  const Word* at = memory + item.block + (part + 1) * kWords;
  const int stride = kWords << step.part_bits;
  int left = (step.taps - part + (1 << step.part_bits) - 1) >> step.part_bits;
  OCKHAM_KEEP_ROLLED
  for (; left >= 4; left -= 4, at += 4 * stride) add_taps<4>(at, stride, memory, item.shift, sums);
  if (left >= 2) {
    add_taps<2>(at, stride, memory, item.shift, sums);
    left -= 2, at += 2 * stride;
  }
  if (left > 0) add_taps<1>(at, stride, memory, item.shift, sums);
}

/// The sums over all parts, on the device in all threads that share them, on the host in the first.
template <int kPixels, int kFilters>
OCKHAM_HOST_DEVICE inline void add_up(const LayerStep& step, const LayerItem<kPixels>& item,
                                      const Word* memory, int part, Sums<kPixels, kFilters>& sums) {
#ifdef __CUDA_ARCH__
  add_part(step, item, memory, part, sums);
  OCKHAM_KEEP_ROLLED
  for (int other = 1; other < 1 << step.part_bits; other <<= 1) {
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      OCKHAM_UNROLL
      for (int f = 0; f < kFilters; ++f) {
        sums.of[p][f] += __shfl_xor_sync(0xffffffffu, sums.of[p][f], other);
      }
    }
  }
#else
  if (part != 0) return;
  for (int i = 0; i < 1 << step.part_bits; ++i) add_part(step, item, memory, i, sums);
#endif
}

/// Adds biases and what else is added, cuts and writes, for one pixel.
template <int kFilters>
OCKHAM_HOST_DEVICE inline void write_pixel(const LayerStep& step, const Record<kFilters>& head,
                                           int pixel, const float (&sums)[kFilters], Word* memory) {
  const int first = static_cast<int>(head.last & 0xffffu);
  const int filters = static_cast<int>(head.last >> 16);
  const int row = quotient(pixel, step.by_width);
  const int column = remainder(pixel, row, step.by_width);
  float added[kFilters] = {};
  if (step.has_residual) {
    const int residual = address_in(step.residual, first, row, column);
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) {
      if (f < filters) added[f] = read(memory, residual + f * step.residual.channel);
    }
  }
  const int output = address_in(step.output, first, row, column);
  OCKHAM_UNROLL
  for (int f = 0; f < kFilters; ++f) {
    const float x = sums[f] + head.numbers[f] + added[f];
    const float y = at_most(at_least(x, step.low), step.high);
    if (f < filters) write(memory, output + f * step.output.channel, y);
  }
}

template <int kPixels, int kFilters>
OCKHAM_HOST_DEVICE inline void write_sums(const LayerStep& step, const LayerItem<kPixels>& item,
                                          const Sums<kPixels, kFilters>& sums, Word* memory) {
  const Record<kFilters> head = read_record<kFilters>(memory + item.block);
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    const int pixel = item.pixel + p * step.pixel_groups;
    if (pixel < step.pixels) write_pixel(step, head, pixel, sums.of[p], memory);
  }
}

template <int kPixels, int kFilters>
OCKHAM_HOST_DEVICE inline void run_layer(const LayerStep& step, Word* memory,
                                         const WalkThread& thread) {
  const int parts = 1 << step.part_bits;
  // Whole warps go on together, as threads that have no item of their own give to sums as well.
  const int end = (step.items + 31) / 32 * 32;
  OCKHAM_KEEP_ROLLED
  for (int i = thread.index; i < end; i += thread.count) {
    const bool is_real = i < step.items;
    const auto item = layer_item<kPixels>(step, (is_real ? i : 0) >> step.part_bits);
    Sums<kPixels, kFilters> sums = {};
    const int part = i & (parts - 1);
    add_up(step, item, memory, part, sums);
    if (is_real && part == 0) write_sums(step, item, sums, memory);
  }
}

OCKHAM_HOST_DEVICE inline void run(LayerStep step, Word* memory, const WalkThread& thread) {
  switch (step.shape) {
#define OCKHAM_SHAPE(i) \
  case i:               \
    return run_layer<kLayerShapes[i].pixels, kLayerShapes[i].filters>(step, memory, thread)
    OCKHAM_SHAPE(0);
    OCKHAM_SHAPE(1);
    OCKHAM_SHAPE(2);
    OCKHAM_SHAPE(3);
    OCKHAM_SHAPE(4);
    OCKHAM_SHAPE(5);
    OCKHAM_SHAPE(6);
    OCKHAM_SHAPE(7);
    OCKHAM_SHAPE(8);
    OCKHAM_SHAPE(9);
    OCKHAM_SHAPE(10);
    OCKHAM_SHAPE(11);
#undef OCKHAM_SHAPE
  }
}

// ---- pools ----

/// Positions of a window on one axis, as far as they are inside.
struct WindowSpan {
  int begin, end;
};

OCKHAM_HOST_DEVICE inline WindowSpan window_span(const PoolStep& step, int axis, int position) {
  const int begin = position * step.stride[axis] - step.pad[axis];
  const int end = begin + step.kernel[axis];
  const int extent = axis == 0 ? step.height : step.width;
  return {begin < 0 ? 0 : begin, end > extent ? extent : end};
}

OCKHAM_HOST_DEVICE inline float maximum_in(const Word* plane, int row, WindowSpan ys,
                                           WindowSpan xs) {
  float most = read(plane, ys.begin * row + xs.begin);
  for (int y = ys.begin; y < ys.end; ++y) {
    for (int x = xs.begin; x < xs.end; ++x) most = maximum(most, read(plane, y * row + x));
  }
  return most;
}

OCKHAM_HOST_DEVICE inline float sum_in(const Word* plane, int row, WindowSpan ys, WindowSpan xs) {
  float sum = 0.0f;
  for (int y = ys.begin; y < ys.end; ++y) {
    for (int x = xs.begin; x < xs.end; ++x) sum += read(plane, y * row + x);
  }
  return sum;
}

/// Of two rows of two.
OCKHAM_HOST_DEVICE inline float maximum_of_four(const Word* first, int row) {
  const float a = read(first, 0), b = read(first, 1);
  const float c = read(first, row), d = read(first, row + 1);
  return maximum(maximum(a, b), maximum(c, d));
}

OCKHAM_HOST_DEVICE inline float pool(const PoolStep& step, const Word* plane, WindowSpan ys,
                                     WindowSpan xs) {
  const int row = step.input.row;
  const int height = ys.end - ys.begin, width = xs.end - xs.begin;
  if (step.takes_mean) {
    const int count = step.counts_pad ? step.kernel[0] * step.kernel[1] : height * width;
    return sum_in(plane, row, ys, xs) / static_cast<float>(count);
  }
  if (height == 2 && width == 2) {
    return maximum_of_four(plane + ys.begin * row + xs.begin, row);
  }
  return maximum_in(plane, row, ys, xs);
}

OCKHAM_HOST_DEVICE inline void run(PoolStep step, Word* memory, const WalkThread& thread) {
  OCKHAM_KEEP_ROLLED
  for (int i = thread.index; i < step.items; i += thread.count) {
    const int channel = quotient(i, step.by_pixels);
    const int pixel = remainder(i, channel, step.by_pixels);
    const int row = quotient(pixel, step.by_width);
    const int column = remainder(pixel, row, step.by_width);
    const Word* plane = memory + address_in(step.input, channel, 0, 0);
    const float x = pool(step, plane, window_span(step, 0, row), window_span(step, 1, column));
    write(memory, address_in(step.output, channel, row, column), x);
  }
}

// ---- elements ----

OCKHAM_HOST_DEVICE inline float read(const Word* memory, const ElementOperand& operand, int i) {
  if (operand.step != ElementOperand::kTable) {
    return read(memory, operand.address + operand.step * i);
  }
  const Word two = memory[operand.address + (i >> 1)];
  return read(memory, static_cast<int>((two >> ((i & 1) * 16)) & 0xffffu));
}

OCKHAM_HOST_DEVICE inline void run(ElementStep step, Word* memory, const WalkThread& thread) {
  OCKHAM_KEEP_ROLLED
  for (int i = thread.index; i < step.items; i += thread.count) {
    float x = read(memory, step.left, i);
    if (step.has_right) x = apply(step.binary, x, read(memory, step.right, i));
    if (step.has_unary) x = apply(step.unary, step.alpha, step.beta, x);
    write(memory, step.output + i, x);
  }
}

// ---- softmax ----

/// Softmax, or its logarithm, of the element at `own` of a line: each thread looks at all of it.
OCKHAM_HOST_DEVICE inline float softmax(const SoftmaxStep& step, const Word* line, int own) {
  float largest = read(line, 0), sum = 0.0f;
  for (int i = 1; i < step.extent; ++i) {
    const float x = read(line, i * step.inner);
    if (largest < x) largest = x;
  }
  for (int i = 0; i < step.extent; ++i) sum += std::exp(read(line, i * step.inner) - largest);
  const float below = read(line, own * step.inner) - largest;
  return step.kind == SoftmaxKind::kLogSoftmax ? below - std::log(sum) : std::exp(below) / sum;
}

OCKHAM_HOST_DEVICE inline float hardmax(const SoftmaxStep& step, const Word* line, int own) {
  int largest = 0;
  for (int i = 1; i < step.extent; ++i) {
    if (read(line, i * step.inner) > read(line, largest * step.inner)) largest = i;
  }
  return own == largest ? 1.0f : 0.0f;
}

OCKHAM_HOST_DEVICE inline void run(SoftmaxStep step, Word* memory, const WalkThread& thread) {
  OCKHAM_KEEP_ROLLED
  for (int i = thread.index; i < step.items; i += thread.count) {
    const int outer = quotient(i, step.by_line_block);
    const int rest = remainder(i, outer, step.by_line_block);
    const int own = quotient(rest, step.by_inner);
    const Word* line = memory + step.input + i - own * step.inner;
    const float x =
        step.kind == SoftmaxKind::kHardmax ? hardmax(step, line, own) : softmax(step, line, own);
    write(memory, step.output + i, x);
  }
}

/// What one thread does of a step. (The functions for each kind have a copy of it in registers:
/// what they write might be a step for all that the compiler knows.)
OCKHAM_HOST_DEVICE inline void run(const WalkStep& step, Word* memory, const WalkThread& thread) {
  switch (step.kind) {
    case WalkKind::kLayer:
      return run(step.layer, memory, thread);
    case WalkKind::kPool:
      return run(step.pool, memory, thread);
    case WalkKind::kElement:
      return run(step.element, memory, thread);
    case WalkKind::kSoftmax:
      return run(step.softmax, memory, thread);
  }
}

}  // namespace ockham::cuda
