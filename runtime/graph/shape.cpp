#include "runtime/graph/shape.h"

#include "runtime/graph/error.h"

namespace ockham {

std::int64_t Shape::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims_) {
    const std::int64_t extent = dim == kBatch ? 1 : dim;
    if (extent < 0 || __builtin_mul_overflow(product, extent, &product) || product > kMaxElements) {
      throw Error(Status::kInvalidModel, "shape " + text() + " has too many elements");
    }
  }
  return product;
}

Shape Shape::with_batch(std::int64_t batch) const {
  Shape shape = *this;
  if (has_batch()) shape[0] = batch;
  return shape;
}

std::string Shape::text() const {
  std::string out = "[";
  for (int axis = 0; axis < rank(); ++axis) {
    if (axis > 0) out += ", ";
    out += axis == 0 && has_batch() ? "N" : std::to_string((*this)[axis]);
  }
  return out + "]";
}

}  // namespace ockham
