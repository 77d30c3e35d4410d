#include "runtime/cpu/run_scope.h"

#ifdef OCKHAM_WITH_ONEDNN
#include <omp.h>
#endif

namespace ockham {

RunScope::RunScope([[maybe_unused]] bool openmp) : mode_(flushing(float_mode())) {
#ifdef OCKHAM_WITH_ONEDNN
  if (!openmp) return;
  saved_threads_ = omp_get_max_threads();
  if (saved_threads_ > 1) omp_set_num_threads(1);
#endif
}

RunScope::~RunScope() {
#ifdef OCKHAM_WITH_ONEDNN
  if (saved_threads_ > 1) omp_set_num_threads(saved_threads_);
#endif
}

}  // namespace ockham
