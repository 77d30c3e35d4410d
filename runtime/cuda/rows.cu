#include "runtime/cuda/elements.cuh"
#include "runtime/cuda/rows.h"

namespace ockham::cuda {
namespace {

/// One line of x, and where it starts.
struct Line {
  const float* x;
  std::int64_t extent, stride, first;

  __device__ Line(const AxisLines& lines, const float* all, std::int64_t number)
      : extent(lines.extent),
        stride(lines.inner),
        first(number / lines.inner * lines.extent * lines.inner + number % lines.inner) {
    x = all + first;
  }
  __device__ float operator[](std::int64_t k) const { return x[k * stride]; }
};

__global__ void softmax_each(SoftmaxKind kind, AxisLines lines, const float* x, float* y) {
  for (std::int64_t i = thread_index(); i < lines.outer * lines.inner; i += thread_count()) {
    const Line line(lines, x, i);
    float* out = y + line.first;
    float largest = line[0];
    std::int64_t at = 0;
    for (std::int64_t k = 1; k < line.extent; ++k) {
      if (!(line[k] > largest)) continue;
      largest = line[k];
      at = k;
    }
    if (kind == SoftmaxKind::kHardmax) {
      for (std::int64_t k = 0; k < line.extent; ++k) out[k * line.stride] = k == at ? 1.0f : 0.0f;
      continue;
    }
    float sum = 0.0f;
    for (std::int64_t k = 0; k < line.extent; ++k) sum += expf(line[k] - largest);
    for (std::int64_t k = 0; k < line.extent; ++k) {
      const float below = line[k] - largest;
      out[k * line.stride] =
          kind == SoftmaxKind::kLogSoftmax ? below - logf(sum) : expf(below) / sum;
    }
  }
}

__global__ void arg_extreme_each(ArgKind kind, bool takes_last, AxisLines lines, const float* x,
                                 float* y) {
  for (std::int64_t i = thread_index(); i < lines.outer * lines.inner; i += thread_count()) {
    const Line line(lines, x, i);
    std::int64_t found = 0;
    for (std::int64_t k = 1; k < line.extent; ++k) {
      const float a = line[found], b = line[k];
      const bool better = kind == ArgKind::kMax ? b > a : b < a;
      if (better || (takes_last && a == b)) found = k;
    }
    y[i] = static_cast<float>(found);
  }
}

__device__ bool is_before(const Line& line, bool largest, std::int64_t i, std::int64_t j) {
  const float a = line[i], b = line[j];
  if (isnan(a) != isnan(b)) return isnan(b);
  if (a < b || a > b) return largest == (a > b);
  return i < j;
}

/// One thread for each element: how many come before it says where it goes.
__global__ void top_k_each(TopOfLine top, AxisLines lines, const float* x, float* y) {
  const std::int64_t count = lines.outer * lines.extent * lines.inner;
  for (std::int64_t e = thread_index(); e < count; e += thread_count()) {
    const std::int64_t inner = e % lines.inner, rest = e / lines.inner;
    const std::int64_t own = rest % lines.extent, outer = rest / lines.extent;
    const Line line(lines, x, outer * lines.inner + inner);
    std::int64_t rank = 0;
    for (std::int64_t k = 0; k < line.extent && rank < top.count; ++k) {
      if (k != own && is_before(line, top.largest, k, own)) ++rank;
    }
    if (rank >= top.count) continue;
    y[(outer * top.count + rank) * lines.inner + inner] =
        top.gives == TopKOutput::kIndices ? static_cast<float>(own) : line[own];
  }
}

/// The elements that make one result.
struct Reduced {
  const ReducedAxes& axes;
  const float* first;

  __device__ float operator[](std::int64_t k) const {
    std::int64_t at = 0;
    for (int axis = 0; axis < axes.reduced; ++axis) {
      at += k % axes.reduced_extent[axis] * axes.reduced_stride[axis];
      k /= axes.reduced_extent[axis];
    }
    return first[at];
  }
};

template <class Function>
__device__ double sum(const Reduced& x, Function function) {
  double total = 0.0;
  for (std::int64_t k = 0; k < x.axes.count; ++k) total += static_cast<double>(function(x[k]));
  return total;
}

/// What is no number stays none.
__device__ float extreme(const Reduced& x, bool largest) {
  float found = x[0];
  for (std::int64_t k = 1; k < x.axes.count; ++k) {
    const float next = x[k];
    if (isnan(next) || (largest ? found < next : found > next)) found = next;
  }
  return found;
}

__device__ float log_sum_exp(const Reduced& x) {
  const float most = extreme(x, true);
  const float base = isfinite(most) ? most : 0.0f;
  const double total = sum(x, [base](float element) { return expf(element - base); });
  return static_cast<float>(static_cast<double>(base) + log(total));
}

__device__ float reduced(ReduceKind kind, const Reduced& x) {
  const auto itself = [](float element) { return element; };
  const auto square = [](float e) { return static_cast<double>(e) * static_cast<double>(e); };
  switch (kind) {
    case ReduceKind::kMax:
      return extreme(x, true);
    case ReduceKind::kMin:
      return extreme(x, false);
    case ReduceKind::kSum:
      return static_cast<float>(sum(x, itself));
    case ReduceKind::kMean:
      return static_cast<float>(sum(x, itself) / static_cast<double>(x.axes.count));
    case ReduceKind::kProd: {
      float total = 1.0f;
      for (std::int64_t k = 0; k < x.axes.count; ++k) total *= x[k];
      return total;
    }
    case ReduceKind::kL1:
      return static_cast<float>(sum(x, [](float element) { return fabsf(element); }));
    case ReduceKind::kL2:
      return static_cast<float>(sqrt(sum(x, square)));
    case ReduceKind::kLogSum:
      return static_cast<float>(log(sum(x, itself)));
    case ReduceKind::kLogSumExp:
      return log_sum_exp(x);
    case ReduceKind::kSumSquare:
      return static_cast<float>(sum(x, square));
  }
  return 0.0f;
}

__global__ void reduce_each(ReduceKind kind, ReducedAxes axes, const float* x, float* y,
                            std::int64_t count) {
  for (std::int64_t i = thread_index(); i < count; i += thread_count()) {
    std::int64_t left = i % axes.results, first = i / axes.results * axes.image;
    for (int axis = 0; axis < axes.kept; ++axis) {
      first += left % axes.kept_extent[axis] * axes.kept_stride[axis];
      left /= axes.kept_extent[axis];
    }
    y[i] = reduced(kind, Reduced{axes, x + first});
  }
}

__global__ void normalise_each(ChannelNorm norm, const float* x, float* y, std::int64_t count) {
  for (std::int64_t i = thread_index(); i < count; i += thread_count()) {
    const std::int64_t p = i % norm.pixels, c = i / norm.pixels % norm.channels;
    const float* image = x + (i - c * norm.pixels - p) + p;
    const std::int64_t first = c > norm.before ? c - norm.before : 0;
    const std::int64_t end = min(norm.channels, c + norm.behind + 1);
    float squares = 0.0f;
    for (std::int64_t k = first; k < end; ++k) {
      const float neighbour = image[k * norm.pixels];
      squares += neighbour * neighbour;
    }
    y[i] = x[i] / powf(norm.bias + norm.alpha_share * squares, norm.beta);
  }
}

__global__ void resize_each(AxisTaps rows, AxisTaps columns, float outside, const float* x,
                            float* y, std::int64_t count) {
  for (std::int64_t i = thread_index(); i < count; i += thread_count()) {
    const std::int64_t w = i % columns.out, h = i / columns.out % rows.out;
    const float* plane = x + i / columns.out / rows.out * rows.in * columns.in;
    const double* row_weight = rows.weight + h * rows.taps;
    const double* column_weight = columns.weight + w * columns.taps;
    if (rows.count[h] == 0 || columns.count[w] == 0) {
      y[i] = outside;
      continue;
    }
    double total = 0.0;
    for (int a = 0; a < rows.count[h]; ++a) {
      const float* row =
          plane + static_cast<std::int64_t>(rows.pixel[h * rows.taps + a]) * columns.in;
      for (int b = 0; b < columns.count[w]; ++b) {
        const double pixel = row[columns.pixel[w * columns.taps + b]];
        total += row_weight[a] * column_weight[b] * pixel;
      }
    }
    y[i] = static_cast<float>(total);
  }
}

__global__ void fake_quantize_each(AxisLines lines, bool per_axis, float least, float most,
                                   const float* scale, const float* zero, const float* x,
                                   float* y) {
  const std::int64_t count = lines.outer * lines.extent * lines.inner;
  for (std::int64_t i = thread_index(); i < count; i += thread_count()) {
    const std::int64_t k = per_axis ? i / lines.inner % lines.extent : 0;
    float quantized = nearbyintf(x[i] / scale[k]) + zero[k];
    quantized = isnan(quantized) ? least : fminf(fmaxf(quantized, least), most);
    y[i] = (quantized - zero[k]) * scale[k];
  }
}

}  // namespace

void softmax(SoftmaxKind kind, const AxisLines& lines, const float* x, float* y,
             cudaStream_t stream) {
  softmax_each<<<blocks_for(lines.outer * lines.inner), kBlock, 0, stream>>>(kind, lines, x, y);
  check_launch("computing a softmax");
}

void arg_extreme(ArgKind kind, bool takes_last, const AxisLines& lines, const float* x, float* y,
                 cudaStream_t stream) {
  arg_extreme_each<<<blocks_for(lines.outer * lines.inner), kBlock, 0, stream>>>(kind, takes_last,
                                                                                 lines, x, y);
  check_launch("looking for extremes");
}

void top_k(const TopOfLine& top, const AxisLines& lines, const float* x, float* y,
           cudaStream_t stream) {
  const std::int64_t count = lines.outer * lines.extent * lines.inner;
  top_k_each<<<blocks_for(count), kBlock, 0, stream>>>(top, lines, x, y);
  check_launch("looking for the largest");
}

void reduce(ReduceKind kind, const ReducedAxes& axes, const float* x, float* y, std::int64_t batch,
            cudaStream_t stream) {
  const std::int64_t count = batch * axes.results;
  reduce_each<<<blocks_for(count), kBlock, 0, stream>>>(kind, axes, x, y, count);
  check_launch("reducing");
}

void normalise_locally(const ChannelNorm& norm, const float* x, float* y, std::int64_t batch,
                       cudaStream_t stream) {
  const std::int64_t count = batch * norm.channels * norm.pixels;
  normalise_each<<<blocks_for(count), kBlock, 0, stream>>>(norm, x, y, count);
  check_launch("normalising");
}

void resize(const AxisTaps& rows, const AxisTaps& columns, float outside, const float* x, float* y,
            std::int64_t planes, cudaStream_t stream) {
  const std::int64_t count = planes * rows.out * columns.out;
  resize_each<<<blocks_for(count), kBlock, 0, stream>>>(rows, columns, outside, x, y, count);
  check_launch("resizing");
}

void fake_quantize(const AxisLines& lines, bool per_axis, float least, float most,
                   const float* scale, const float* zero, const float* x, float* y,
                   cudaStream_t stream) {
  const std::int64_t count = lines.outer * lines.extent * lines.inner;
  fake_quantize_each<<<blocks_for(count), kBlock, 0, stream>>>(lines, per_axis, least, most, scale,
                                                               zero, x, y);
  check_launch("quantizing");
}

}  // namespace ockham::cuda
