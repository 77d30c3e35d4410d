#include "runtime/api/session_options.h"

#include <cstddef>
#include <string>

#include "runtime/api/growing_struct.h"
#include "runtime/api/guard.h"
#include "runtime/api/handles.h"

namespace ockham::capi {
namespace {

constexpr std::size_t kOptionsSizeV1 = sizeof(std::size_t);
constexpr std::size_t kFormatSizeV1 = sizeof(ockham_array_format);

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

Layout layout_of(std::int32_t layout, const std::string& field) {
  if (layout == OCKHAM_NCHW) return Layout::kRowMajor;
  if (layout == OCKHAM_NHWC) return Layout::kChannelsLast;
  refuse(field + ": layout " + std::to_string(layout) +
         " is unknown, expected OCKHAM_NCHW (0) or OCKHAM_NHWC (1)");
}

StoredType type_of(std::int32_t type, const std::string& field) {
  if (type == 0) return StoredType::kFloat32;
  if (type == OCKHAM_UINT8) return StoredType::kUint8;
  refuse(field + ": element type " + std::to_string(type) +
         ", expected OCKHAM_UINT8 (3), or 0 for the model's own");
}

std::vector<float> numbers_of(const float* first, std::size_t count, const std::string& field) {
  if (count == 0) return {};
  return {&deref(first, field.c_str()), first + count};
}

InputPreprocessing preprocessing_of(const ockham_preprocessing& theirs, const std::string& field) {
  const auto read = read_struct(theirs, sizeof(ockham_preprocessing), field.c_str());
  return {.scale = read.scale == 0.0 ? 1.0f : static_cast<float>(read.scale),
          .mean = numbers_of(read.mean, read.mean_count, field + ".mean"),
          .standard_deviation = numbers_of(read.standard_deviation, read.standard_deviation_count,
                                           field + ".standard_deviation")};
}

ArrayFormat format_of(const ockham_array_format& theirs, const std::string& field) {
  const auto read = read_struct(theirs, kFormatSizeV1, field.c_str());
  ArrayFormat format{.layout = layout_of(read.layout, field),
                     .type = type_of(read.element_type, field)};
  if (read.preprocessing != nullptr) {
    format.preprocessing = preprocessing_of(*read.preprocessing, field + ": preprocessing");
  }
  return format;
}

/// `kind` is "input" or "output".
ArrayFormats formats_of(const ockham_array_format* first, std::size_t count,
                        const std::string& kind) {
  ArrayFormats formats;
  if (count == 0) return formats;
  const std::string name = "options: " + kind + " format";
  checked_struct_size(deref(first, (name + "s").c_str()), kFormatSizeV1, name.c_str());
  check_stride(first, count, name.c_str());
  for (std::size_t i = 0; i < count; ++i) {
    formats.push_back(format_of(element(first, i), name + " " + std::to_string(i)));
  }
  return formats;
}

}  // namespace

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
  if (read.thread_pool != nullptr) options.pool = read.thread_pool->pool;
  if (read.memory_limit != 0) options.memory_limit = read.memory_limit;
  options.input_formats = formats_of(read.input_formats, read.input_format_count, "input");
  options.output_formats = formats_of(read.output_formats, read.output_format_count, "output");
  options.self_test = !flag_of(read.skip_self_test, "skip_self_test");
  return options;
}

Log log_of(const ockham_session_options& theirs) {
  const auto read = read_struct(theirs, kOptionsSizeV1, "options");
  return {read.log, read.log_context};
}

}  // namespace ockham::capi
