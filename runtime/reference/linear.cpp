#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const Linear&, const LoopArguments<T>& a) {
  const std::int64_t neurons = a.shapes[1][0], inputs = a.shapes[1][1];
  for (std::int64_t n = 0; n < a.shapes[0][0]; ++n) {
    for (std::int64_t o = 0; o < neurons; ++o) {
      T sum = a.inputs.size() == 3 ? a.inputs[2][o] : T{0};
      for (std::int64_t i = 0; i < inputs; ++i) {
        sum += a.inputs[0][n * inputs + i] * a.inputs[1][o * inputs + i];
      }
      a.output[n * neurons + o] = sum;
    }
  }
}

template void run_loops(const Linear&, const LoopArguments<float>&);
template void run_loops(const Linear&, const LoopArguments<double>&);

}  // namespace ockham::reference
