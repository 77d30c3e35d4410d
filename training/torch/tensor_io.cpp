#include "training/torch/tensor_io.h"

#include <cstring>

#include "runtime/graph/error.h"
#include "runtime/graph/shape.h"

namespace ockham::training {
namespace {

DType stored_type(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat32:
      return DType::kF32;
    case torch::kFloat64:
      return DType::kF64;
    case torch::kInt64:
      return DType::kI64;
    case torch::kUInt8:
      return DType::kU8;
    default:
      throw Error(Status::kInternal, std::string("a checkpoint cannot hold elements of type ") +
                                         torch::toString(type));
  }
}

}  // namespace

Tensor to_stored(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
  Tensor stored{stored_type(plain.scalar_type()), plain.sizes().vec(), {}};
  stored.data.resize(plain.nbytes());
  if (plain.nbytes() > 0) std::memcpy(stored.data.data(), plain.data_ptr(), plain.nbytes());
  return stored;
}

torch::Tensor from_stored(const Checkpoint& checkpoint, const std::string& name,
                          const torch::Tensor& like) {
  const Tensor& stored = checkpoint.tensor(name);
  if (stored.dtype != stored_type(like.scalar_type()) || stored.shape != like.sizes().vec()) {
    throw Error(Status::kInvalidModel, "checkpoint: tensor '" + name + "' has shape " +
                                           Shape(stored.shape).text() + ", expected " +
                                           Shape(like.sizes().vec()).text());
  }
  torch::Tensor tensor =
      torch::empty(stored.shape, like.options().device(torch::kCPU).requires_grad(false));
  if (!stored.data.empty()) std::memcpy(tensor.data_ptr(), stored.data.data(), stored.data.size());
  return tensor.to(like.device());
}

}  // namespace ockham::training
