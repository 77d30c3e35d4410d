// The activation function behind a step, as kernels take it.
#pragma once

#include "runtime/cuda/host_device.h"
#include "runtime/cuda/unary_function.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::cuda {

struct Activation {
  bool is_there = false;
  UnaryKind kind = UnaryKind::kRelu;
  float alpha = 0.0f, beta = 0.0f;

  OCKHAM_HOST_DEVICE float operator()(float x) const {
    if (!is_there) return x;
    return kind == UnaryKind::kRelu ? at_least(x, 0.0f) : apply(kind, alpha, beta, x);
  }
};

inline Activation activation_of(const Unary& op) { return {true, op.kind, op.alpha, op.beta}; }

/// What is fused into the step, or what does nothing.
inline Activation activation_of(const Graph& graph, const PlanStep& step) {
  const Unary* fused = fused_activation(graph, step);
  return fused == nullptr ? Activation{} : activation_of(*fused);
}

}  // namespace ockham::cuda
