#include "runtime/api/tensors.h"

#include <string>

#include "runtime/api/guard.h"

namespace ockham::capi {
namespace {

constexpr std::size_t kTensorSizeV1 =
    offsetof(ockham_tensor, shape) + sizeof(std::int64_t) * OCKHAM_MAX_RANK;

std::string shape_text(const ockham_tensor& tensor) {
  if (tensor.rank < 1 || tensor.rank > OCKHAM_MAX_RANK) {
    return "of rank " + std::to_string(tensor.rank);
  }
  return Shape(std::vector<std::int64_t>(tensor.shape, tensor.shape + tensor.rank)).text();
}

/// Without allocating, as a run checks this.
bool has_shape(const ockham_tensor& tensor, const Shape& shape, const ArrayFormat& format,
               std::int64_t batch) {
  if (tensor.rank != shape.rank() || tensor.shape[0] != batch) return false;
  const std::int64_t* extents = tensor.shape;
  if (format.layout == Layout::kChannelsLast) {
    return extents[1] == shape[2] && extents[2] == shape[3] && extents[3] == shape[1];
  }
  for (int axis = 1; axis < shape.rank(); ++axis) {
    if (extents[axis] != shape[axis]) return false;
  }
  return true;
}

std::string described(const Tensors& tensors, const Value& value) {
  return std::string(tensors.kind) + " '" + value.name + "'";
}

/// Data on the host do everywhere, those on CUDA where the session runs there. Whole numbers are
/// made of floats by the host.
void check_place(const Tensors& tensors, const ockham_tensor& tensor, const Value& value) {
  if (tensor.device == OCKHAM_CPU) return;
  const bool runs_there = tensor.device == OCKHAM_CUDA && tensors.device == Device::kCuda;
  if (runs_there && value.type == ElementType::kFloat32) return;
  const std::string found =
      described(tensors, value) + ": data on device " + std::to_string(tensor.device);
  if (runs_there) refuse(found + ", expected OCKHAM_CPU (0) for elements of OCKHAM_INT64");
  refuse(found + ", expected OCKHAM_CPU (0)" +
         (tensors.device == Device::kCuda ? " or OCKHAM_CUDA (1)" : ", where the session runs"));
}

/// Of a tensor.
struct Element {
  std::int32_t type;
  std::size_t bytes;
  const char* name;
};

Element element_of(const Value& value, const ArrayFormat& format) {
  if (format.type == StoredType::kUint8) return {OCKHAM_UINT8, 1, "OCKHAM_UINT8 (3)"};
  if (value.type == ElementType::kInt64) {
    return {OCKHAM_INT64, sizeof(std::int64_t), "OCKHAM_INT64 (2)"};
  }
  return {OCKHAM_FLOAT32, sizeof(float), "OCKHAM_FLOAT32 (1)"};
}

void check_tensor(const Tensors& tensors, std::size_t index, const Value& value,
                  std::int64_t batch) {
  const ockham_tensor tensor = read_struct(tensors[index], kTensorSizeV1, tensors.kind);
  if (tensor.data == nullptr) refuse(described(tensors, value) + ": data is NULL");
  const ArrayFormat& format = format_of(tensors.formats, index);
  const Element element = element_of(value, format);
  if (reinterpret_cast<std::uintptr_t>(tensor.data) % element.bytes != 0) {
    refuse(described(tensors, value) + ": data is not aligned to the " +
           std::to_string(element.bytes) + " bytes of an element");
  }
  if (tensor.element_type != element.type) {
    refuse(described(tensors, value) + ": element type " + std::to_string(tensor.element_type) +
           ", expected " + element.name);
  }
  check_place(tensors, tensor, value);
  if (!has_shape(tensor, value.shape, format, batch)) {
    refuse(described(tensors, value) + ": shape " + shape_text(tensor) + ", expected " +
           array_shape(value.shape.with_batch(batch), format).text());
  }
}

}  // namespace

void check_tensors(const Tensors& tensors, const Graph& graph, std::int64_t batch) {
  check_stride(tensors.first, tensors.count, tensors.kind);
  for (std::size_t i = 0; i < tensors.count; ++i) {
    check_tensor(tensors, i, graph.value(tensors.values[i]), batch);
  }
}

void check_count(const Tensors& tensors) {
  if (tensors.count != tensors.values.size()) {
    refuse(std::to_string(tensors.count) + " " + tensors.kind + " tensors, the model has " +
           std::to_string(tensors.values.size()) + " " + tensors.kind + "s");
  }
  if (tensors.first == nullptr) refuse(std::string(tensors.kind) + "s is NULL");
  checked_struct_size(*tensors.first, kTensorSizeV1, tensors.kind);
}

std::int64_t checked_batch(const Tensors& inputs, std::int64_t max_batch) {
  const ockham_tensor& tensor = *inputs.first;
  if (tensor.rank < 1 || tensor.rank > OCKHAM_MAX_RANK) {
    refuse(std::string(inputs.kind) + " 0: rank " + std::to_string(tensor.rank) +
           ", expected 1 to " + std::to_string(OCKHAM_MAX_RANK));
  }
  if (tensor.shape[0] < 1 || tensor.shape[0] > max_batch) {
    refuse("a batch of " + std::to_string(tensor.shape[0]) +
           " images, expected 1 to the session's max_batch of " + std::to_string(max_batch));
  }
  return tensor.shape[0];
}

void expect_on_cuda(const Tensors& tensors, const Graph& graph) {
  for (std::size_t i = 0; i < tensors.count; ++i) {
    if (tensors[i].device == OCKHAM_CUDA) continue;
    refuse(described(tensors, graph.value(tensors.values[i])) + ": data on device " +
           std::to_string(tensors[i].device) +
           ", expected OCKHAM_CUDA (1); call ockham_session_run for data elsewhere");
  }
}

}  // namespace ockham::capi
