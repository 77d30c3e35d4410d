#include <cmath>

#include "runtime/reference/lines.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

/// Elements of a line, which lie `stride` apart, and their order in the output.
template <class T>
struct Line {
  const T* x;
  std::int64_t stride;
  bool largest;

  T operator[](std::int64_t i) const { return x[i * stride]; }

  bool is_before(std::int64_t i, std::int64_t j) const {
    const T a = (*this)[i], b = (*this)[j];
    if (std::isnan(a) != std::isnan(b)) return std::isnan(b);
    if (a < b || a > b) return largest == (a > b);
    return i < j;
  }
};

/// The first of those behind `before` (-1: of all), in their order.
template <class T>
std::int64_t next(const Line<T>& line, std::int64_t extent, std::int64_t before) {
  std::int64_t found = -1;
  for (std::int64_t i = 0; i < extent; ++i) {
    if (before >= 0 && !line.is_before(before, i)) continue;
    if (found < 0 || line.is_before(i, found)) found = i;
  }
  return found;
}

}  // namespace

template <class T>
void run_loops(const TopK& op, const LoopArguments<T>& a) {
  const Lines lines(a.shapes[0], op.axis);
  lines.for_each([&](std::int64_t outer, std::int64_t inner) {
    const Line<T> line{a.inputs[0] + outer * lines.extent * lines.inner + inner, lines.inner,
                       op.largest};
    T* y = a.output + outer * op.count * lines.inner + inner;
    std::int64_t found = -1;
    for (std::int64_t k = 0; k < op.count; ++k) {
      found = next(line, lines.extent, found);
      y[k * lines.inner] = op.gives == TopKOutput::kIndices ? static_cast<T>(found) : line[found];
    }
  });
}

template void run_loops(const TopK&, const LoopArguments<float>&);
template void run_loops(const TopK&, const LoopArguments<double>&);

}  // namespace ockham::reference
