#include "converters/onnx/tensor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "converters/onnx/external_data.h"
#include "converters/onnx/text.h"
#include "runtime/format/float16.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::TensorProto;

static_assert(std::endian::native == std::endian::little, "ONNX stores raw data in little endian");

[[noreturn]] void refuse(const std::string& where, const std::string& text) {
  throw Error(Status::kInvalidModel, where + ": " + text);
}

/// Number of elements; 1 for a scalar. Dims may be 0, never negative.
template <class Dims>
std::size_t count(const Dims& dims, const std::string& where) {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || __builtin_mul_overflow(product, dim, &product) || product > kMaxElements) {
      refuse(where, "extents are negative or too large");
    }
  }
  return static_cast<std::size_t>(product);
}

[[noreturn]] void refuse_type(const TensorProto& tensor, const std::string& supported,
                              const std::string& where) {
  throw Error(Status::kUnsupported, where + " has element type " +
                                        element_type_name(tensor.data_type()) +
                                        "; supported: " + supported);
}

void expect_type(const TensorProto& tensor, std::int32_t type, const std::string& where) {
  if (tensor.data_type() != type) refuse_type(tensor, element_type_name(type), where);
}

/// The upper half of a float.
float float_from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

}  // namespace

bool is_float_type(std::int64_t data_type) {
  return data_type == TensorProto::FLOAT || data_type == TensorProto::DOUBLE ||
         data_type == TensorProto::FLOAT16 || data_type == TensorProto::BFLOAT16;
}

std::string element_type_name(std::int32_t data_type) {
  static constexpr std::array kNames = {"undefined",  "float",   "uint8",  "int8",   "uint16",
                                        "int16",      "int32",   "int64",  "string", "bool",
                                        "float16",    "double",  "uint32", "uint64", "complex64",
                                        "complex128", "bfloat16"};
  if (data_type >= 0 && static_cast<std::size_t>(data_type) < kNames.size()) {
    return kNames[static_cast<std::size_t>(data_type)];
  }
  return "number " + std::to_string(data_type);
}

const DataFolders& TensorReader::data_folders(const std::string& where) const {
  if (!folders_) refuse(where, "external data is refused: the model does not come from a file");
  return *folders_;
}

template <class Element, class Typed>
std::vector<Element> TensorReader::elements(const TensorProto& tensor, const Typed& typed_data,
                                            const std::string& where) {
  const std::size_t expected = count(tensor.dims(), where);
  const std::size_t bytes = expected * sizeof(Element);
  const bool is_external = tensor.data_location() == TensorProto::EXTERNAL;
  const bool is_raw = tensor.has_raw_data();
  if (tensor.has_segment()) refuse(where, "is stored in segments, expected one piece");
  if (is_external) {
    check_external_data(data_folders(where), tensor, where, bytes);
  } else if (is_raw && tensor.raw_data().size() != bytes) {
    refuse(where, std::to_string(tensor.raw_data().size()) + " bytes of raw data, expected " +
                      std::to_string(bytes) + " for its shape");
  } else if (!is_raw && static_cast<std::size_t>(typed_data.size()) != expected) {
    refuse(where, std::to_string(typed_data.size()) + " elements, expected " +
                      std::to_string(expected) + " for its shape");
  }
  budget_.charge(bytes, where);
  if (!is_external && !is_raw) return {typed_data.begin(), typed_data.end()};
  std::vector<Element> read(expected);
  if (is_external) {
    read_external_data(data_folders(where), tensor, where, std::as_writable_bytes(std::span(read)));
  } else if (bytes > 0) {
    std::memcpy(read.data(), tensor.raw_data().data(), bytes);
  }
  return read;
}

template <class Element, class Typed, class ToFloat>
ConstantView TensorReader::as_floats(const TensorProto& tensor, const Typed& typed_data,
                                     const std::string& where, const ToFloat& to_float) {
  const std::vector<Element> read = elements<Element>(tensor, typed_data, where);
  budget_.charge(read.size() * sizeof(float), where);
  std::vector<float> floats(read.size());
  std::ranges::transform(read, floats.begin(), to_float);
  return own(std::move(floats));
}

FloatTensor TensorReader::floats(const TensorProto& tensor, const std::string& where) {
  FloatTensor read{{tensor.dims().begin(), tensor.dims().end()}, {}};
  switch (tensor.data_type()) {
    case TensorProto::DOUBLE:
      read.elements = as_floats<double>(tensor, tensor.double_data(), where,
                                        [](double number) { return static_cast<float>(number); });
      break;
    case TensorProto::FLOAT16:
      read.elements =
          as_floats<std::uint16_t>(tensor, tensor.int32_data(), where, float16_to_float);
      break;
    case TensorProto::BFLOAT16:
      read.elements =
          as_floats<std::uint16_t>(tensor, tensor.int32_data(), where, float_from_bfloat16);
      break;
    case TensorProto::FLOAT:
      read.elements = own(elements<float>(tensor, tensor.float_data(), where));
      break;
    default:
      refuse_type(tensor, "float, double, float16, bfloat16", where);
  }
  return read;
}

FloatTensor TensorReader::dense(const ::onnx::SparseTensorProto& sparse, const std::string& where) {
  const FloatTensor values = floats(sparse.values(), where + ": its values");
  const IntegerTensor indices = integers(sparse.indices(), where + ": its indices");
  const std::vector<std::int64_t> dims(sparse.dims().begin(), sparse.dims().end());
  const std::size_t elements = count(dims, where);
  const std::size_t given = values.elements.floats.size();
  const std::size_t rank = indices.dims.size() == 2 ? dims.size() : 1;
  const bool is_linear = indices.dims.size() == 1;
  if (values.dims.size() != 1 || (!is_linear && indices.dims.size() != 2) ||
      indices.elements.size() != given * rank) {
    refuse(where, "its indices of shape " + Shape(indices.dims).text() +
                      " do not fit its values of shape " + Shape(values.dims).text() +
                      ", expected [NNZ] or [NNZ, " + std::to_string(dims.size()) +
                      "] beside [NNZ]");
  }
  budget_.charge(elements * sizeof(float), where);
  std::vector<float> filled(elements, 0.0f);
  for (std::size_t k = 0; k < given; ++k) {
    const std::span<const std::int64_t> index(&indices.elements[k * rank], rank);
    std::int64_t at = 0;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::int64_t extent = is_linear ? static_cast<std::int64_t>(elements) : dims[axis];
      if (index[axis] < 0 || index[axis] >= extent) {
        refuse(where, "index " + std::to_string(index[axis]) + " of an axis of extent " +
                          std::to_string(extent));
      }
      at = at * extent + index[axis];
    }
    filled[static_cast<std::size_t>(at)] = values.elements.floats[k];
  }
  return {dims, own(std::move(filled))};
}

template <class Element, class Typed>
IntegerTensor TensorReader::widened(const TensorProto& tensor, const Typed& typed_data,
                                    const std::string& where) {
  const auto read = elements<Element>(tensor, typed_data, where);
  budget_.charge(read.size() * sizeof(std::int64_t), where);
  return {{tensor.dims().begin(), tensor.dims().end()}, {read.begin(), read.end()}};
}

IntegerTensor TensorReader::any_integers(const TensorProto& tensor, const std::string& where) {
  switch (tensor.data_type()) {
    case TensorProto::INT64:
      return integers(tensor, where);
    case TensorProto::INT32:
      return widened<std::int32_t>(tensor, tensor.int32_data(), where);
    case TensorProto::INT16:
      return widened<std::int16_t>(tensor, tensor.int32_data(), where);
    case TensorProto::INT8:
      return widened<std::int8_t>(tensor, tensor.int32_data(), where);
    case TensorProto::UINT32:
      return widened<std::uint32_t>(tensor, tensor.uint64_data(), where);
    case TensorProto::UINT16:
      return widened<std::uint16_t>(tensor, tensor.int32_data(), where);
    case TensorProto::UINT8:
      return widened<std::uint8_t>(tensor, tensor.int32_data(), where);
    default:
      refuse_type(tensor, "int64, int32, int16, int8, uint32, uint16, uint8", where);
  }
}

IntegerTensor TensorReader::integers(const TensorProto& tensor, const std::string& where) {
  expect_type(tensor, TensorProto::INT64, where);
  return {{tensor.dims().begin(), tensor.dims().end()},
          elements<std::int64_t>(tensor, tensor.int64_data(), where)};
}

IntegerTensor TensorReader::truths(const TensorProto& tensor, const std::string& where) {
  expect_type(tensor, TensorProto::BOOL, where);
  const auto read = elements<std::uint8_t>(tensor, tensor.int32_data(), where);
  budget_.charge(read.size() * sizeof(std::int64_t), where);
  IntegerTensor truths{{tensor.dims().begin(), tensor.dims().end()}, {}};
  truths.elements.reserve(read.size());
  for (const std::uint8_t truth : read) truths.elements.push_back(truth != 0 ? 1 : 0);
  return truths;
}

bool TensorReader::flag(const TensorProto& tensor, const std::string& where) {
  const std::vector<std::int64_t> flags = truths(tensor, where).elements;
  if (flags.size() != 1) refuse(where, std::to_string(flags.size()) + " truth values, expected 1");
  return flags[0] != 0;
}

}  // namespace ockham::converters::onnx_io
