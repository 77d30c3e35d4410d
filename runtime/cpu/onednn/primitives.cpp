#include "runtime/cpu/onednn/primitives.h"

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/onednn/bfloat16.h"
#include "runtime/graph/float_mode.h"

namespace ockham::cpu::onednn {
namespace {

using Tag = dnnl::memory::format_tag;

/// The slope of ReLU below zero. With a slope of exactly 0, oneDNN takes a maximum that loses what
/// is not a number. This one is subnormal, and so counts as 0 in a run, where subnormals are zeros:
/// finite numbers give 0, and what is not a number stays. (Minus infinity times 0 is not a number
/// either, where ReLU by itself would give 0.)
constexpr float kNoSlope = std::numeric_limits<float>::denorm_min();

/// A primitive for one batch size, with all that one execution needs.
class BatchPrimitive {
 public:
  BatchPrimitive(std::int64_t batch, const PrimitiveSource& source, PackedWeights& weights)
      : batch_(batch) {
    const dnnl::primitive_desc description = source.describe(batch);
    implementation_ = description.impl_info_str();
    scratch_bytes_ = description.scratchpad_desc().get_size();
    primitive_ = dnnl::primitive(description);
    source_ = memory_at(description.src_desc(), DNNL_MEMORY_NONE);
    destination_ = memory_at(description.dst_desc(), DNNL_MEMORY_NONE);
    scratch_ = memory_at(description.scratchpad_desc(), DNNL_MEMORY_NONE);
    arguments_ = {{DNNL_ARG_SRC, source_.get()},
                  {DNNL_ARG_DST, destination_.get()},
                  {DNNL_ARG_SCRATCHPAD, scratch_.get()}};
    if (!source.weights) return;
    packed_ = pack(*source.weights, description, weights);
    arguments_.push_back({DNNL_ARG_WEIGHTS, packed_.weight.get()});
    arguments_.push_back({DNNL_ARG_BIAS, packed_.bias.get()});
  }

  std::int64_t batch() const { return batch_; }
  const std::string& implementation() const { return implementation_; }
  std::size_t scratch_bytes() const { return scratch_bytes_; }

  // oneDNN's C functions: the C++ ones would build a map for each execution.
  bool execute(dnnl_stream_t stream, const std::byte* input, std::byte* output,
               std::byte* scratch) const {
    return dnnl_memory_set_data_handle(source_.get(), const_cast<std::byte*>(input)) ==
               dnnl_success &&
           dnnl_memory_set_data_handle(destination_.get(), output) == dnnl_success &&
           dnnl_memory_set_data_handle(scratch_.get(), scratch) == dnnl_success &&
           dnnl_primitive_execute(primitive_.get(), stream, static_cast<int>(arguments_.size()),
                                  arguments_.data()) == dnnl_success;
  }

 private:
  std::int64_t batch_;
  std::string implementation_;
  std::size_t scratch_bytes_ = 0;
  dnnl::primitive primitive_;
  dnnl::memory source_, destination_, scratch_;
  PackedLayer packed_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

class OneDnnKernel : public Kernel {
 public:
  OneDnnKernel(const KernelContext& context, const PrimitiveSource& source)
      : input_bytes_(bytes_of_image(context.read(0))),
        output_bytes_(bytes_of_image(context.written())),
        output_elements_(context.written().elements),
        stream_(engine()),
        activation_(context) {
    std::int64_t batch = context.plan.max_batch;
    primitives_.emplace_back(batch, source, context.weights);
    while (batch > 1) {
      batch = largest_power_below(batch);
      primitives_.emplace_back(batch, source, context.weights);
    }
  }

  Status run(const KernelArguments& arguments) noexcept override {
    const auto* input = reinterpret_cast<const std::byte*>(arguments.inputs[0]);
    auto* output = reinterpret_cast<std::byte*>(arguments.output);
    std::int64_t done = 0;
    for (const BatchPrimitive& primitive : primitives_) {
      for (; arguments.batch - done >= primitive.batch(); done += primitive.batch()) {
        if (!primitive.execute(stream_.get(), input + done * input_bytes_,
                               output + done * output_bytes_, arguments.scratch)) {
          return Status::kInternal;
        }
      }
    }
    if (!activation_.is_relu()) {
      activation_.apply(arguments.output, arguments.batch * output_elements_);
    }
    return Status::kOk;
  }

  std::string implementation() const override { return primitives_.front().implementation(); }

  std::size_t scratch_bytes() const override {
    return std::ranges::max_element(primitives_, {}, &BatchPrimitive::scratch_bytes)
        ->scratch_bytes();
  }

  bool uses_openmp() const override { return true; }

 private:
  static std::int64_t largest_power_below(std::int64_t batch) {
    std::int64_t power = 1;
    while (power < (batch + 1) / 2) power *= 2;
    return power;
  }

  static std::int64_t bytes_of_image(const Placement& placement) {
    return placement.elements * static_cast<std::int64_t>(bytes_of(placement.type));
  }

  std::int64_t input_bytes_, output_bytes_, output_elements_;  ///< per image
  dnnl::stream stream_;
  FusedActivation activation_;              ///< a ReLU is in the primitives
  std::vector<BatchPrimitive> primitives_;  ///< largest batch first, down to 1
};

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::memory::data_type data_type(StoredType type) {
  switch (type) {
    case StoredType::kFloat32:
      return dnnl::memory::data_type::f32;
    case StoredType::kFloat16:
      return dnnl::memory::data_type::f16;
    case StoredType::kBfloat16:
      return dnnl::memory::data_type::bf16;
    case StoredType::kUint8:
      return dnnl::memory::data_type::u8;
  }
  return dnnl::memory::data_type::undef;
}

dnnl::memory::desc channels_last(const Shape& shape, std::int64_t batch, StoredType type) {
  return {{batch, shape[1], shape[2], shape[3]}, data_type(type), Tag::nhwc};
}

dnnl::memory::desc row_major(const dnnl::memory::dims& dims, StoredType type) {
  dnnl::memory::dims strides(dims.size(), 1);
  for (std::size_t axis = dims.size() - 1; axis > 0; --axis) {
    strides[axis - 1] = strides[axis] * dims[axis];
  }
  return {dims, data_type(type), strides};
}

dnnl::memory memory_at(const dnnl::memory::desc& desc, const void* data) {
  return {desc, engine(), const_cast<void*>(data)};
}

dnnl::memory::desc any_layout(const dnnl::memory::dims& dims, StoredType type) {
  return {dims, data_type(type), Tag::any};
}

dnnl::memory::dims spatial(const std::int64_t (&extents)[2]) { return {extents[0], extents[1]}; }

dnnl::primitive_attr attributes(const Graph& graph, const PlanStep& step) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attr.set_fpmath_mode(dnnl::fpmath_mode::strict);
  const Unary* activation = fused_activation(graph, step);
  if (activation != nullptr && activation->kind == UnaryKind::kRelu) {
    dnnl::post_ops after;
    after.append_eltwise(dnnl::algorithm::eltwise_relu, kNoSlope, 0.0f);
    attr.set_post_ops(after);
  }
  return attr;
}

LayerTypes types_of(const KernelContext& context) {
  return {context.read(0).type, context.written().type};
}

bool may_run_in_bfloat16(const PlanRequest& request, const PlanStep& step) {
  return request.precision == Precision::kBfloat16 && has_relu_at_most(request.graph, step) &&
         multiplies_bfloat16(dnnl::get_effective_cpu_isa());
}

std::unique_ptr<Kernel> make_kernel(const KernelContext& context, const PrimitiveSource& source) {
  // oneDNN must see that kNoSlope is not 0 when it makes its code.
  const FloatModeScope keeps_subnormals(keeping(float_mode()));
  try {
    return std::make_unique<OneDnnKernel>(context, source);
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw Error(Status::kUnsupported, "step '" + context.step.name + "' (" + context.step.op +
                                          "): oneDNN refuses it (" + error.what() +
                                          "); use the reference kernels");
  }
}

}  // namespace ockham::cpu::onednn
