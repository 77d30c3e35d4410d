// What all oneDNN kernels share: the engine, descriptions of memory, packed weights, and a kernel
// that runs primitives of several batch sizes.
#pragma once

#include <dnnl.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "runtime/cpu/kernel.h"
#include "runtime/cpu/onednn/packed_layer.h"

namespace ockham::cpu::onednn {

/// The process's one engine.
const dnnl::engine& engine();

/// As oneDNN calls it.
dnnl::memory::data_type data_type(StoredType type);

/// Dense NHWC activations for a graph's NCHW shape.
dnnl::memory::desc channels_last(const Shape& shape, std::int64_t batch, StoredType type);
/// Dense row-major numbers of these extents; `any`: in whatever layout a primitive likes.
dnnl::memory::desc row_major(const dnnl::memory::dims& dims,
                             StoredType type = StoredType::kFloat32);
dnnl::memory::desc any_layout(const dnnl::memory::dims& dims, StoredType type);

/// What lies at `data`, which oneDNN writes to where it is told to.
dnnl::memory memory_at(const dnnl::memory::desc& desc, const void* data);

/// Height and width of an attribute of a window.
dnnl::memory::dims spatial(const std::int64_t (&extents)[2]);

/// Scratch given by the user, strict arithmetic, and a ReLU where the step has one.
dnnl::primitive_attr attributes(const Graph& graph, const PlanStep& step);

/// Of a layer's activations. Its weights are of the type that it reads, its biases float32.
struct LayerTypes {
  StoredType read, written;
};
constexpr LayerTypes kBetweenBfloat16 = {StoredType::kBfloat16, StoredType::kBfloat16};

/// As the plan has it.
LayerTypes types_of(const KernelContext& context);

/// Whether a layer may be run in bfloat16: the request asks for that, the processor multiplies such
/// numbers, and what is fused into the step is a ReLU at most.
bool may_run_in_bfloat16(const PlanRequest& request, const PlanStep& step);

/// What a kernel is made of: how to describe its primitive for a batch, and its weights, if any.
struct PrimitiveSource {
  std::function<dnnl::primitive_desc(std::int64_t batch)> describe;
  std::optional<WeightSource> weights;
};

/// A kernel of oneDNN primitives. Primitives are made for one batch size, so there is one for
/// max_batch and one for every power of two below it, and a run is cut into those.
/// Throws Error(kUnsupported) when oneDNN refuses.
std::unique_ptr<Kernel> make_kernel(const KernelContext& context, const PrimitiveSource& source);

}  // namespace ockham::cpu::onednn
