#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "python/bindings/bindings.h"
#include "runtime/api/handles.h"
#include "runtime/graph/error.h"
#include "runtime/plan/execution_plan.h"

namespace nb = nanobind;

namespace ockham::python {
namespace {

using InputArray = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using OutputArray = nb::ndarray<nb::c_contig, nb::device::cpu>;

std::int32_t element_type_of(nb::dlpack::dtype type) {
  if (type == nb::dtype<float>()) return OCKHAM_FLOAT32;
  if (type == nb::dtype<std::int64_t>()) return OCKHAM_INT64;
  if (type == nb::dtype<std::uint8_t>()) return OCKHAM_UINT8;
  throw Error(Status::kInvalidArgument, "an array is neither of float32 nor of int64 or uint8");
}

template <class Array>
ockham_tensor tensor_of(const Array& array) {
  if (array.ndim() > OCKHAM_MAX_RANK) {
    throw Error(Status::kInvalidArgument, "an array has " + std::to_string(array.ndim()) +
                                              " axes, expected at most " +
                                              std::to_string(OCKHAM_MAX_RANK));
  }
  ockham_tensor tensor{};
  tensor.struct_size = sizeof tensor;
  tensor.data = const_cast<void*>(static_cast<const void*>(array.data()));  // inputs: only read
  tensor.element_type = element_type_of(array.dtype());
  tensor.rank = static_cast<std::int64_t>(array.ndim());
  for (std::size_t axis = 0; axis < array.ndim(); ++axis) {
    tensor.shape[axis] = static_cast<std::int64_t>(array.shape(axis));
  }
  return tensor;
}

template <class Array>
std::vector<ockham_tensor> tensors_of(const std::vector<Array>& arrays) {
  std::vector<ockham_tensor> tensors;
  tensors.reserve(arrays.size());
  for (const Array& array : arrays) tensors.push_back(tensor_of(array));
  return tensors;
}

struct BoundPool {
  explicit BoundPool(int threads) {
    ockham_thread_pool_options options{};
    options.struct_size = sizeof options;
    options.threads = threads;
    ockham_thread_pool* pool = nullptr;
    check(ockham_thread_pool_create(&options, &pool));
    handle.reset(pool, ockham_thread_pool_destroy);
  }
  std::shared_ptr<ockham_thread_pool> handle;
};

/// How inputs or outputs are held, and what bytes become.
struct Format {
  int layout = OCKHAM_NCHW;
  bool bytes = false;
  std::optional<Preprocessing> preprocessing;
};

/// Field by field as ockham_session_options has them.
struct Options {
  std::int64_t max_batch = 1;
  std::uint64_t memory_limit = 0;
  int threads = 1, device = 0, kernels = 0, precision = 0;
  bool self_test = true, tune = false;
  std::shared_ptr<BoundPool> thread_pool;
  std::vector<Format> input_formats, output_formats;
};

/// The C interface's formats, and the preprocessings that they point to.
struct Formats {
  explicit Formats(const std::vector<Format>& formats) : preprocessings(formats.size()) {
    for (const Format& format : formats) {
      ockham_array_format wanted{};
      wanted.struct_size = sizeof wanted;
      wanted.layout = format.layout;
      wanted.element_type = format.bytes ? OCKHAM_UINT8 : 0;
      if (format.preprocessing) wanted.preprocessing = add(*format.preprocessing);
      all.push_back(wanted);
    }
  }

  const ockham_preprocessing* add(const Preprocessing& preprocessing) {
    const auto& [scale, mean, deviation] = preprocessing;
    ockham_preprocessing& wanted = preprocessings[all.size()];
    wanted.struct_size = sizeof wanted;
    wanted.scale = scale;
    wanted.mean_count = mean.size();
    wanted.mean = mean.data();
    wanted.standard_deviation_count = deviation.size();
    wanted.standard_deviation = deviation.data();
    return &wanted;
  }

  std::vector<ockham_preprocessing> preprocessings;
  std::vector<ockham_array_format> all;
};

class BoundSession {
 public:
  BoundSession(const BoundModel& model, const Options& options) {
    ockham_session_options wanted{};
    wanted.struct_size = sizeof wanted;
    wanted.max_batch = options.max_batch;
    wanted.memory_limit = options.memory_limit;
    wanted.threads = options.threads;
    wanted.device = options.device;
    wanted.kernels = options.kernels;
    wanted.precision = options.precision;
    wanted.skip_self_test = options.self_test ? 0 : 1;
    wanted.tune = options.tune ? 1 : 0;
    if (options.thread_pool != nullptr) {
      wanted.thread_pool = options.thread_pool->handle.get();
    }
    const Formats inputs(options.input_formats), outputs(options.output_formats);
    wanted.input_formats = inputs.all.data();
    wanted.input_format_count = inputs.all.size();
    wanted.output_formats = outputs.all.data();
    wanted.output_format_count = outputs.all.size();
    ockham_session* session = nullptr;
    check(ockham_session_create(model.handle.get(), &wanted, &session));
    handle_.reset(session);
  }

  /// One thread after the other; others of Python's go on meanwhile.
  void run(const std::vector<InputArray>& inputs, const std::vector<OutputArray>& outputs) {
    const auto from = tensors_of(inputs), to = tensors_of(outputs);
    const nb::gil_scoped_release released;
    const std::lock_guard lock(mutex_);
    run_once(from, to);
  }

  /// Whoever binds arrays keeps them.
  void bind(const std::vector<InputArray>& inputs, const std::vector<OutputArray>& outputs) {
    const auto from = tensors_of(inputs), to = tensors_of(outputs);
    const nb::gil_scoped_release released;
    const std::lock_guard lock(mutex_);
    check(ockham_session_bind(handle_.get(), from.data(), from.size(), to.data(), to.size()));
  }

  void run_bound() {
    const nb::gil_scoped_release released;
    const std::lock_guard lock(mutex_);
    check(ockham_session_run_bound(handle_.get()));
  }

  void cancel() { ockham_session_cancel(handle_.get()); }

  /// Nanoseconds of each step in each of `runs`, behind one that is not counted.
  std::vector<std::vector<std::int64_t>> profile(const std::vector<InputArray>& inputs,
                                                 const std::vector<OutputArray>& outputs,
                                                 std::size_t runs) {
    const auto from = tensors_of(inputs), to = tensors_of(outputs);
    const nb::gil_scoped_release released;
    const std::lock_guard lock(mutex_);
    run_once(from, to);
    Session& session = handle_->session;
    const capi::RunArrays& arrays = handle_->passed;
    std::vector<std::vector<std::int64_t>> times(
        runs, std::vector<std::int64_t>(session.plan().steps.size()));
    for (std::vector<std::int64_t>& steps : times) {
      const Status status =
          session.run_profiled(arrays.batch, arrays.inputs, arrays.outputs, steps);
      if (status != Status::kOk) throw Error(status, session.failure());
    }
    return times;
  }

  /// Name, operator, kernel, reason, MACs and parameters of each step.
  using Step =
      std::tuple<std::string, std::string, std::string, std::string, std::int64_t, std::int64_t>;
  std::vector<Step> steps() const {
    std::vector<Step> all;
    for (const PlanStep& step : handle_->session.plan().steps) {
      all.emplace_back(step.name, step.op, step.kernel, step.reason, step.macs, step.params);
    }
    return all;
  }

  std::vector<std::string> notes() const { return handle_->session.plan().notes; }

  std::tuple<std::uint64_t, std::uint64_t, std::uint64_t> memory() const {
    ockham_session_memory used{};
    used.struct_size = sizeof used;
    check(ockham_session_get_memory(handle_.get(), &used));
    return {used.arena, used.packed, used.staging};
  }

  std::string explain() const {
    const char* text = nullptr;
    check(ockham_session_explain(handle_.get(), &text));
    return text;
  }

 private:
  struct Destroy {
    void operator()(ockham_session* session) const { ockham_session_destroy(session); }
  };

  void run_once(const std::vector<ockham_tensor>& inputs,
                const std::vector<ockham_tensor>& outputs) {
    check(ockham_session_run(handle_.get(), inputs.data(), inputs.size(), outputs.data(),
                             outputs.size()));
  }

  std::unique_ptr<ockham_session, Destroy> handle_;
  std::mutex mutex_;
};

std::unique_ptr<BoundSession> make_session(const BoundModel& model, const Options& options) {
  const nb::gil_scoped_release released;
  return std::make_unique<BoundSession>(model, options);
}

}  // namespace

void bind_sessions(nb::module_& module) {
  nb::class_<BoundPool>(
      module, "ThreadPool",
      "Threads that sessions share: the one that calls `run`, and threads - 1 that help it.\n\n"
      "threads: 0 for as many as the process may use processors.")
      .def(nb::init<int>(), nb::arg("threads") = 0);
  nb::class_<Format>(module, "Format")
      .def(nb::init<int, bool, std::optional<Preprocessing>>(), nb::arg("layout"), nb::arg("bytes"),
           nb::arg("preprocessing").none());
  nb::class_<Options>(module, "Options")
      .def(nb::init<>())
      .def_rw("max_batch", &Options::max_batch)
      .def_rw("memory_limit", &Options::memory_limit)
      .def_rw("threads", &Options::threads)
      .def_rw("device", &Options::device)
      .def_rw("kernels", &Options::kernels)
      .def_rw("precision", &Options::precision)
      .def_rw("self_test", &Options::self_test)
      .def_rw("tune", &Options::tune)
      .def_rw("thread_pool", &Options::thread_pool, nb::arg().none())
      .def_rw("input_formats", &Options::input_formats)
      .def_rw("output_formats", &Options::output_formats);
  nb::class_<BoundSession>(module, "Session")
      .def_static("make", make_session)
      .def("run", &BoundSession::run)
      .def("bind", &BoundSession::bind)
      .def("run_bound", &BoundSession::run_bound)
      .def("cancel", &BoundSession::cancel)
      .def("profile", &BoundSession::profile)
      .def("steps", &BoundSession::steps)
      .def("notes", &BoundSession::notes)
      .def("memory", &BoundSession::memory)
      .def("explain", &BoundSession::explain);
}

}  // namespace ockham::python
