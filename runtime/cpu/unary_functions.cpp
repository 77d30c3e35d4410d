#include "runtime/cpu/unary_functions.h"

#include <cmath>

namespace ockham::cpu {
namespace {

template <class Function>
void map(const UnaryRow& row, Function function) {
  for (std::int64_t i = 0; i < row.count; ++i) row.y[i] = function(row.x[i]);
}

template <float (*function)(float)>
void map(const UnaryRow& row) {
  map(row, function);
}

float sign(float x) { return std::isnan(x) ? x : static_cast<float>((x > 0.0f) - (x < 0.0f)); }

void thresholded_relu(const UnaryRow& row) {
  map(row, [&](float x) { return x > row.alpha ? x : 0.0f; });
}

void shrink(const UnaryRow& row) {
  map(row, [&](float x) {
    return x > row.alpha ? x - row.beta : x < -row.alpha ? x + row.beta : 0.0f;
  });
}

/// Those that are not written for vectors.
UnaryFunction one_by_one(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kSign:
      return map<sign>;
    case UnaryKind::kLog:
      return map<std::log>;
    case UnaryKind::kSin:
      return map<std::sin>;
    case UnaryKind::kCos:
      return map<std::cos>;
    case UnaryKind::kTan:
      return map<std::tan>;
    case UnaryKind::kAsin:
      return map<std::asin>;
    case UnaryKind::kAcos:
      return map<std::acos>;
    case UnaryKind::kAtan:
      return map<std::atan>;
    case UnaryKind::kSinh:
      return map<std::sinh>;
    case UnaryKind::kCosh:
      return map<std::cosh>;
    case UnaryKind::kAsinh:
      return map<std::asinh>;
    case UnaryKind::kAcosh:
      return map<std::acosh>;
    case UnaryKind::kAtanh:
      return map<std::atanh>;
    case UnaryKind::kThresholdedRelu:
      return thresholded_relu;
    case UnaryKind::kShrink:
      return shrink;
    default:
      return nullptr;
  }
}

}  // namespace

UnaryFunction unary_function(UnaryKind kind) {
  const UnaryFunction on_vectors = vector_targets().front().unary_function(kind);
  return on_vectors != nullptr ? on_vectors : one_by_one(kind);
}

}  // namespace ockham::cpu
