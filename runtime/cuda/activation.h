// The activation function behind a step, as kernels take it.
#pragma once

#include "runtime/cuda/host_device.h"
#include "runtime/cuda/unary_function.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::cuda {

/// `apply` as one function of the device's code: kernels that call it are small.
OCKHAM_HOST_DEVICE OCKHAM_NOT_INLINED inline float call_apply(UnaryKind kind, float alpha,
                                                              float beta, float x) {
  return apply(kind, alpha, beta, x);
}

struct Activation {
  bool is_there = false;
  UnaryKind kind = UnaryKind::kRelu;
  float alpha = 0.0f, beta = 0.0f;

  OCKHAM_HOST_DEVICE float operator()(float x) const {
    if (!is_there) return x;
    return kind == UnaryKind::kRelu ? at_least(x, 0.0f) : apply(kind, alpha, beta, x);
  }

  /// The same for each of many numbers, which stay in registers where the function is a frequent
  /// one.
  template <int kRows, int kColumns>
  OCKHAM_HOST_DEVICE void apply_to_each(float (&x)[kRows][kColumns]) const {
    if (!is_there) return;
    switch (kind) {
      case UnaryKind::kRelu:
        return apply_known<UnaryKind::kRelu>(x);
      case UnaryKind::kClip:
        return apply_known<UnaryKind::kClip>(x);
      case UnaryKind::kHardSwish:
        return apply_known<UnaryKind::kHardSwish>(x);
      default:
        return apply_any(x);
    }
  }

 private:
  template <UnaryKind known, int kRows, int kColumns>
  OCKHAM_HOST_DEVICE void apply_known(float (&x)[kRows][kColumns]) const {
    OCKHAM_UNROLL
    for (int i = 0; i < kRows; ++i) {
      OCKHAM_UNROLL
      for (int k = 0; k < kColumns; ++k) x[i][k] = apply(known, alpha, beta, x[i][k]);
    }
  }

  /// Works on a copy, so that x itself need not lie in memory.
  template <int kRows, int kColumns>
  OCKHAM_HOST_DEVICE void apply_any(float (&x)[kRows][kColumns]) const {
    float copy[kRows * kColumns];
    OCKHAM_UNROLL
    for (int i = 0; i < kRows * kColumns; ++i) copy[i] = x[i / kColumns][i % kColumns];
    OCKHAM_KEEP_ROLLED
    for (int i = 0; i < kRows * kColumns; ++i) copy[i] = call_apply(kind, alpha, beta, copy[i]);
    OCKHAM_UNROLL
    for (int i = 0; i < kRows * kColumns; ++i) x[i / kColumns][i % kColumns] = copy[i];
  }
};

inline Activation activation_of(const Unary& op) { return {true, op.kind, op.alpha, op.beta}; }

/// What is fused into the step, or what does nothing.
inline Activation activation_of(const Graph& graph, const PlanStep& step) {
  const Unary* fused = fused_activation(graph, step);
  return fused == nullptr ? Activation{} : activation_of(*fused);
}

}  // namespace ockham::cuda
