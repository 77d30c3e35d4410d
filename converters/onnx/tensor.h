// Constant tensors of an ONNX file, read into memory after their claims have been checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "converters/onnx/memory_budget.h"
#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/graph.h"

namespace ockham::converters::onnx_io {

/// Dims may be empty (a scalar); elements are row-major.
struct FloatTensor {
  std::vector<std::int64_t> dims;
  ConstantView elements;
};

struct IntegerTensor {
  std::vector<std::int64_t> dims;
  std::vector<std::int64_t> elements;
};

class TensorReader {
 public:
  /// `folder` is where external data may lie; without one it is refused.
  TensorReader(std::optional<std::filesystem::path> folder, MemoryBudget& budget)
      : folder_(std::move(folder)), budget_(budget) {}

  // `where` names the tensor in errors. All throw Error: kInvalidModel when the data does not fit
  // the dims, kUnsupported for another element type, kOutOfMemory, and external data's errors.
  FloatTensor floats(const ::onnx::TensorProto& tensor, const std::string& where);
  IntegerTensor integers(const ::onnx::TensorProto& tensor, const std::string& where);
  IntegerTensor integers32(const ::onnx::TensorProto& tensor, const std::string& where);
  /// Of any type up to 32 bits.
  IntegerTensor whole_numbers(const ::onnx::TensorProto& tensor, const std::string& where);
  /// Truth values as 0 and 1.
  IntegerTensor truths(const ::onnx::TensorProto& tensor, const std::string& where);
  /// A single truth value.
  bool flag(const ::onnx::TensorProto& tensor, const std::string& where);

 private:
  template <class Element, class Typed>
  std::vector<Element> elements(const ::onnx::TensorProto& tensor, const Typed& typed_data,
                                const std::string& where);
  /// Whole numbers of up to 32 bits, which ONNX keeps in one field.
  template <class Element>
  IntegerTensor widened(const ::onnx::TensorProto& tensor, const std::string& where);
  const std::filesystem::path& external_folder(const std::string& where) const;

  std::optional<std::filesystem::path> folder_;
  MemoryBudget& budget_;
};

/// "float", "double", "float16" ... for messages.
std::string element_type_name(std::int32_t data_type);

}  // namespace ockham::converters::onnx_io
