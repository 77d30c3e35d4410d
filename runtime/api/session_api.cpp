// The C interface's functions on sessions.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "ockham/ockham.h"
#include "runtime/api/growing_struct.h"
#include "runtime/api/guard.h"
#include "runtime/api/handles.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::capi {
namespace {

constexpr std::size_t kOptionsSizeV1 = sizeof(std::size_t);
constexpr std::size_t kTensorSizeV1 =
    offsetof(ockham_tensor, shape) + sizeof(std::int64_t) * OCKHAM_MAX_RANK;

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::kInvalidArgument, text); }

Device device_of(std::int32_t device) {
  switch (device) {
    case OCKHAM_CPU:
      return Device::kCpu;
    case OCKHAM_CUDA:
      return Device::kCuda;
  }
  refuse("options: device " + std::to_string(device) +
         " is unknown, expected OCKHAM_CPU (0) or OCKHAM_CUDA (1)");
}

Kernels kernels_of(std::int32_t kernels) {
  switch (kernels) {
    case OCKHAM_KERNELS_AUTO:
      return Kernels::kAuto;
    case OCKHAM_KERNELS_REFERENCE:
      return Kernels::kReference;
    case OCKHAM_KERNELS_EXACT:
      return Kernels::kExact;
  }
  refuse("options: kernels " + std::to_string(kernels) +
         " is unknown, expected OCKHAM_KERNELS_AUTO (0), OCKHAM_KERNELS_REFERENCE (1) or "
         "OCKHAM_KERNELS_EXACT (2)");
}

Precision precision_of(std::int32_t precision) {
  static_assert(OCKHAM_PRECISION_FP32 == static_cast<int>(Precision::kFloat32));
  static_assert(OCKHAM_PRECISION_TF32 == static_cast<int>(Precision::kTf32));
  static_assert(OCKHAM_PRECISION_FP16 == static_cast<int>(Precision::kFloat16));
  static_assert(OCKHAM_PRECISION_BF16 == static_cast<int>(Precision::kBfloat16));
  if (precision >= 0 && precision <= static_cast<int>(kLastPrecision)) {
    return static_cast<Precision>(precision);
  }
  refuse("options: precision " + std::to_string(precision) +
         " is unknown, expected OCKHAM_PRECISION_FP32 (0), OCKHAM_PRECISION_TF32 (1), "
         "OCKHAM_PRECISION_FP16 (2) or OCKHAM_PRECISION_BF16 (3)");
}

bool flag_of(std::int32_t flag, const std::string& name) {
  if (flag == 0 || flag == 1) return flag == 1;
  refuse("options: " + name + " is " + std::to_string(flag) + ", expected 0 or 1");
}

SessionOptions options_of(const ockham_session_options* theirs) {
  SessionOptions options;
  if (theirs == nullptr) return options;
  const ockham_session_options read = read_struct(*theirs, kOptionsSizeV1, "options");
  options.device = device_of(read.device);
  options.kernels = kernels_of(read.kernels);
  options.precision = precision_of(read.precision);
  options.tune = flag_of(read.tune, "tune");
  options.stream = read.stream;
  if (read.max_batch != 0) options.max_batch = read.max_batch;
  if (read.threads != 0) options.threads = read.threads;
  if (read.memory_limit != 0) options.memory_limit = read.memory_limit;
  options.self_test = !flag_of(read.skip_self_test, "skip_self_test");
  return options;
}

/// The caller's tensors for the graph's inputs or outputs.
struct Tensors {
  const char* kind;  ///< "input" or "output"
  const ockham_tensor* first;
  std::size_t count;
  const std::vector<ValueId>& values;
  Device device;  ///< on which the session runs

  /// An array of the caller's structs has the caller's stride.
  const ockham_tensor& operator[](std::size_t index) const {
    const auto* bytes = reinterpret_cast<const std::byte*>(first);
    return *reinterpret_cast<const ockham_tensor*>(bytes + index * first->struct_size);
  }
};

std::string shape_text(const ockham_tensor& tensor) {
  if (tensor.rank < 1 || tensor.rank > OCKHAM_MAX_RANK) {
    return "of rank " + std::to_string(tensor.rank);
  }
  return Shape(std::vector<std::int64_t>(tensor.shape, tensor.shape + tensor.rank)).text();
}

bool has_shape(const ockham_tensor& tensor, const Shape& shape, std::int64_t batch) {
  if (tensor.rank != shape.rank() || tensor.shape[0] != batch) return false;
  for (int axis = 1; axis < shape.rank(); ++axis) {
    if (tensor.shape[axis] != shape[axis]) return false;
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

void check_tensor(const Tensors& tensors, std::size_t index, const Value& value,
                  std::int64_t batch) {
  const ockham_tensor tensor = read_struct(tensors[index], kTensorSizeV1, tensors.kind);
  if (tensor.data == nullptr) refuse(described(tensors, value) + ": data is NULL");
  const bool is_int64 = value.type == ElementType::kInt64;
  const std::size_t size = is_int64 ? sizeof(std::int64_t) : sizeof(float);
  if (reinterpret_cast<std::uintptr_t>(tensor.data) % size != 0) {
    refuse(described(tensors, value) + ": data is not aligned to the " + std::to_string(size) +
           " bytes of an element");
  }
  if (tensor.element_type != static_cast<std::int32_t>(value.type)) {
    refuse(described(tensors, value) + ": element type " + std::to_string(tensor.element_type) +
           ", expected " + (is_int64 ? "OCKHAM_INT64 (2)" : "OCKHAM_FLOAT32 (1)"));
  }
  check_place(tensors, tensor, value);
  if (!has_shape(tensor, value.shape, batch)) {
    refuse(described(tensors, value) + ": shape " + shape_text(tensor) + ", expected " +
           value.shape.with_batch(batch).text());
  }
}

void check_tensors(const Tensors& tensors, const Graph& graph, std::int64_t batch) {
  const std::size_t stride = tensors.first->struct_size;
  for (std::size_t i = 0; i < tensors.count; ++i) {
    if (tensors[i].struct_size != stride) {
      refuse(std::string(tensors.kind) + " " + std::to_string(i) + ": struct_size is " +
             std::to_string(tensors[i].struct_size) + ", that of the first is " +
             std::to_string(stride));
    }
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

/// The batch that the first input asks for.
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

/// Whole numbers that a session wrote as floats, to the front of an array of int64: the last first,
/// so that none is overwritten before it is read.
void widen(void* data, std::int64_t count) {
  auto* bytes = static_cast<std::byte*>(data);
  for (std::int64_t i = count; i-- > 0;) {
    const auto at = static_cast<std::size_t>(i);
    float number = 0.0f;
    std::memcpy(&number, bytes + at * sizeof number, sizeof number);
    const auto whole = static_cast<std::int64_t>(number);
    std::memcpy(bytes + at * sizeof whole, &whole, sizeof whole);
  }
}

void expect_ok(Status status, const Session& session) {
  if (status == Status::kOk) return;
  const std::string reason = session.failure();
  throw Error(status, reason.empty() ? "the session could not run this batch" : reason);
}

/// Tensors of one run.
struct Call {
  const ockham_tensor* inputs;
  std::size_t input_count;
  const ockham_tensor* outputs;
  std::size_t output_count;
};

/// What was checked of them; their data are in the handle's `inputs` and `outputs`.
struct Bound {
  Tensors inputs, outputs;
  std::int64_t batch;
};

Bound bind(ockham_session& handle, const Call& call) {
  const Graph& graph = handle.session.model().graph();
  const SessionOptions& options = handle.session.options();
  const Tensors inputs{"input", call.inputs, call.input_count, graph.inputs, options.device};
  const Tensors outputs{"output", call.outputs, call.output_count, graph.outputs, options.device};
  check_count(inputs);
  check_count(outputs);
  const std::int64_t batch = checked_batch(inputs, options.max_batch);
  check_tensors(inputs, graph, batch);
  check_tensors(outputs, graph, batch);
  for (std::size_t i = 0; i < inputs.count; ++i) {
    handle.inputs[i] = static_cast<const float*>(inputs[i].data);
  }
  for (std::size_t i = 0; i < outputs.count; ++i) {
    handle.outputs[i] = static_cast<float*>(outputs[i].data);
  }
  return {inputs, outputs, batch};
}

void run(ockham_session& handle, const Call& call) {
  const Bound bound = bind(handle, call);
  expect_ok(handle.session.run(bound.batch, handle.inputs, handle.outputs), handle.session);
  const Graph& graph = handle.session.model().graph();
  for (std::size_t i = 0; i < bound.outputs.count; ++i) {
    const Value& value = graph.value(graph.outputs[i]);
    if (value.type != ElementType::kInt64) continue;
    widen(bound.outputs[i].data, bound.batch * value.shape.elements());
  }
}

void expect_on_cuda(const Tensors& tensors, const Graph& graph) {
  for (std::size_t i = 0; i < tensors.count; ++i) {
    if (tensors[i].device == OCKHAM_CUDA) continue;
    refuse(described(tensors, graph.value(tensors.values[i])) + ": data on device " +
           std::to_string(tensors[i].device) +
           ", expected OCKHAM_CUDA (1); call ockham_session_run for data elsewhere");
  }
}

void enqueue(ockham_session& handle, const Call& call) {
  if (handle.session.options().stream == nullptr) {
    refuse(
        "the session has a stream of its own, for which nobody else can wait; give it one by "
        "ockham_session_options.stream, or call ockham_session_run");
  }
  const Bound bound = bind(handle, call);
  const Graph& graph = handle.session.model().graph();
  expect_on_cuda(bound.inputs, graph);
  expect_on_cuda(bound.outputs, graph);
  expect_ok(handle.session.enqueue(bound.batch, handle.inputs, handle.outputs), handle.session);
}

}  // namespace
}  // namespace ockham::capi

namespace capi = ockham::capi;

ockham_status ockham_session_create(const ockham_model* model,
                                    const ockham_session_options* options,
                                    ockham_session** session) {
  if (session == nullptr) return capi::fail(OCKHAM_INVALID_ARGUMENT, "session is NULL");
  *session = nullptr;
  return capi::guarded([&] {
    *session = new ockham_session(capi::deref(model, "model").model, capi::options_of(options));
  });
}

void ockham_session_destroy(ockham_session* session) { delete session; }

ockham_status ockham_session_run(ockham_session* session, const ockham_tensor* inputs,
                                 size_t input_count, const ockham_tensor* outputs,
                                 size_t output_count) {
  return capi::guarded([&] {
    capi::run(capi::deref(session, "session"), {inputs, input_count, outputs, output_count});
  });
}

ockham_status ockham_session_enqueue(ockham_session* session, const ockham_tensor* inputs,
                                     size_t input_count, const ockham_tensor* outputs,
                                     size_t output_count) {
  return capi::guarded([&] {
    capi::enqueue(capi::deref(session, "session"), {inputs, input_count, outputs, output_count});
  });
}

ockham_status ockham_session_get_memory(const ockham_session* session,
                                        ockham_session_memory* memory) {
  return capi::guarded([&] {
    const ockham::SessionMemory used = capi::deref(session, "session").session.memory();
    ockham_session_memory ours{};
    ours.arena = used.arena;
    ours.packed = used.packed;
    ours.staging = used.staging;
    capi::write_struct(ours, capi::deref(memory, "memory"), "memory");
  });
}

ockham_status ockham_session_explain(ockham_session* session, const char** text) {
  if (text == nullptr) return capi::fail(OCKHAM_INVALID_ARGUMENT, "text is NULL");
  *text = nullptr;
  return capi::guarded([&] {
    ockham_session& handle = capi::deref(session, "session");
    if (handle.explanation.empty()) {
      handle.explanation = handle.session.plan().text(handle.session.model().graph());
    }
    *text = handle.explanation.c_str();
  });
}
