// Ockham's C++ interface (C++17): a header over the C interface of ockham.h.
//
//   ockham::Model model("lenet5.ockham");
//   ockham::Session session(model);
//   std::vector<float> scores = session.run(image);
//
// Everything that fails throws ockham::Exception, except where a function says otherwise.
#ifndef OCKHAM_OCKHAM_HPP_
#define OCKHAM_OCKHAM_HPP_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ockham/ockham.h"

namespace ockham {
// Inline, so that these names differ, for the linker, from those inside a static libockham.
inline namespace api {

/// A failed call: what() is the C interface's error text, status() its code.
class Exception : public std::runtime_error {
 public:
  Exception(ockham_status status, const char* text) : std::runtime_error(text), status_(status) {}
  ockham_status status() const noexcept { return status_; }

 private:
  ockham_status status_;
};

/// Throws Exception unless `status` is OCKHAM_OK.
inline void check(ockham_status status) {
  if (status != OCKHAM_OK) throw Exception(status, ockham_last_error());
}

/// Throws Exception where the library that the program runs with is too old for this header, or of
/// another major version.
inline void check_version() {
  check(ockham_version_check(OCKHAM_VERSION_MAJOR, OCKHAM_VERSION_MINOR, OCKHAM_VERSION_PATCH));
}

/// An input or output of a model.
struct ValueInfo {
  std::string name;
  std::vector<std::int64_t> shape;  ///< shape[0] is the batch: OCKHAM_BATCH (-1)
  std::int32_t element_type = OCKHAM_FLOAT32;

  /// Number of elements that one image has here.
  std::size_t elements_per_image() const {
    std::size_t elements = 1;
    for (std::size_t axis = 1; axis < shape.size(); ++axis) {
      elements *= static_cast<std::size_t>(shape[axis]);
    }
    return elements;
  }
};

/// How a picture's bytes become an input: (byte * scale - mean[c]) / standard_deviation[c]. `mean` and
/// `standard_deviation` have one element per channel, or none (0 and 1 then).
struct Preprocessing {
  double scale = 1.0;
  std::vector<float> mean;
  std::vector<float> standard_deviation;
};

/// A loaded model file. Movable, not copyable; safe to use from several threads.
class Model {
 public:
  /// Maps and checks a model file.
  explicit Model(const std::string& path) {
    ockham_model* handle = nullptr;
    check(ockham_model_load(path.c_str(), &handle));
    adopt(handle);
  }

  /// A model from the bytes of a model file, which are copied.
  static Model from_memory(const void* bytes, std::size_t size) {
    ockham_model* handle = nullptr;
    check(ockham_model_load_memory(bytes, size, &handle));
    Model model;
    model.adopt(handle);
    return model;
  }

  const std::vector<ValueInfo>& inputs() const { return inputs_; }
  const std::vector<ValueInfo>& outputs() const { return outputs_; }

  /// How pictures become the input with this index.
  Preprocessing preprocessing(std::size_t input = 0) const {
    ockham_preprocessing found{};
    found.struct_size = sizeof found;
    check(ockham_model_preprocessing(get(), input, &found));
    return {found.scale,
            {found.mean, found.mean + found.mean_count},
            {found.standard_deviation, found.standard_deviation + found.standard_deviation_count}};
  }

  /// What the file says about its origin under `key`; "" when nothing.
  std::string provenance(const std::string& key) const {
    const char* text = ockham_model_provenance(get(), key.c_str());
    return text == nullptr ? "" : text;
  }

  /// The C interface's handle, owned by this object.
  const ockham_model* get() const noexcept { return handle_.get(); }

 private:
  struct Destroy {
    void operator()(ockham_model* model) const { ockham_model_destroy(model); }
  };
  using Describe = ockham_status (*)(const ockham_model*, std::size_t, ockham_value_info*);

  Model() = default;

  void adopt(ockham_model* handle) {
    handle_.reset(handle);
    inputs_ = describe_all(ockham_model_input_count(handle), ockham_model_input);
    outputs_ = describe_all(ockham_model_output_count(handle), ockham_model_output);
  }

  std::vector<ValueInfo> describe_all(std::size_t count, Describe describe) const {
    std::vector<ValueInfo> infos;
    for (std::size_t i = 0; i < count; ++i) {
      ockham_value_info info{};
      info.struct_size = sizeof info;
      check(describe(get(), i, &info));
      infos.push_back({info.name, {info.shape, info.shape + info.rank}, info.element_type});
    }
    return infos;
  }

  std::unique_ptr<ockham_model, Destroy> handle_;
  std::vector<ValueInfo> inputs_;
  std::vector<ValueInfo> outputs_;
};

/// Threads that sessions share (ockham_thread_pool). Copies are the same pool; sessions keep theirs.
class ThreadPool {
 public:
  /// Calls the function that it is given for 0 ... parts - 1, or for fewer, on any threads, and
  /// returns when these calls have. Throws nothing. See ockham_thread_pool_options.share.
  using Share = std::function<void(int parts, const std::function<void(int part)>& call)>;

  /// A pool of so many threads, with that of the caller; 0: as many as the process may use
  /// processors.
  explicit ThreadPool(int threads = 0) : ThreadPool(threads, nullptr) {}

  /// Threads of the caller's own.
  ThreadPool(int threads, Share share) : shared_(std::make_shared<Shared>()) {
    shared_->share = std::move(share);
    ockham_thread_pool_options wanted{};
    wanted.struct_size = sizeof wanted;
    wanted.threads = threads;
    if (shared_->share) wanted.share = call_share;
    wanted.context = shared_.get();
    check(ockham_thread_pool_create(&wanted, &shared_->handle));
  }

  /// The C interface's handle, owned by this object and its copies.
  const ockham_thread_pool* get() const noexcept { return shared_->handle; }

 private:
  struct Shared {
    Shared() = default;
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared() { ockham_thread_pool_destroy(handle); }

    Share share;
    ockham_thread_pool* handle = nullptr;
  };

  static void call_share(void* context, std::int32_t parts, ockham_loop_part part, void* loop) {
    static_cast<Shared*>(context)->share(parts, [part, loop](int i) { part(loop, i); });
  }

  std::shared_ptr<Shared> shared_;
};

/// How the caller's arrays hold an input or output (ockham_array_format).
struct ArrayFormat {
  int layout = OCKHAM_NCHW;  ///< OCKHAM_NHWC for images that have their channels last
  int element_type = 0;      ///< 0: the model's; OCKHAM_UINT8: inputs that are bytes of pictures
  /// Of bytes; none: as the model says, or else their numbers from 0 to 255.
  std::optional<Preprocessing> preprocessing = {};
};

/// How to prepare a session. Zero means the C interface's default.
struct SessionOptions {
  std::int64_t max_batch = 1;
  int threads = 1;
  int device = OCKHAM_CPU;
  int kernels = OCKHAM_KERNELS_AUTO;
  std::uint64_t memory_limit = 0;  ///< bytes; 0: 4 GiB
  bool self_test = true;           ///< replay the model's self-test on creation
  int precision = OCKHAM_PRECISION_FP32;  ///< on OCKHAM_CPU that or OCKHAM_PRECISION_BF16
  bool tune = false;  ///< measure which kernels are fastest (ockham_session_options.tune)
  /// On OCKHAM_CUDA, a cudaStream_t that runs are put into (ockham_session_options.stream); null: one
  /// of the session's own.
  void* stream = nullptr;
  /// Whose threads help with a run, instead of workers of the session's own; `threads` is then
  /// ignored. Kept by the session. Ignored on OCKHAM_CUDA.
  std::optional<ThreadPool> thread_pool = {};
  /// How the arrays of a run are, one for each input or output of the model; empty: NCHW. On
  /// OCKHAM_CPU only.
  std::vector<ArrayFormat> input_formats = {}, output_formats = {};
  /// Called while the session is made, with a line for each thing to know of how it came about
  /// (ockham_session_options.log). Throws nothing.
  std::function<void(const char* text)> log = {};
};

/// Memory of a session, in bytes.
struct SessionMemory {
  std::uint64_t arena = 0;   ///< activations and scratch
  std::uint64_t packed = 0;  ///< packed weights, shared with the model's other sessions
  std::uint64_t staging = 0;  ///< on OCKHAM_CUDA, copies of inputs and outputs
};

/// A model prepared to run. Movable, not copyable; one thread at a time. The model may go first.
class Session {
 public:
  explicit Session(const Model& model, const SessionOptions& options = {})
      : thread_pool_(options.thread_pool) {
    ockham_session_options wanted{};
    wanted.struct_size = sizeof wanted;
    wanted.max_batch = options.max_batch;
    wanted.memory_limit = options.memory_limit;
    wanted.threads = options.threads;
    wanted.device = options.device;
    wanted.kernels = options.kernels;
    wanted.skip_self_test = options.self_test ? 0 : 1;
    wanted.precision = options.precision;
    wanted.tune = options.tune ? 1 : 0;
    wanted.stream = options.stream;
    wanted.thread_pool = thread_pool_ ? thread_pool_->get() : nullptr;
    const Formats input_formats(options.input_formats), output_formats(options.output_formats);
    wanted.input_formats = input_formats.all.data();
    wanted.input_format_count = input_formats.all.size();
    wanted.output_formats = output_formats.all.data();
    wanted.output_format_count = output_formats.all.size();
    if (options.log) wanted.log = call_log;
    wanted.log_context = const_cast<std::function<void(const char*)>*>(&options.log);
    ockham_session* handle = nullptr;
    check(ockham_session_create(model.get(), &wanted, &handle));
    handle_.reset(handle);
    inputs_ = tensors_of(model.inputs(), input_formats.all);
    outputs_ = tensors_of(model.outputs(), output_formats.all);
    image_elements_in_ = model.inputs().front().elements_per_image();
    image_elements_out_ = model.outputs().front().elements_per_image();
  }

  /// Runs `batch` images: one array per input and output of the model, in its order, NCHW or as the
  /// options' formats say. Nothing is allocated here. `place` says where all these arrays are: with
  /// OCKHAM_CUDA, for a session that runs there, they are pointers to the device's memory.
  void run(std::int64_t batch, const float* const* inputs, float* const* outputs,
           std::int32_t place = OCKHAM_CPU) {
    expect_floats(outputs_, "output");
    run_on_floats(batch, inputs, outputs, place);
  }

  /// The same for outputs of any type: arrays of std::int64_t for those of OCKHAM_INT64, which are
  /// never on OCKHAM_CUDA.
  void run(std::int64_t batch, const float* const* inputs, void* const* outputs,
           std::int32_t place = OCKHAM_CPU) {
    run_on_floats(batch, inputs, outputs, place);
  }

  /// The same for inputs of any type, too: arrays of std::uint8_t for those of OCKHAM_UINT8.
  void run(std::int64_t batch, const void* const* inputs, void* const* outputs,
           std::int32_t place = OCKHAM_CPU) {
    set_arrays(batch, inputs, outputs, place);
    call(ockham_session_run);
  }

  /// Binds arrays, instead of those that were bound before: checked now, and not by the runs on them
  /// (ockham_session_bind). They stay where they are until others are bound or the session goes.
  void bind(std::int64_t batch, const void* const* inputs, void* const* outputs,
            std::int32_t place = OCKHAM_CPU) {
    set_arrays(batch, inputs, outputs, place);
    call(ockham_session_bind);
  }

  /// Runs on the arrays that are bound.
  void run_bound() { check(ockham_session_run_bound(get())); }

  /// Ends the run in progress on OCKHAM_CPU, if any: it throws Exception of OCKHAM_CANCELLED. From any
  /// thread (ockham_session_cancel).
  void cancel() noexcept { ockham_session_cancel(get()); }

  /// Puts a run into SessionOptions::stream and does not wait for it: outputs are complete when that
  /// stream has got there. All arrays are in the device's memory and stay until then.
  void enqueue(std::int64_t batch, const float* const* inputs, float* const* outputs) {
    set_arrays(batch, inputs, outputs, OCKHAM_CUDA);
    call(ockham_session_enqueue);
  }

  /// Runs a model with one input and one output on as many whole images as `images` holds.
  std::vector<float> run(const std::vector<float>& images) {
    expect_floats(inputs_, "input");
    return run_images(images);
  }

  /// The same on bytes of pictures, for an input of OCKHAM_UINT8.
  std::vector<float> run_bytes(const std::vector<std::uint8_t>& images) {
    if (inputs_[0].element_type != OCKHAM_UINT8) {
      throw Exception(OCKHAM_INVALID_ARGUMENT,
                      "bytes were given, but the session's input is not uint8: set its format");
    }
    return run_images(images);
  }

  SessionMemory memory() const {
    ockham_session_memory used{};
    used.struct_size = sizeof used;
    check(ockham_session_get_memory(get(), &used));
    return {used.arena, used.packed, used.staging};
  }

  /// What runs in which order, by which kernel, and why: a table for people.
  std::string explain() const {
    const char* text = nullptr;
    check(ockham_session_explain(get(), &text));
    return text;
  }

  /// The C interface's handle, owned by this object.
  ockham_session* get() const noexcept { return handle_.get(); }

 private:
  struct Destroy {
    void operator()(ockham_session* session) const { ockham_session_destroy(session); }
  };

  static void call_log(void* context, const char* text) {
    (*static_cast<const std::function<void(const char*)>*>(context))(text);
  }

  static void expect_floats(const std::vector<ockham_tensor>& tensors, const std::string& kind) {
    for (const ockham_tensor& tensor : tensors) {
      if (tensor.element_type == OCKHAM_FLOAT32) continue;
      const std::string text =
          "an " + kind + " is not float32: call run with arrays of void for " + kind + "s";
      throw Exception(OCKHAM_INVALID_ARGUMENT, text.c_str());
    }
  }

  template <class Output>
  void run_on_floats(std::int64_t batch, const float* const* inputs, Output* const* outputs,
                     std::int32_t place) {
    expect_floats(inputs_, "input");
    set_arrays(batch, inputs, outputs, place);
    call(ockham_session_run);
  }

  template <class Input, class Output>
  void set_arrays(std::int64_t batch, const Input* const* inputs, Output* const* outputs,
                  std::int32_t place) {
    // The C interface's tensors serve both ways; inputs are only read.
    for (std::size_t i = 0; i < inputs_.size(); ++i) inputs_[i].data = const_cast<Input*>(inputs[i]);
    for (std::size_t i = 0; i < outputs_.size(); ++i) outputs_[i].data = outputs[i];
    for (std::vector<ockham_tensor>* tensors : {&inputs_, &outputs_}) {
      for (ockham_tensor& tensor : *tensors) {
        tensor.shape[0] = batch;
        tensor.device = place;
      }
    }
  }

  void call(decltype(&ockham_session_run) function) {
    check(function(get(), inputs_.data(), inputs_.size(), outputs_.data(), outputs_.size()));
  }

  template <class Element>
  std::vector<float> run_images(const std::vector<Element>& images) {
    if (inputs_.size() != 1 || outputs_.size() != 1) {
      throw Exception(OCKHAM_INVALID_ARGUMENT,
                      "the model has several inputs or outputs: call run(batch, inputs, outputs)");
    }
    expect_floats(outputs_, "output");
    if (images.empty() || images.size() % image_elements_in_ != 0) {
      const std::string unit = sizeof(Element) == 1 ? " bytes" : " floats";
      const std::string text = std::to_string(images.size()) + unit + " are not whole images of " +
                               std::to_string(image_elements_in_) + unit;
      throw Exception(OCKHAM_INVALID_ARGUMENT, text.c_str());
    }
    const std::size_t batch = images.size() / image_elements_in_;
    std::vector<float> results(batch * image_elements_out_);
    const Element* input = images.data();
    float* output = results.data();
    set_arrays(static_cast<std::int64_t>(batch), &input, &output, OCKHAM_CPU);
    call(ockham_session_run);
    return results;
  }

  /// The C interface's formats, and the preprocessings that they point to.
  struct Formats {
    explicit Formats(const std::vector<ArrayFormat>& formats) : preprocessings(formats.size()) {
      for (const ArrayFormat& format : formats) {
        ockham_array_format wanted{};
        wanted.struct_size = sizeof wanted;
        wanted.layout = format.layout;
        wanted.element_type = format.element_type;
        if (format.preprocessing) wanted.preprocessing = add(*format.preprocessing);
        all.push_back(wanted);
      }
    }

    const ockham_preprocessing* add(const Preprocessing& preprocessing) {
      ockham_preprocessing& wanted = preprocessings[all.size()];
      wanted.struct_size = sizeof wanted;
      wanted.scale = preprocessing.scale;
      wanted.mean_count = preprocessing.mean.size();
      wanted.mean = preprocessing.mean.data();
      wanted.standard_deviation_count = preprocessing.standard_deviation.size();
      wanted.standard_deviation = preprocessing.standard_deviation.data();
      return &wanted;
    }

    std::vector<ockham_preprocessing> preprocessings;
    std::vector<ockham_array_format> all;
  };

  /// Tensors of these values; data, device and batch are set by each run.
  static std::vector<ockham_tensor> tensors_of(const std::vector<ValueInfo>& values,
                                               const std::vector<ockham_array_format>& formats) {
    std::vector<ockham_tensor> tensors;
    for (const ValueInfo& value : values) {
      ockham_tensor tensor{};
      tensor.struct_size = sizeof tensor;
      tensor.element_type = value.element_type;
      tensor.rank = static_cast<std::int64_t>(value.shape.size());
      for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
        tensor.shape[axis] = value.shape[axis];
      }
      if (!formats.empty()) apply(formats[tensors.size()], tensor);
      tensors.push_back(tensor);
    }
    return tensors;
  }

  static void apply(const ockham_array_format& format, ockham_tensor& tensor) {
    if (format.layout == OCKHAM_NHWC) {
      std::rotate(tensor.shape + 1, tensor.shape + 2, tensor.shape + 4);
    }
    if (format.element_type != 0) tensor.element_type = format.element_type;
  }

  std::optional<ThreadPool> thread_pool_;  ///< must go after the session
  std::unique_ptr<ockham_session, Destroy> handle_;
  std::vector<ockham_tensor> inputs_;
  std::vector<ockham_tensor> outputs_;
  std::size_t image_elements_in_ = 0;
  std::size_t image_elements_out_ = 0;
};

}  // namespace api
}  // namespace ockham

#endif  // OCKHAM_OCKHAM_HPP_
