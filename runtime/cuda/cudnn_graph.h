// One convolution, with or without what is behind it, as a graph of cuDNN with the plan that runs
// it.
#pragma once

#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/graph/operators/operator_rules.h"
#include "runtime/plan/precision.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

/// What is computed: y = relu(convolution + bias + residual), each part behind the first only where
/// it is asked for. All activations are channels last, in one type.
struct CudnnConvolution {
  Precision precision = Precision::kFloat32;
  StoredType type = StoredType::kFloat32;
  std::int64_t batch = 1;
  std::int64_t channels = 0, filters = 0;  ///< in memory
  std::int64_t height = 0, width = 0, out_height = 0, out_width = 0;
  Window2d window;
  bool adds_bias = false, adds_residual = false, applies_relu = false;
};

/// All of it but the batch, for comparing.
std::string description(const CudnnConvolution& convolution);

class CudnnGraph {
 public:
  struct Arrays {
    const void* x;
    const void* weight;  ///< [filters, kernel height, kernel width, channels]
    const void* bias;    ///< [filters], in the activations' type
    const void* residual;
    void* y;
  };

  /// What plans are measured on.
  struct Trial {
    Arrays arrays;
    std::function<void()> behind;  ///< puts work into the stream that belongs to it; may be empty
    cudaStream_t stream;           ///< the handle's
  };

  /// With the first plan that cuDNN's heuristics propose and that can be built. Nothing where cuDNN
  /// has none.
  static std::optional<CudnnGraph> make(cudnnHandle_t handle, const CudnnConvolution& convolution);
  /// With the plan of this name. Nothing where cuDNN has no such plan, or it cannot be built.
  static std::optional<CudnnGraph> restore(cudnnHandle_t handle,
                                           const CudnnConvolution& convolution,
                                           const std::string& name);
  CudnnGraph(CudnnGraph&&) noexcept;
  CudnnGraph& operator=(CudnnGraph&&) noexcept;
  ~CudnnGraph();

  /// Measures cuDNN's plans and takes the fastest, of which it returns the milliseconds. Nothing
  /// where none runs or all are hopeless beside the best time so far: then its plan stays.
  std::optional<float> take_fastest(cudnnHandle_t handle, const Trial& trial, float best);

  /// Puts the work into the handle's stream. Throws Error.
  void enqueue(cudnnHandle_t handle, const Arrays& arrays, void* workspace) const;
  std::size_t workspace_bytes() const;
  /// cuDNN's name of the plan.
  std::string name() const;

 private:
  struct Built;
  explicit CudnnGraph(std::unique_ptr<Built> built);
  std::unique_ptr<Built> built_;
};

}  // namespace ockham::cuda
