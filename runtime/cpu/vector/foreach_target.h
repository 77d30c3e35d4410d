// Includes the file that HWY_TARGET_INCLUDE names once for each kind of vector that we compile for:
// Highway's foreach_target.h, less those that gain little over the next, and SVE, whose vectors
// have no length that is known when we compile. We choose among them ourselves (targets.h), so that
// the library needs Highway's headers alone.
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif
#include <hwy/foreach_target.h>  // IWYU pragma: export
