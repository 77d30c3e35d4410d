#include "converters/onnx/input_shape.h"

#include <utility>

#include "converters/onnx/text.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::TensorShapeProto;
using Dims = std::vector<std::int64_t>;

constexpr const char* kHowToGive =
    " (ockham-convert takes it as --shape NAME=1,3,224,224, the batch first)";

[[noreturn]] void unsupported(const std::string& text) { throw Error(Status::kUnsupported, text); }
[[noreturn]] void refuse_given(const std::string& text) {
  throw Error(Status::kInvalidArgument, text);
}

void expect_rank(std::size_t rank, const std::string& where) {
  if (rank >= 1 && rank <= kMaxRank) return;
  unsupported(where + " has rank " + std::to_string(rank) + "; supported: 1 to " +
              std::to_string(kMaxRank) + ", the batch first");
}

/// What is given must be a shape in itself.
void check_given(const Dims& given, const std::string& where) {
  expect_rank(given.size(), where);
  if (given[0] != 1 && given[0] != Shape::kBatch) {
    refuse_given(where + ": the batch is given as " + std::to_string(given[0]) +
                 ", expected 1 or N: it stays open, and is chosen when the network runs");
  }
  for (std::size_t axis = 1; axis < given.size(); ++axis) {
    if (given[axis] >= 1) continue;
    refuse_given(where + ": axis " + std::to_string(axis) + " is given as " +
                 std::to_string(given[axis]) + ", expected at least 1");
  }
}

/// Such as "N, 3, ?, ?": what the file leaves open is a question.
std::string extents_text(const TensorShapeProto& stated) {
  std::string text = "N";
  for (int axis = 1; axis < stated.dim_size(); ++axis) {
    const std::int64_t extent = stated.dim(axis).dim_value();
    text += extent < 1 ? ", ?" : ", " + std::to_string(extent);
  }
  return text;
}

/// Before `check_given`: who forgets the batch gave too few, not a wrong one.
void check_rank(const Dims& given, const TensorShapeProto& stated, const std::string& where) {
  const auto rank = static_cast<std::size_t>(stated.dim_size());
  expect_rank(rank, where);
  if (given.size() == rank) return;
  const std::string count = std::to_string(given.size());
  refuse_given(where + ": " + count + (given.size() == 1 ? " extent is" : " extents are") +
               " given, the input has " + std::to_string(rank) + " (" + extents_text(stated) + ")");
}

std::int64_t stated_extent(const TensorShapeProto::Dimension& dim, int axis,
                           const std::string& where) {
  const std::string text = where + ": axis " + std::to_string(axis);
  if (!dim.has_dim_value()) {
    unsupported(text + " is symbolic (" + shown(dim.dim_param()) +
                "); supported: a number; only axis 0, the batch, may vary; give the input's shape" +
                kHowToGive);
  }
  if (dim.dim_value() < 1) {
    throw Error(Status::kInvalidModel, text + " has extent " + std::to_string(dim.dim_value()) +
                                           ", expected at least 1; give the input's shape if it " +
                                           "is meant to be open" + kHowToGive);
  }
  return dim.dim_value();
}

/// An extent that the file leaves open, or states likewise. Some tools write 0 or -1 for "any".
std::int64_t given_extent(const TensorShapeProto::Dimension& dim, int axis, std::int64_t given,
                          const std::string& where) {
  if (!dim.has_dim_value() || dim.dim_value() < 1 || dim.dim_value() == given) return given;
  refuse_given(where + ": axis " + std::to_string(axis) + " is given as " + std::to_string(given) +
               ", but the file says " + std::to_string(dim.dim_value()) +
               ", which cannot be changed");
}

}  // namespace

Shape input_shape(const ::onnx::TypeProto::Tensor& type, const Dims* given,
                  const std::string& where) {
  if (given != nullptr && type.has_shape()) check_rank(*given, type.shape(), where);
  if (given != nullptr) check_given(*given, where);
  if (!type.has_shape()) {
    if (given == nullptr) {
      unsupported(where + " has no shape; supported: shapes like [N, C, H, W]; give it" +
                  kHowToGive);
    }
    Shape shape(*given);
    shape[0] = Shape::kBatch;
    return shape;
  }
  const TensorShapeProto& proto = type.shape();
  expect_rank(static_cast<std::size_t>(proto.dim_size()), where);
  Dims dims = {Shape::kBatch};
  for (int axis = 1; axis < proto.dim_size(); ++axis) {
    const TensorShapeProto::Dimension& dim = proto.dim(axis);
    dims.push_back(given == nullptr
                       ? stated_extent(dim, axis, where)
                       : given_extent(dim, axis, (*given)[static_cast<std::size_t>(axis)], where));
  }
  return Shape(std::move(dims));
}

}  // namespace ockham::converters::onnx_io
