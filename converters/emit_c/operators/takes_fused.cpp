#include "converters/emit_c/operators/emitters.h"

namespace ockham::converters::c_code {
namespace {

bool is_max_of_squares(const Pool2d& pool) {
  return pool.kind == PoolKind::kMax && pool.window == Window2d{.kernel = {2, 2}, .stride = {2, 2}};
}

/// Whether the function of a maximum is the maximum of the function's results: so for those that
/// never fall.
bool commutes_with_maximum(const Unary* activation) {
  return activation == nullptr || activation->kind == UnaryKind::kRelu ||
         activation->kind == UnaryKind::kClip;
}

/// Convolutions take a 2x2 max pool.
bool takes_pool(const Graph& graph, const PlanStep& step) {
  return std::holds_alternative<Conv2d>(computing_node(graph, step).op) && step.residual < 0 &&
         is_max_of_squares(*fused_pool(graph, step)) &&
         commutes_with_maximum(fused_activation(graph, step));
}

}  // namespace

bool takes_fused(const Graph& graph, const PlanStep& step) {
  if (is_one_node(step)) return true;
  if (!is_layer(computing_node(graph, step).op)) return false;
  return step.pool < 0 || takes_pool(graph, step);
}

}  // namespace ockham::converters::c_code
