/* Loads a model, runs it on inputs of zeros, and prints what it answers. Any number of inputs and
 * outputs; in C99.
 *
 *   load_and_run_c MODEL.ockham
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "ockham/ockham.h"

static size_t element_size(int32_t element_type) {
  return element_type == OCKHAM_INT64 ? sizeof(int64_t) : sizeof(float);
}

/* Memory for one image of an input or output, as a tensor. data is NULL when there is none. */
static ockham_tensor make_tensor(const ockham_value_info* info) {
  ockham_tensor tensor = {.struct_size = sizeof tensor,
                          .element_type = info->element_type,
                          .device = OCKHAM_CPU,
                          .rank = info->rank};
  size_t elements = 1;
  tensor.shape[0] = 1;
  for (int axis = 1; axis < info->rank; ++axis) {
    tensor.shape[axis] = info->shape[axis];
    elements *= (size_t)info->shape[axis];
  }
  tensor.data = calloc(elements, element_size(info->element_type));
  return tensor;
}

typedef ockham_status (*describe_function)(const ockham_model*, size_t, ockham_value_info*);

/* One tensor for each of `count` inputs or outputs; NULL when memory runs out. */
static ockham_tensor* make_tensors(const ockham_model* model, size_t count,
                                   describe_function describe) {
  ockham_tensor* tensors = calloc(count, sizeof *tensors);
  for (size_t i = 0; tensors != NULL && i < count; ++i) {
    ockham_value_info info = {.struct_size = sizeof info};
    if (describe(model, i, &info) == OCKHAM_OK) tensors[i] = make_tensor(&info);
  }
  return tensors;
}

static void free_tensors(ockham_tensor* tensors, size_t count) {
  for (size_t i = 0; tensors != NULL && i < count; ++i) free(tensors[i].data);
  free(tensors);
}

static void print_tensor(const char* name, const ockham_tensor* tensor) {
  const float* floats = tensor->data;
  const int64_t* integers = tensor->data;
  size_t count = 1;
  for (int axis = 0; axis < tensor->rank; ++axis) count *= (size_t)tensor->shape[axis];
  printf("%s:", name);
  for (size_t i = 0; i < count; ++i) {
    if (tensor->element_type == OCKHAM_INT64) {
      printf(" %lld", (long long)integers[i]);
    } else {
      printf(" %g", (double)floats[i]);
    }
  }
  printf("\n");
}

static void print_outputs(const ockham_model* model, const ockham_tensor* outputs) {
  for (size_t i = 0; i < ockham_model_output_count(model); ++i) {
    ockham_value_info info = {.struct_size = sizeof info};
    if (ockham_model_output(model, i, &info) == OCKHAM_OK) print_tensor(info.name, &outputs[i]);
  }
}

/* Runs the session once and prints the outputs. */
static ockham_status run(const ockham_model* model, ockham_session* session) {
  const size_t input_count = ockham_model_input_count(model);
  const size_t output_count = ockham_model_output_count(model);
  ockham_tensor* inputs = make_tensors(model, input_count, ockham_model_input);
  ockham_tensor* outputs = make_tensors(model, output_count, ockham_model_output);
  const ockham_status status =
      ockham_session_run(session, inputs, input_count, outputs, output_count);
  if (status == OCKHAM_OK) print_outputs(model, outputs);
  free_tensors(inputs, input_count);
  free_tensors(outputs, output_count);
  return status;
}

int main(int argc, char** argv) {
  ockham_model* model = NULL;
  ockham_session* session = NULL;
  ockham_status status;
  if (argc != 2) {
    fprintf(stderr, "usage: %s MODEL.ockham\n", argv[0]);
    return 2;
  }
  status = ockham_model_load(argv[1], &model);
  if (status == OCKHAM_OK) status = ockham_session_create(model, NULL, &session);
  if (status == OCKHAM_OK) status = run(model, session);
  if (status != OCKHAM_OK) fprintf(stderr, "%s: %s\n", argv[0], ockham_last_error());
  ockham_session_destroy(session);
  ockham_model_destroy(model);
  return status == OCKHAM_OK ? 0 : 1;
}
