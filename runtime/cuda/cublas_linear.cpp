#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/cuda/kernels.h"
#include "runtime/cuda/measure.h"
#include "runtime/cuda/memory.h"
#include "runtime/cuda/positions.h"
#include "runtime/cuda/stored_weights.h"
#include "runtime/plan/layer_weights.h"
#include "runtime/tuning/tuning_cache.h"

namespace ockham::cuda {
namespace {

constexpr std::size_t kWorkspace = std::size_t{4} << 20;
/// Algorithms that tuning measures, in the order of cuBLAS' heuristics.
constexpr int kMostTuned = 8;

cudaDataType_t data_type(StoredType type) {
  switch (type) {
    case StoredType::kFloat32:
      return CUDA_R_32F;
    case StoredType::kFloat16:
      return CUDA_R_16F;
    case StoredType::kBfloat16:
      return CUDA_R_16BF;
    case StoredType::kUint8:
      break;
  }
  return CUDA_R_32F;
}

cublasComputeType_t compute_type(Precision precision) {
  return precision == Precision::kTf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
}

/// Owns a descriptor of cuBLASLt.
template <class Handle, cublasStatus_t (*destroy)(Handle)>
class Descriptor {
 public:
  explicit Descriptor(Handle handle) : handle_(handle) {}
  Descriptor(Descriptor&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ~Descriptor() {
    if (handle_ != nullptr) static_cast<void>(destroy(handle_));
  }
  Handle get() const { return handle_; }

 private:
  Handle handle_;
};

using Operation = Descriptor<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using MatrixLayout = Descriptor<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Descriptor<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

MatrixLayout layout(StoredType type, std::int64_t rows, std::int64_t columns) {
  cublasLtMatrixLayout_t made = nullptr;
  check(cublasLtMatrixLayoutCreate(&made, data_type(type), static_cast<std::uint64_t>(rows),
                                   static_cast<std::uint64_t>(columns), rows),
        "describing a matrix");
  return MatrixLayout(made);
}

template <class T>
void set(const Operation& operation, cublasLtMatmulDescAttributes_t attribute, const T& value) {
  check(cublasLtMatmulDescSetAttribute(operation.get(), attribute, &value, sizeof(value)),
        "describing a matrix product");
}

/// The product of one batch, ready to run: columns of images, in cuBLAS' order of elements.
struct Product {
  Operation operation;
  MatrixLayout weight, x, y;
  cublasLtMatmulAlgo_t algorithm;
};

class CublasLinearKernel : public Kernel {
 public:
  explicit CublasLinearKernel(const KernelContext& context)
      : handle_(context.libraries.cublas()),
        stream_(context.libraries.stream()),
        type_(context.written().type),
        precision_(context.request.precision),
        relu_(fused_activation(context.graph(), context.step) != nullptr) {
    upload(context);
    for (const std::int64_t batch : context.batches) prepare_batch(context, batch);
  }

  void enqueue(const Launch& launch) override {
    const auto found = products_.find(launch.batch);
    if (found == products_.end()) return direct_->enqueue(launch);
    check(multiply(found->second, found->second.algorithm, launch.inputs[0], launch.output,
                   launch.scratch, launch.stream),
          "applying a linear layer");
  }

  std::string implementation() const override { return products_.empty() ? "ockham:direct" : ""; }
  std::size_t scratch_bytes() const override { return kWorkspace; }

 private:
  void upload(const KernelContext& context) {
    const Placement& read = context.read(0);
    const Shape& in = context.shape(read);
    const ChannelsLast& format = context.request.channels_last;
    inputs_ = read.elements;
    neurons_ = format.channels(context.shape(context.written())[1]);
    const std::string key = layer_weights_key(context.graph(), context.step) + " rows " +
                            std::string(name_of(type_)) + (format.pads ? " padded" : "") + " for " +
                            std::string(layout_name(read.layout)) + " " + in.text();
    weight_ = context.constants.get(key, [&] {
      std::vector<float> weight =
          with_columns_at(layer_weights(context.graph(), context.step).weight, in, read);
      weight.resize(static_cast<std::size_t>(neurons_ * inputs_));
      return stored(weight, type_);
    });
    bias_ = context.constants.get(key + " bias", [&] {
      std::vector<float> bias = layer_weights(context.graph(), context.step).bias;
      bias.resize(static_cast<std::size_t>(neurons_));
      return stored(bias, type_);
    });
  }

  Operation operation() const {
    cublasLtMatmulDesc_t made = nullptr;
    check(cublasLtMatmulDescCreate(&made, compute_type(precision_), CUDA_R_32F),
          "describing a matrix product");
    Operation operation(made);
    set(operation, CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
    set(operation, CUBLASLT_MATMUL_DESC_EPILOGUE,
        relu_ ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS);
    const void* bias = bias_->data();
    set(operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
    set(operation, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, data_type(type_));
    return operation;
  }

  void prepare_batch(const KernelContext& context, std::int64_t batch) {
    Product product{operation(),
                    layout(type_, inputs_, neurons_),
                    layout(type_, inputs_, batch),
                    layout(type_, neurons_, batch),
                    {}};
    const auto algorithm =
        context.tuning != nullptr ? tuned(*context.tuning, product, batch) : proposed(product);
    if (algorithm) {
      product.algorithm = *algorithm;
      products_.emplace(batch, std::move(product));
    } else if (direct_ == nullptr) {
      direct_ = make_direct_linear(context);
    }
  }

  /// What cuBLAS' heuristics propose first; nothing where it has no algorithm.
  std::optional<cublasLtMatmulAlgo_t> proposed(const Product& product) const {
    const std::vector<cublasLtMatmulHeuristicResult_t> all = proposals(product);
    if (all.empty()) return {};
    return all[0].algo;
  }

  /// What was measured before, or is now; nothing where cuBLAS has no algorithm.
  std::optional<cublasLtMatmulAlgo_t> tuned(TuningCache& tuning, const Product& product,
                                            std::int64_t batch) const {
    const std::string key = "linear " + std::string(name_of(precision_)) + " " +
                            std::string(name_of(type_)) + " " + std::to_string(inputs_) + " " +
                            std::to_string(neurons_) + (relu_ ? " relu" : "") + " batch " +
                            std::to_string(batch);
    if (const auto choice = tuning.find(key)) {
      if (const auto algorithm = restored(product, *choice)) return algorithm;
    }
    const std::optional<cublasLtMatmulAlgo_t> algorithm = fastest(product, batch);
    if (algorithm) tuning.add(key, hex_text(std::as_bytes(std::span(algorithm->data))));
    return algorithm;
  }

  /// The algorithm of these digits; nothing where it is none, or cannot do the product.
  std::optional<cublasLtMatmulAlgo_t> restored(const Product& product,
                                               const std::string& digits) const {
    cublasLtMatmulAlgo_t algorithm{};
    if (!read_hex(digits, std::as_writable_bytes(std::span(algorithm.data)))) return {};
    cublasLtMatmulHeuristicResult_t checked{};
    const cublasStatus_t status = cublasLtMatmulAlgoCheck(
        handle_, product.operation.get(), product.weight.get(), product.x.get(), product.y.get(),
        product.y.get(), &algorithm, &checked);
    if (status != CUBLAS_STATUS_SUCCESS || checked.workspaceSize > kWorkspace) return {};
    return algorithm;
  }

  std::vector<cublasLtMatmulHeuristicResult_t> proposals(const Product& product) const {
    cublasLtMatmulPreference_t made = nullptr;
    check(cublasLtMatmulPreferenceCreate(&made), "looking for an algorithm");
    const Preference preference(made);
    check(cublasLtMatmulPreferenceSetAttribute(made, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                               &kWorkspace, sizeof(kWorkspace)),
          "looking for an algorithm");
    std::vector<cublasLtMatmulHeuristicResult_t> found(kMostTuned);
    int count = 0;
    const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
        handle_, product.operation.get(), product.weight.get(), product.x.get(), product.y.get(),
        product.y.get(), made, kMostTuned, found.data(), &count);
    found.resize(status == CUBLAS_STATUS_SUCCESS ? static_cast<std::size_t>(count) : 0);
    return found;
  }

  cublasStatus_t multiply(const Product& product, const cublasLtMatmulAlgo_t& algorithm,
                          const void* x, void* y, void* workspace, cudaStream_t stream) const {
    const float one = 1.0f, zero = 0.0f;
    return cublasLtMatmul(handle_, product.operation.get(), &one, weight_->data(),
                          product.weight.get(), x, product.x.get(), &zero, y, product.y.get(), y,
                          product.y.get(), &algorithm, workspace, kWorkspace, stream);
  }

  std::optional<cublasLtMatmulAlgo_t> fastest(const Product& product, std::int64_t batch) const {
    const auto bytes = [&](std::int64_t width) {
      return static_cast<std::size_t>(width * batch) * ockham::bytes_of(type_);
    };
    const DeviceBuffer x(bytes(inputs_)), y(bytes(neurons_)), workspace(kWorkspace);
    std::optional<cublasLtMatmulAlgo_t> best;
    float least = kNoTime;
    for (const cublasLtMatmulHeuristicResult_t& proposal : proposals(product)) {
      const auto enqueue = [&] {
        check(multiply(product, proposal.algo, x.data(), y.data(), workspace.data(), stream_),
              "measuring algorithms");
      };
      const std::optional<float> took = measured_milliseconds(stream_, enqueue, least);
      if (!took || *took >= least) continue;
      best = proposal.algo;
      least = *took;
    }
    return best;
  }

  cublasLtHandle_t handle_;
  cudaStream_t stream_;
  StoredType type_;
  Precision precision_;
  bool relu_;
  std::int64_t inputs_ = 0, neurons_ = 0;  ///< in memory
  std::shared_ptr<const DeviceBuffer> weight_, bias_;
  std::map<std::int64_t, Product> products_;  ///< by batch
  std::unique_ptr<Kernel> direct_;            ///< for batches that cuBLAS refused
};

}  // namespace

bool cublas_linear_supports(const PlanRequest& request, const PlanStep& step) {
  const Unary* activation = fused_activation(request.graph, step);
  return (activation == nullptr || activation->kind == UnaryKind::kRelu) &&
         direct_linear_supports(request, step);
}

std::unique_ptr<Kernel> make_cublas_linear(const KernelContext& context) {
  return std::make_unique<CublasLinearKernel>(context);
}

}  // namespace ockham::cuda
