// Constant tensors of an ONNX file, read into memory after their claims have been checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "converters/onnx/external_data.h"
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
  /// `folders` are where external data may lie; without any it is refused.
  TensorReader(std::optional<DataFolders> folders, MemoryBudget& budget)
      : folders_(std::move(folders)), budget_(budget) {}

  // `where` names the tensor in errors. All throw Error: kInvalidModel when the data does not fit
  // the dims, kUnsupported for another element type, kOutOfMemory, and external data's errors.

  /// Elements of type float, double, float16 or bfloat16, as floats.
  FloatTensor floats(const ::onnx::TensorProto& tensor, const std::string& where);
  /// What the sparse tensor stands for, its zeros filled in.
  FloatTensor dense(const ::onnx::SparseTensorProto& sparse, const std::string& where);
  IntegerTensor integers(const ::onnx::TensorProto& tensor, const std::string& where);
  /// Elements of type int64 or of a shorter integer type.
  IntegerTensor any_integers(const ::onnx::TensorProto& tensor, const std::string& where);
  /// Truth values as 0 and 1.
  IntegerTensor truths(const ::onnx::TensorProto& tensor, const std::string& where);
  /// A single truth value.
  bool flag(const ::onnx::TensorProto& tensor, const std::string& where);

 private:
  template <class Element, class Typed>
  std::vector<Element> elements(const ::onnx::TensorProto& tensor, const Typed& typed_data,
                                const std::string& where);
  template <class Element, class Typed>
  IntegerTensor widened(const ::onnx::TensorProto& tensor, const Typed& typed_data,
                        const std::string& where);
  template <class Element, class Typed, class ToFloat>
  ConstantView as_floats(const ::onnx::TensorProto& tensor, const Typed& typed_data,
                         const std::string& where, const ToFloat& to_float);
  const DataFolders& data_folders(const std::string& where) const;

  std::optional<DataFolders> folders_;
  MemoryBudget& budget_;
};

/// Whether elements of this type are read as floats: float, double, float16, bfloat16.
bool is_float_type(std::int64_t data_type);

/// "float", "double", "float16" ... for messages.
std::string element_type_name(std::int32_t data_type);

}  // namespace ockham::converters::onnx_io
