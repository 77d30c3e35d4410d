#include <algorithm>
#include <vector>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"
#include "runtime/graph/channel_run.h"
#include "runtime/graph/input_preprocessing.h"

namespace ockham::cpu {
namespace {

constexpr std::size_t kBytes = 256;

/// How far apart neighbours lie.
struct Strides {
  std::int64_t channel, pixel;

  bool operator==(const Strides&) const = default;
};

/// Looks each byte up in its channel's table. Pixels are what a channel has of, whatever the shape.
class PrepareKernel : public Kernel {
 public:
  explicit PrepareKernel(const KernelContext& context) {
    const Placement& bytes = context.read(0);
    const InputPreprocessing preparing =
        context.plan.input_formats[bytes.index].preprocessing.value_or(InputPreprocessing{});
    numbers_ = std::max<std::int64_t>(
        {1, std::ssize(preparing.mean), std::ssize(preparing.standard_deviation)});
    lay_out(context.graph.value(bytes.value).shape, bytes.layout, context.written().layout);
    fill_tables(preparing);
  }

  Status run(const KernelArguments& arguments) noexcept override {
    constexpr std::int64_t kCost = 8;  // of an element, in multiplications
    const auto* x = reinterpret_cast<const std::uint8_t*>(arguments.inputs[0]);
    float* const y = arguments.output;
    const std::int64_t size = channels_ * pixels_;
    arguments.threads.share(arguments.batch * pixels_, channels_ * kCost,
                            [&](std::int64_t first, std::int64_t last, int) {
                              while (first < last) {
                                const auto [n, pixel] = image_part(first, pixels_);
                                const std::int64_t count = std::min(last - first, pixels_ - pixel);
                                prepare(x + n * size + pixel * from_.pixel,
                                        y + n * size + pixel * to_.pixel, count);
                                first += count;
                              }
                            });
    return Status::kOk;
  }

 private:
  void lay_out(const Shape& shape, Layout from, Layout to) {
    const std::int64_t run = channel_run(shape, numbers_).value_or(shape.elements());
    const bool is_image = shape.rank() == 4 && (numbers_ == 1 || shape[1] == numbers_);
    channels_ = is_image ? shape[1] : numbers_;
    pixels_ = shape.elements() / channels_;
    if (is_image) {
      from_ = strides(from);
      to_ = strides(to);
    } else {
      from_ = to_ = run == 1 ? Strides{1, channels_} : Strides{run, 1};
    }
    if (numbers_ > 1 || from_ != to_) return;
    pixels_ *= channels_;  // all alike, as they lie
    channels_ = 1;
    from_ = to_ = {0, 1};
  }

  Strides strides(Layout layout) const {
    return layout == Layout::kChannelsLast ? Strides{1, channels_} : Strides{pixels_, 1};
  }

  void fill_tables(const InputPreprocessing& preparing) {
    const auto number = [](const std::vector<float>& numbers, std::size_t c, float none) {
      return numbers.empty() ? none : numbers[c];
    };
    for (std::size_t c = 0; c < static_cast<std::size_t>(numbers_); ++c) {
      const float mean = number(preparing.mean, c, 0.0f);
      const float deviation = number(preparing.standard_deviation, c, 1.0f);
      for (std::size_t byte = 0; byte < kBytes; ++byte) {
        tables_.push_back(prepared(static_cast<float>(byte), preparing.scale, mean, deviation));
      }
    }
  }

  const float* table(std::int64_t channel) const {
    return tables_.data() + (numbers_ == 1 ? 0 : channel * std::int64_t{kBytes});
  }

  /// Pixels in a row, all their channels: in the order in which they are written.
  void prepare(const std::uint8_t* x, float* y, std::int64_t pixels) const {
    if (to_.pixel == 1) {
      for (std::int64_t c = 0; c < channels_; ++c) {
        const float* const numbers = table(c);
        for (std::int64_t p = 0; p < pixels; ++p) {
          y[c * to_.channel + p] = numbers[x[c * from_.channel + p * from_.pixel]];
        }
      }
      return;
    }
    for (std::int64_t p = 0; p < pixels; ++p) {
      for (std::int64_t c = 0; c < channels_; ++c) {
        y[p * to_.pixel + c] = table(c)[x[p * from_.pixel + c * from_.channel]];
      }
    }
  }

  std::int64_t numbers_ = 1;  ///< tables: one for each channel, or one for all
  std::vector<float> tables_;
  std::int64_t channels_ = 1, pixels_ = 1;  ///< of an image
  Strides from_{}, to_{};
};

}  // namespace

std::unique_ptr<Kernel> make_prepare(const KernelContext& context) {
  return std::make_unique<PrepareKernel>(context);
}

}  // namespace ockham::cpu
