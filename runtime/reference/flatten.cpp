#include <algorithm>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const Flatten&, const LoopArguments<T>& a) {
  std::copy_n(a.inputs[0], a.output_shape.elements(), a.output);
}

template void run_loops(const Flatten&, const LoopArguments<float>&);
template void run_loops(const Flatten&, const LoopArguments<double>&);

}  // namespace ockham::reference
