// The C interface's functions on sessions.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "ockham/ockham.h"
#include "runtime/api/growing_struct.h"
#include "runtime/api/guard.h"
#include "runtime/api/handles.h"
#include "runtime/api/session_options.h"
#include "runtime/api/tensors.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::capi {
namespace {

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

/// What is known of them once they are checked.
struct Checked {
  Tensors inputs, outputs;
};

/// Throws Error, and then leaves `arrays` alone.
Checked take(const ockham_session& handle, const Call& call, RunArrays& arrays) {
  const Graph& graph = handle.session.model().graph();
  const SessionOptions& options = handle.session.options();
  const Tensors inputs{"input",      call.inputs,           call.input_count,
                       graph.inputs, options.input_formats, options.device};
  const Tensors outputs{"output",      call.outputs,           call.output_count,
                        graph.outputs, options.output_formats, options.device};
  check_count(inputs);
  check_count(outputs);
  const std::int64_t batch = checked_batch(inputs, options.max_batch);
  check_tensors(inputs, graph, batch);
  check_tensors(outputs, graph, batch);
  arrays.batch = batch;
  for (std::size_t i = 0; i < inputs.count; ++i) {
    arrays.inputs[i] = static_cast<const float*>(inputs[i].data);
  }
  for (std::size_t i = 0; i < outputs.count; ++i) {
    arrays.outputs[i] = static_cast<float*>(outputs[i].data);
  }
  return {inputs, outputs};
}

void run(ockham_session& handle, const RunArrays& arrays) {
  expect_ok(handle.session.run(arrays.batch, arrays.inputs, arrays.outputs), handle.session);
  const Graph& graph = handle.session.model().graph();
  for (std::size_t i = 0; i < arrays.outputs.size(); ++i) {
    const Value& value = graph.value(graph.outputs[i]);
    if (value.type != ElementType::kInt64) continue;
    widen(arrays.outputs[i], arrays.batch * value.shape.elements());
  }
}

void log_notes(const Session& session, const ockham_session_options* options) {
  if (options == nullptr) return;
  const Log log = log_of(*options);
  if (log.function == nullptr) return;
  for (const std::string& note : session.plan().notes) log.function(log.context, note.c_str());
}

void run_bound(ockham_session& handle) {
  if (handle.bound.batch == 0) refuse("no tensors are bound; call ockham_session_bind first");
  run(handle, handle.bound);
}

void enqueue(ockham_session& handle, const Call& call) {
  if (handle.session.options().stream == nullptr) {
    refuse(
        "the session has a stream of its own, for which nobody else can wait; give it one by "
        "ockham_session_options.stream, or call ockham_session_run");
  }
  const Checked checked = take(handle, call, handle.passed);
  const Graph& graph = handle.session.model().graph();
  expect_on_cuda(checked.inputs, graph);
  expect_on_cuda(checked.outputs, graph);
  const RunArrays& arrays = handle.passed;
  expect_ok(handle.session.enqueue(arrays.batch, arrays.inputs, arrays.outputs), handle.session);
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
    auto made = std::make_unique<ockham_session>(capi::deref(model, "model").model,
                                                 capi::options_of(options));
    capi::log_notes(made->session, options);
    *session = made.release();
  });
}

void ockham_session_cancel(ockham_session* session) {
  if (session != nullptr) session->session.cancel();
}

void ockham_session_destroy(ockham_session* session) { delete session; }

ockham_status ockham_session_run(ockham_session* session, const ockham_tensor* inputs,
                                 size_t input_count, const ockham_tensor* outputs,
                                 size_t output_count) {
  return capi::guarded([&] {
    ockham_session& handle = capi::deref(session, "session");
    capi::take(handle, {inputs, input_count, outputs, output_count}, handle.passed);
    capi::run(handle, handle.passed);
  });
}

ockham_status ockham_session_bind(ockham_session* session, const ockham_tensor* inputs,
                                  size_t input_count, const ockham_tensor* outputs,
                                  size_t output_count) {
  return capi::guarded([&] {
    ockham_session& handle = capi::deref(session, "session");
    capi::take(handle, {inputs, input_count, outputs, output_count}, handle.bound);
  });
}

ockham_status ockham_session_run_bound(ockham_session* session) {
  return capi::guarded([&] { capi::run_bound(capi::deref(session, "session")); });
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
