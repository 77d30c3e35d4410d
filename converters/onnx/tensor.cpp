#include "converters/onnx/tensor.h"

#include <array>
#include <bit>
#include <cstring>

#include "converters/onnx/external_data.h"
#include "converters/onnx/text.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::TensorProto;

static_assert(std::endian::native == std::endian::little, "ONNX stores raw data in little endian");

[[noreturn]] void refuse(const std::string& where, const std::string& text) {
  throw Error(Status::kInvalidModel, where + ": " + text);
}

/// Number of elements; 1 for a scalar. Dims may be 0, never negative.
std::size_t count(const TensorProto& tensor, const std::string& where) {
  std::int64_t product = 1;
  for (const std::int64_t dim : tensor.dims()) {
    if (dim < 0 || __builtin_mul_overflow(product, dim, &product) || product > kMaxElements) {
      refuse(where, "extents are negative or too large");
    }
  }
  return static_cast<std::size_t>(product);
}

void expect_type(const TensorProto& tensor, std::int32_t type, const std::string& where) {
  if (tensor.data_type() == type) return;
  throw Error(Status::kUnsupported, where + " has element type " +
                                        element_type_name(tensor.data_type()) +
                                        "; supported: " + element_type_name(type));
}

}  // namespace

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

const std::filesystem::path& TensorReader::external_folder(const std::string& where) const {
  if (!folder_) refuse(where, "external data is refused: the model does not come from a file");
  return *folder_;
}

template <class Element, class Typed>
std::vector<Element> TensorReader::elements(const TensorProto& tensor, const Typed& typed_data,
                                            const std::string& where) {
  const std::size_t expected = count(tensor, where);
  const std::size_t bytes = expected * sizeof(Element);
  const bool is_external = tensor.data_location() == TensorProto::EXTERNAL;
  const bool is_raw = tensor.has_raw_data();
  if (tensor.has_segment()) refuse(where, "is stored in segments, expected one piece");
  if (is_external) {
    check_external_data(external_folder(where), tensor, where, bytes);
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
    read_external_data(external_folder(where), tensor, where,
                       std::as_writable_bytes(std::span(read)));
  } else if (bytes > 0) {
    std::memcpy(read.data(), tensor.raw_data().data(), bytes);
  }
  return read;
}

FloatTensor TensorReader::floats(const TensorProto& tensor, const std::string& where) {
  expect_type(tensor, TensorProto::FLOAT, where);
  return {{tensor.dims().begin(), tensor.dims().end()},
          own(elements<float>(tensor, tensor.float_data(), where))};
}

IntegerTensor TensorReader::integers(const TensorProto& tensor, const std::string& where) {
  expect_type(tensor, TensorProto::INT64, where);
  return {{tensor.dims().begin(), tensor.dims().end()},
          elements<std::int64_t>(tensor, tensor.int64_data(), where)};
}

template <class Element>
IntegerTensor TensorReader::widened(const TensorProto& tensor, const std::string& where) {
  const auto read = elements<Element>(tensor, tensor.int32_data(), where);
  budget_.charge(read.size() * sizeof(std::int64_t), where);
  return {{tensor.dims().begin(), tensor.dims().end()}, {read.begin(), read.end()}};
}

IntegerTensor TensorReader::integers32(const TensorProto& tensor, const std::string& where) {
  expect_type(tensor, TensorProto::INT32, where);
  return widened<std::int32_t>(tensor, where);
}

IntegerTensor TensorReader::whole_numbers(const TensorProto& tensor, const std::string& where) {
  switch (tensor.data_type()) {
    case TensorProto::UINT8:
      return widened<std::uint8_t>(tensor, where);
    case TensorProto::INT8:
      return widened<std::int8_t>(tensor, where);
    case TensorProto::UINT16:
      return widened<std::uint16_t>(tensor, where);
    case TensorProto::INT16:
      return widened<std::int16_t>(tensor, where);
    case TensorProto::INT32:
      return widened<std::int32_t>(tensor, where);
    default:
      throw Error(Status::kUnsupported, where + " has element type " +
                                            element_type_name(tensor.data_type()) +
                                            "; supported: uint8, int8, uint16, int16, int32");
  }
}

IntegerTensor TensorReader::truths(const TensorProto& tensor, const std::string& where) {
  expect_type(tensor, TensorProto::BOOL, where);
  const auto read = elements<std::uint8_t>(tensor, tensor.int32_data(), where);
  budget_.charge(read.size() * sizeof(std::int64_t), where);
  IntegerTensor truths{{tensor.dims().begin(), tensor.dims().end()}, {}};
  for (const std::uint8_t truth : read) truths.elements.push_back(truth != 0 ? 1 : 0);
  return truths;
}

bool TensorReader::flag(const TensorProto& tensor, const std::string& where) {
  const std::vector<std::int64_t> flags = truths(tensor, where).elements;
  if (flags.size() != 1) refuse(where, std::to_string(flags.size()) + " truth values, expected 1");
  return flags[0] != 0;
}

}  // namespace ockham::converters::onnx_io
