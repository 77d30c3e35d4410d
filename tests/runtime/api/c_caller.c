#include "tests/runtime/api/c_caller.h"

#include <ockham/ockham.h>
#include <string.h>

static ockham_tensor tensor_of(const ockham_value_info* info, const float* data) {
  ockham_tensor tensor = {.struct_size = sizeof tensor, .element_type = OCKHAM_FLOAT32};
  memcpy(&tensor.data, &data, sizeof data);
  tensor.rank = info->rank;
  memcpy(tensor.shape, info->shape, sizeof tensor.shape);
  tensor.shape[0] = 1;
  return tensor;
}

static ockham_status run(const ockham_model* model, ockham_session* session, const float* image,
                         float* scores, size_t score_count) {
  ockham_value_info input = {.struct_size = sizeof input};
  ockham_value_info output = {.struct_size = sizeof output};
  ockham_tensor image_tensor, scores_tensor;
  ockham_status status = ockham_model_input(model, 0, &input);
  if (status == OCKHAM_OK) status = ockham_model_output(model, 0, &output);
  if (status != OCKHAM_OK) return status;
  if (output.shape[1] != (int64_t)score_count) return OCKHAM_INVALID_ARGUMENT;
  image_tensor = tensor_of(&input, image);
  scores_tensor = tensor_of(&output, scores);
  return ockham_session_run(session, &image_tensor, 1, &scores_tensor, 1);
}

int c_load_and_run(const char* path, const float* image, float* scores, size_t score_count) {
  ockham_session_options options = {.struct_size = sizeof options, .max_batch = 1};
  ockham_model* model = NULL;
  ockham_session* session = NULL;
  ockham_status status = ockham_model_load(path, &model);
  if (status == OCKHAM_OK) status = ockham_session_create(model, &options, &session);
  if (status == OCKHAM_OK) status = run(model, session, image, scores, score_count);
  ockham_session_destroy(session);
  ockham_model_destroy(model);
  return (int)status;
}
