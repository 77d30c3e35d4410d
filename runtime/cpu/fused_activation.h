// FusedActivation: what a step applies to what its layer computes.
#pragma once

#include <optional>

#include "runtime/cpu/kernel.h"
#include "runtime/cpu/unary_functions.h"
#include "runtime/cpu/vector/bounds.h"

namespace ockham::cpu {

/// Kernels that can cut results to bounds before they store them do so, and call `apply_rest` on
/// what they stored; others call `apply`. Without an activation these do nothing.
class FusedActivation {
 public:
  explicit FusedActivation(const KernelContext& context) {
    const Unary* activation = fused_activation(context.graph, context.step);
    if (activation == nullptr) return;
    unary_ = *activation;
    function_ = unary_function(activation->kind);
  }

  bool is_relu() const { return unary_ && unary_->kind == UnaryKind::kRelu; }

  /// The whole effect of ReLU or a clip; no bounds for others.
  Bounds bounds() const {
    if (is_relu()) return {.low = 0.0f};
    return is_clip() ? Bounds{unary_->alpha, unary_->beta} : Bounds{};
  }

  /// What the bounds leave to do, in place.
  void apply_rest(float* y, std::int64_t count) const noexcept {
    if (!is_relu() && !is_clip()) apply(y, count);
  }

  /// The same of some channels of so many pixels, which lie `y_pixel` floats apart.
  void apply_rest(float* y, std::int64_t pixels, std::int64_t channels,
                  std::int64_t y_pixel) const noexcept {
    if (!unary_ || is_relu() || is_clip()) return;
    if (channels == y_pixel) return apply(y, pixels * channels);
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel) apply(y + pixel * y_pixel, channels);
  }

  /// In place.
  void apply(float* y, std::int64_t count) const noexcept {
    if (unary_) function_({y, y, count, unary_->alpha, unary_->beta});
  }

 private:
  bool is_clip() const { return unary_ && unary_->kind == UnaryKind::kClip; }

  std::optional<Unary> unary_;
  UnaryFunction function_ = nullptr;
};

}  // namespace ockham::cpu
