#include <string>

#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

std::string dims_text(const std::vector<std::int64_t>& dims) {
  if (dims.size() > kMaxRank) return "of rank " + std::to_string(dims.size());
  std::string text = "[";
  for (const std::int64_t dim : dims) text += (text.size() > 1 ? ", " : "") + std::to_string(dim);
  return text + "]";
}

/// Whether reshaping x to `target` keeps the batch and makes one axis of the rest.
bool is_flatten(const NodeImport& node, const Shape& x, const std::vector<std::int64_t>& target,
                bool zero_copies) {
  if (target.size() != 2 || !x.has_batch() || x.rank() < 2) return false;
  const std::int64_t elements = x.elements();
  const bool second_copies = target[1] == 0 && zero_copies && x.rank() == 2;
  const bool second_is_rest = target[1] == elements || second_copies;
  const bool first_is_batch = (target[0] == 0 && zero_copies) || node.fixed_batch() == target[0];
  if (first_is_batch) return second_is_rest || target[1] == -1;
  return target[0] == -1 && second_is_rest;
}

[[noreturn]] void refuse_constant(const NodeImport& node, const std::vector<std::int64_t>& target,
                                  std::int64_t elements) {
  node.invalid("a constant of " + std::to_string(elements) + " elements cannot take shape " +
               dims_text(target));
}

/// `target` with ONNX's 0 (copy from `from`) and -1 (what is left) replaced.
std::vector<std::int64_t> resolved(const NodeImport& node, const std::vector<std::int64_t>& from,
                                   const std::vector<std::int64_t>& target, std::int64_t elements) {
  std::vector<std::int64_t> dims = target;
  std::int64_t product = 1;
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && i < from.size()) dims[i] = from[i];
    if (dims[i] == -1 && open == nullptr) {
      open = &dims[i];
    } else if (dims[i] < 1 || __builtin_mul_overflow(product, dims[i], &product)) {
      refuse_constant(node, target, elements);
    }
  }
  if (open != nullptr) {
    *open = elements / product;
    product *= *open;
  }
  if (product != elements) refuse_constant(node, target, elements);
  return dims;
}

void reshape_constant(NodeImport& node, const std::vector<std::int64_t>& target) {
  FloatTensor tensor = node.floats(0);
  tensor.dims =
      resolved(node, tensor.dims, target, static_cast<std::int64_t>(tensor.elements.floats.size()));
  node.emit_constant({.floats = std::move(tensor)});
}

}  // namespace

void import_flatten(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ValueId x = node.activation(0);
  const std::int64_t axis = node.attributes().integer("axis", 1);
  if (axis != 1 && axis != 1 - node.shape(x).rank()) {
    node.unsupported("attribute 'axis' is " + std::to_string(axis) +
                     "; supported: 1 (all axes behind the batch)");
  }
  node.emit(Flatten{}, {x});
}

void import_reshape(NodeImport& node) {
  node.expect_inputs(2, 2);
  const std::vector<std::int64_t> target = node.integers(1).elements;
  const bool zero_copies = node.attributes().integer("allowzero", 0) == 0;
  if (node.is_constant(0)) {
    reshape_constant(node, target);
    return;
  }
  const ValueId x = node.activation(0);
  if (!is_flatten(node, node.shape(x), target, zero_copies)) {
    node.unsupported("reshapes " + node.shape(x).text() + " to " + dims_text(target) +
                     "; supported: flattening to [0, -1] or [-1, " +
                     std::to_string(node.shape(x).elements()) + "]");
  }
  node.emit(Flatten{}, {x});
}

void export_node(const Flatten&, NodeExport& node) {
  node.set_operator("Flatten");
  node.set_integer("axis", 1);
}

}  // namespace ockham::converters::onnx_io
