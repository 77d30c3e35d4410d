/* A caller written in C99. */
#ifndef OCKHAM_TESTS_RUNTIME_API_C_CALLER_H_
#define OCKHAM_TESTS_RUNTIME_API_C_CALLER_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Loads the model at `path`, runs it on one image, and writes its scores. Returns the status of the
 * first call that fails. */
int c_load_and_run(const char* path, const float* image, float* scores, size_t score_count);

#ifdef __cplusplus
}
#endif

#endif
