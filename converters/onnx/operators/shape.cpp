// Shape and Size, whose result is known at import but for the batch, and operators that can only be
// computed from such numbers and other constants.
#include <algorithm>

#include "converters/onnx/folding/elements.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

std::vector<Extent> extents_of(NodeImport& node) {
  const Dims dims =
      node.is_constant(0) ? dims_of(node, 0) : node.shape(node.typed_activation(0)).dims();
  std::vector<Extent> extents;
  for (const std::int64_t dim : dims) {
    extents.push_back(dim == Shape::kBatch ? Extent{1, true} : Extent{dim});
  }
  return extents;
}

/// A border of the range of axes, which may be counted from the end, and be beyond it.
std::ptrdiff_t border(NodeImport& node, const char* attribute, std::int64_t rank,
                      std::int64_t otherwise) {
  const std::int64_t given = node.attributes().integer(attribute, otherwise);
  const std::int64_t counted = given < 0 ? std::max(given, -rank) + rank : given;
  return static_cast<std::ptrdiff_t>(std::min(counted, rank));
}

}  // namespace

void import_shape(NodeImport& node) {
  node.expect_inputs(1, 1);
  const std::vector<Extent> all = extents_of(node);
  const auto rank = static_cast<std::int64_t>(all.size());
  const std::ptrdiff_t start = border(node, "start", rank, 0);
  const std::ptrdiff_t end = std::max(border(node, "end", rank, rank), start);
  std::vector<Extent> extents(all.begin() + start, all.begin() + end);
  const auto count = static_cast<std::int64_t>(extents.size());
  emit_tensor(node, {count}, std::move(extents));
}

void import_size(NodeImport& node) {
  node.expect_inputs(1, 1);
  Extent size{1};
  for (const Extent& extent : extents_of(node)) {
    size.of_batch |= extent.of_batch;
    if (__builtin_mul_overflow(size.factor, extent.factor, &size.factor)) {
      node.invalid("input 0 has too many elements to be counted");
    }
  }
  emit_tensor(node, {}, std::vector{size.factor == 0 ? Extent{} : size});
}

void import_constants_only(NodeImport& node) {
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    if (!node.has_input(i) || node.is_constant(i)) continue;
    node.unsupported(node.input_text(i) +
                     " is computed by the network; supported: constants, and what follows from " +
                     "shapes");
  }
  node.invalid("has no inputs");
}

}  // namespace ockham::converters::onnx_io
