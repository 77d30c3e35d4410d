// WindowAxis: which outputs of a convolution or pool see how much of the image, along one axis.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/cpu/image.h"
#include "runtime/graph/divide_up.h"
#include "runtime/graph/operators/operator_rules.h"

namespace ockham::cpu {

/// Outputs along an axis that have the same taps inside the image: one near a border, or several
/// that have them all.
struct Stretch {
  std::int64_t first, count;     ///< outputs
  std::int64_t first_tap, taps;  ///< those inside the image; there may be none
};

/// A spatial axis, and which taps of its outputs lie in the image.
class WindowAxis {
 public:
  WindowAxis(const Window2d& window, int axis, std::int64_t input, std::int64_t output)
      : input_(input),
        output_(output),
        taps_(window.kernel[axis]),
        stride_(window.stride[axis]),
        dilation_(window.dilation[axis]),
        pad_(window.pad_begin[axis]) {
    const std::int64_t room = input_ + pad_ - (taps_ - 1) * dilation_;  // for first taps
    inner_end_ = std::min(output_, divide_up(room, stride_));
    inner_begin_ = std::min(inner_end_, divide_up(pad_, stride_));
  }

  /// From output `i` on: one near a border, otherwise at most `most` (at least 1), in groups of
  /// about equal size.
  Stretch stretch(std::int64_t i, std::int64_t most) const {
    if (i >= inner_begin_ && i < inner_end_) {
      const std::int64_t left = inner_end_ - i;
      return {i, divide_up(left, divide_up(left, most)), 0, taps_};
    }
    const std::int64_t first = std::min(taps_, divide_up(pad_ - i * stride_, dilation_));
    const std::int64_t end = std::min(taps_, divide_up(input_ + pad_ - i * stride_, dilation_));
    return {i, 1, first, std::max<std::int64_t>(0, end - first)};
  }

  /// At which pixel the first tap of a stretch's first output lies.
  std::int64_t place(const Stretch& stretch) const {
    return stretch.first * stride_ - pad_ + stretch.first_tap * dilation_;
  }

  /// The part of the image, along this axis, that the taps of these outputs lie in.
  Rows seen_by(const Rows& outputs) const {
    const std::int64_t first = outputs.first * stride_ - pad_;
    const std::int64_t last = (outputs.last - 1) * stride_ - pad_ + (taps_ - 1) * dilation_ + 1;
    return {std::clamp<std::int64_t>(first, 0, input_), std::clamp<std::int64_t>(last, 0, input_)};
  }

  /// How many outputs have all their taps.
  std::int64_t inner() const { return inner_end_ - inner_begin_; }
  std::int64_t outputs() const { return output_; }
  std::int64_t taps() const { return taps_; }
  std::int64_t stride() const { return stride_; }
  std::int64_t dilation() const { return dilation_; }

 private:
  std::int64_t input_, output_, taps_, stride_, dilation_, pad_;
  std::int64_t inner_begin_, inner_end_;  ///< the outputs that have all their taps
};

}  // namespace ockham::cpu
