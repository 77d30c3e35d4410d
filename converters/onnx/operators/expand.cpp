#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

// Repeating nothing is all that is taken.
void import_expand(NodeImport& node) {
  node.expect_inputs(2, 2);
  const std::vector<std::int64_t> dims = node.shape(node.activation(0)).dims();
  const std::vector<Extent> target = node.extents(1).elements;
  bool repeats = target.size() > dims.size();
  for (std::size_t behind = 1; behind <= target.size() && !repeats; ++behind) {
    const Extent wanted = target[target.size() - behind];
    repeats = wanted != Extent{1} && !node.is_extent(wanted, dims[dims.size() - behind]);
  }
  if (repeats) {
    node.unsupported("repeats elements of " + Shape(dims).text() +
                     "; supported: shapes that repeat none");
  }
  node.pass_through(0);
}

}  // namespace ockham::converters::onnx_io
