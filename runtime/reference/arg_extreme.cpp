#include "runtime/reference/lines.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const ArgExtreme& op, const LoopArguments<T>& a) {
  const Lines lines(a.shapes[0], op.axis);
  const auto replaces = [&](T found, T next) {
    if (op.takes_last && found == next) return true;
    return op.kind == ArgKind::kMax ? next > found : next < found;
  };
  lines.for_each([&](std::int64_t outer, std::int64_t inner) {
    const T* x = a.inputs[0] + outer * lines.extent * lines.inner + inner;
    std::int64_t found = 0;
    for (std::int64_t i = 1; i < lines.extent; ++i) {
      if (replaces(x[found * lines.inner], x[i * lines.inner])) found = i;
    }
    a.output[outer * lines.inner + inner] = static_cast<T>(found);
  });
}

template void run_loops(const ArgExtreme&, const LoopArguments<float>&);
template void run_loops(const ArgExtreme&, const LoopArguments<double>&);

}  // namespace ockham::reference
