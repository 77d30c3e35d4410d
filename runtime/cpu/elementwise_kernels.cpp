#include <algorithm>

#include "runtime/cpu/kernels.h"

namespace ockham::cpu {
namespace {

std::int64_t elements_per_image(const KernelContext& context) {
  return context.graph.value(context.step.output).shape.elements();
}

class ReluKernel : public Kernel {
 public:
  explicit ReluKernel(std::int64_t elements) : elements_(elements) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const float* x = arguments.inputs[0];
    float* y = arguments.output;
    const std::int64_t count = arguments.batch * elements_;
    for (std::int64_t i = 0; i < count; ++i) y[i] = std::max(0.0f, x[i]);
    return Status::kOk;
  }

 private:
  std::int64_t elements_;
};

class AddKernel : public Kernel {
 public:
  AddKernel(std::int64_t elements, bool relu) : elements_(elements), relu_(relu) {}

  Status run(const KernelArguments& arguments) noexcept override {
    if (relu_) {
      add(arguments, [](float sum) { return std::max(0.0f, sum); });
    } else {
      add(arguments, [](float sum) { return sum; });
    }
    return Status::kOk;
  }

 private:
  template <class Activation>
  void add(const KernelArguments& arguments, Activation activation) const {
    const float* a = arguments.inputs[0];
    const float* b = arguments.inputs[1];
    float* y = arguments.output;
    const std::int64_t count = arguments.batch * elements_;
    for (std::int64_t i = 0; i < count; ++i) y[i] = activation(a[i] + b[i]);
  }

  std::int64_t elements_;
  bool relu_;
};

template <class Op, class Kind>
bool computes(const Graph& graph, const PlanStep& step, Kind kind) {
  const auto* op = std::get_if<Op>(&computing_node(graph, step).op);
  return op != nullptr && op->kind == kind;
}

}  // namespace

bool relu_supports(const Graph& graph, const PlanStep& step) {
  return computes<Unary>(graph, step, UnaryKind::kRelu);
}

std::unique_ptr<Kernel> make_relu(const KernelContext& context) {
  return std::make_unique<ReluKernel>(elements_per_image(context));
}

bool add_supports(const Graph& graph, const PlanStep& step) {
  return computes<Binary>(graph, step, BinaryKind::kAdd);
}

std::unique_ptr<Kernel> make_add(const KernelContext& context) {
  return std::make_unique<AddKernel>(elements_per_image(context),
                                     has_fused_relu(context.graph, context.step));
}

}  // namespace ockham::cpu
