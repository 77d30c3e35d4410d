#include <cmath>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

/// All that makes one element of the output.
template <class T>
class Reduced {
 public:
  Reduced(const Reduce& op, const LoopArguments<T>& arguments, std::int64_t output)
      : op_(op),
        x_(arguments.inputs[0]),
        shape_(arguments.shapes[0]),
        output_(output),
        count_(shape_.elements() / arguments.output_shape.elements()) {}

  std::int64_t count() const { return count_; }

  T operator[](std::int64_t k) const {
    std::int64_t at = 0, stride = 1, kept = output_;
    auto reduced = op_.axes.rbegin();
    for (int axis = shape_.rank() - 1; axis >= 0; --axis) {
      const bool is_reduced = reduced != op_.axes.rend() && *reduced == axis;
      std::int64_t& left = is_reduced ? k : kept;
      at += left % shape_[axis] * stride;
      left /= shape_[axis];
      stride *= shape_[axis];
      if (is_reduced) ++reduced;
    }
    return x_[at];
  }

 private:
  const Reduce& op_;
  const T* x_;
  const Shape& shape_;
  std::int64_t output_;
  std::int64_t count_;
};

/// In double: over a whole image, float would lose digits.
template <class T, class Function>
double sum(const Reduced<T>& x, Function function) {
  double total = 0.0;
  for (std::int64_t k = 0; k < x.count(); ++k) total += static_cast<double>(function(x[k]));
  return total;
}

template <class T>
T product(const Reduced<T>& x) {
  T total{1};
  for (std::int64_t k = 0; k < x.count(); ++k) total *= x[k];
  return total;
}

/// What is no number stays none.
template <class T, class IsBefore>
T extreme(const Reduced<T>& x, IsBefore is_before) {
  T found = x[0];
  for (std::int64_t k = 1; k < x.count(); ++k) {
    if (is_before(found, x[k]) || std::isnan(x[k])) found = x[k];
  }
  return found;
}

template <class T>
T largest(const Reduced<T>& x) {
  return extreme(x, [](T a, T b) { return a < b; });
}

/// Relative to the largest, so that exp(x) does not overflow.
template <class T>
T log_sum_exp(const Reduced<T>& x) {
  const T most = largest(x);
  const T base = std::isfinite(most) ? most : T{0};
  const double total = sum(x, [base](T element) { return std::exp(element - base); });
  return static_cast<T>(static_cast<double>(base) + std::log(total));
}

template <class T>
T reduce(ReduceKind kind, const Reduced<T>& x) {
  const auto itself = [](T element) { return element; };
  const auto magnitude = [](T element) { return std::abs(element); };
  const auto square = [](T element) {
    return static_cast<double>(element) * static_cast<double>(element);
  };
  switch (kind) {
    case ReduceKind::kMax:
      return largest(x);
    case ReduceKind::kMin:
      return extreme(x, [](T a, T b) { return a > b; });
    case ReduceKind::kSum:
      return static_cast<T>(sum(x, itself));
    case ReduceKind::kMean:
      return static_cast<T>(sum(x, itself) / static_cast<double>(x.count()));
    case ReduceKind::kProd:
      return product(x);
    case ReduceKind::kL1:
      return static_cast<T>(sum(x, magnitude));
    case ReduceKind::kL2:
      return static_cast<T>(std::sqrt(sum(x, square)));
    case ReduceKind::kLogSum:
      return static_cast<T>(std::log(sum(x, itself)));
    case ReduceKind::kLogSumExp:
      return log_sum_exp(x);
    case ReduceKind::kSumSquare:
      return static_cast<T>(sum(x, square));
  }
  return T{0};
}

}  // namespace

template <class T>
void run_loops(const Reduce& op, const LoopArguments<T>& a) {
  const std::int64_t count = a.output_shape.elements();
  for (std::int64_t i = 0; i < count; ++i) a.output[i] = reduce(op.kind, Reduced<T>(op, a, i));
}

template void run_loops(const Reduce&, const LoopArguments<float>&);
template void run_loops(const Reduce&, const LoopArguments<double>&);

}  // namespace ockham::reference
