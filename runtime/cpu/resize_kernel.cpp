#include <algorithm>
#include <span>
#include <vector>

#include "runtime/cpu/copy_run.h"
#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/graph/instruction_sets.h"
#include "runtime/graph/operators/resize_taps.h"

namespace ockham::cpu {
namespace {

OCKHAM_FOR_EACH_ISA
void multiply(const float* x, float weight, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = weight * x[i];
}

OCKHAM_FOR_EACH_ISA
void add_multiple(const float* x, float weight, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] += weight * x[i];
}

/// A pixel of the input, and how much of it a pixel of the output has.
struct Tap {
  std::int64_t pixel;
  float weight;
};

/// What each pixel of the output is made of, along one axis.
class ResizedAxis {
 public:
  ResizedAxis(const Resize& op, int axis, std::int64_t extent) {
    for (std::int64_t pixel = 0; pixel < op.size[axis]; ++pixel) {
      // One beyond the image has no taps.
      if (!is_outside(op, axis, extent, pixel)) {
        for_each_tap(op, axis, extent, pixel, [&](std::int64_t from, double weight) {
          taps_.push_back({from, static_cast<float>(weight)});
        });
      }
      ends_.push_back(taps_.size());
    }
  }

  std::span<const Tap> taps(std::int64_t pixel) const {
    const auto at = static_cast<std::size_t>(pixel);
    const std::size_t begin = at == 0 ? 0 : ends_[at - 1];
    return std::span(taps_).subspan(begin, ends_[at] - begin);
  }

 private:
  std::vector<Tap> taps_;          ///< of all pixels, one after the other
  std::vector<std::size_t> ends_;  ///< of each pixel, in taps_
};

/// Mixes rows of the image into one, and then pixels of that: of one channel, or of all channels
/// side by side.
class ResizeKernel : public Kernel {
 public:
  explicit ResizeKernel(const KernelContext& context)
      : ResizeKernel(std::get<Resize>(computing_node(context.graph, context.step).op),
                     image_of(context.graph.value(context.read(0).value).shape),
                     context.read(0).layout == Layout::kChannelsLast, context.threads) {}

  Status run(const KernelArguments& arguments) noexcept override {
    arguments.threads.share(
        arguments.batch * planes_ * height_, (input_.row() + width_ * input_.channels) * kCost,
        [&](std::int64_t first, std::int64_t last, int thread) {
          float* mixed = reinterpret_cast<float*>(arguments.scratch) + thread * input_.row();
          auto [plane, i] = image_part(first, height_);
          for (; first < last; ++first) {
            resize_row(arguments.inputs[0] + plane * input_.elements(), i, mixed,
                       arguments.output + first * width_ * input_.channels);
            if (++i == height_) ++plane, i = 0;
          }
        });
    return Status::kOk;
  }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(threads_ * input_.row()) * sizeof(float);
  }

 private:
  static constexpr std::int64_t kCost = 4;  ///< of an element, in multiplications

  ResizeKernel(const Resize& op, const Image& image, bool channels_last, int threads)
      : input_{image.height, image.width, channels_last ? image.channels : 1},
        planes_(channels_last ? 1 : image.channels),
        height_(op.size[0]),
        width_(op.size[1]),
        rows_(op, 0, image.height),
        columns_(op, 1, image.width),
        outside_(op.outside),
        threads_(threads) {}

  void resize_row(const float* image, std::int64_t i, float* mixed, float* y) const {
    const std::span<const Tap> rows = rows_.taps(i);
    if (rows.empty()) {
      std::fill_n(y, width_ * input_.channels, outside_);
      return;
    }
    const float* row = mix(image, input_.row(), rows, input_.row(), mixed);
    for (std::int64_t j = 0; j < width_; ++j, y += input_.channels) {
      const std::span<const Tap> columns = columns_.taps(j);
      if (columns.empty()) {
        std::fill_n(y, input_.channels, outside_);
      } else if (input_.channels == 1) {
        float sum = 0.0f;
        for (const Tap& tap : columns) sum += tap.weight * row[tap.pixel];
        *y = sum;
      } else {
        const float* pixel = mix(row, input_.channels, columns, input_.channels, y);
        if (pixel != y) copy_run(pixel, input_.channels, y);
      }
    }
  }

  /// Of `count` floats that lie `stride` apart from one pixel of the axis to the next: in `y`, or
  /// where they are, if there is nothing to mix.
  static const float* mix(const float* x, std::int64_t stride, std::span<const Tap> taps,
                          std::int64_t count, float* y) {
    if (taps.size() == 1) return x + taps[0].pixel * stride;
    multiply(x + taps[0].pixel * stride, taps[0].weight, y, count);
    for (const Tap& tap : taps.subspan(1)) {
      add_multiple(x + tap.pixel * stride, tap.weight, y, count);
    }
    return y;
  }

  Image input_;          ///< with the channels that lie side by side
  std::int64_t planes_;  ///< such images of an image
  std::int64_t height_, width_;
  ResizedAxis rows_, columns_;
  float outside_;
  int threads_;
};

}  // namespace

bool resize_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Resize>(request, step);
}

std::unique_ptr<Kernel> make_resize(const KernelContext& context) {
  return std::make_unique<ResizeKernel>(context);
}

}  // namespace ockham::cpu
