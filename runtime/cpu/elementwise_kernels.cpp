#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"
#include "runtime/cpu/unary_functions.h"
#include "runtime/graph/extrema.h"

namespace ockham::cpu {
namespace {

class UnaryKernel : public Kernel {
 public:
  explicit UnaryKernel(const KernelContext& context)
      : op_(std::get<Unary>(computing_node(context.graph, context.step).op)),
        function_(unary_function(op_.kind)),
        elements_(context.graph.value(context.step.output).shape.elements()) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t count = arguments.batch * elements_;
    arguments.threads.share(
        (count - 1) / kLine + 1, kLine * kCost, [&](std::int64_t first, std::int64_t last, int) {
          const std::int64_t begin = first * kLine;
          function_({arguments.inputs[0] + begin, arguments.output + begin,
                     std::min(count, last * kLine) - begin, op_.alpha, op_.beta});
        });
    return Status::kOk;
  }

 private:
  static constexpr std::int64_t kLine = 16;  ///< floats of a line of the cache
  static constexpr std::int64_t kCost = 8;   ///< of an element, in multiplications

  Unary op_;
  UnaryFunction function_;
  std::int64_t elements_;  ///< per image
};

/// A function of two tensors, one of which may be repeated or a constant, in any layouts.
class BinaryKernel : public Kernel {
 public:
  explicit BinaryKernel(const KernelContext& context)
      : kind_(std::get<Binary>(computing_node(context.graph, context.step).op).kind),
        relu_(fused_activation(context.graph, context.step) != nullptr) {
    const Node& node = computing_node(context.graph, context.step);
    std::size_t activation = 0;
    for (int i = 0; i < 2; ++i) {
      const Value& value = context.graph.value(node.inputs[static_cast<std::size_t>(i)]);
      constants_[i] = value.is_constant ? value.constant.floats.data() : nullptr;
      images_[i] = value.is_constant ? 0 : value.shape.elements();
      const Layout layout =
          value.is_constant ? Layout::kRowMajor : context.read(activation++).layout;
      strides_[i] = strides_of(value, layout);
    }
    set_axes(context.graph.value(node.outputs[0]).shape, context.written().layout);
    inner_ = context.graph.value(node.outputs[0]).shape.elements() / axes_[0].extent;
  }

  Status run(const KernelArguments& arguments) noexcept override {
    switch (kind_) {
      case BinaryKind::kAdd:
        return run_with(arguments, [](float a, float b) { return a + b; });
      case BinaryKind::kSub:
        return run_with(arguments, [](float a, float b) { return a - b; });
      case BinaryKind::kMul:
        return run_with(arguments, [](float a, float b) { return a * b; });
      case BinaryKind::kDiv:
        return run_with(arguments, [](float a, float b) { return a / b; });
      case BinaryKind::kMax:
        return run_with(arguments, [](float a, float b) { return maximum(a, b); });
      case BinaryKind::kMin:
        return run_with(arguments, [](float a, float b) { return minimum(a, b); });
      case BinaryKind::kPow:
        return run_with(arguments, [](float a, float b) { return std::pow(a, b); });
      case BinaryKind::kPRelu:
        return run_with(arguments, [](float a, float b) { return a < 0.0f ? a * b : a; });
      case BinaryKind::kFmod:
        return run_with(arguments, [](float a, float b) { return std::fmod(a, b); });
    }
    return Status::kInternal;
  }

 private:
  /// An axis of the output, and how far apart its elements' partners lie in the two inputs.
  struct Axis {
    std::int64_t extent, left, right;
  };

  /// Per axis of an activation (0: the batch) how far apart neighbours lie; 0 where one is
  /// repeated.
  static std::vector<std::int64_t> strides_of(const Value& value, Layout layout) {
    const int missing = value.is_constant ? 1 : 0;
    const int rank = value.shape.rank() + missing;
    std::vector<std::int64_t> strides(static_cast<std::size_t>(rank), 0);
    std::int64_t stride = 1;
    const std::vector<int> axes = memory_axes(rank, layout);
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      const std::int64_t extent = value.shape[*axis - missing];
      if (extent > 1) strides[static_cast<std::size_t>(*axis)] = stride;
      stride *= extent;
    }
    return strides;
  }

  /// Neighbouring axes that both inputs walk through without a gap become one.
  void set_axes(const Shape& shape, Layout layout) {
    for (const int axis : memory_axes(shape.rank(), layout)) {
      const auto at = static_cast<std::size_t>(axis);
      const Axis added{shape[axis], strides_[0][at], strides_[1][at]};
      if (added.extent == 1) continue;
      const bool follows = !axes_.empty() && axes_.back().left == added.extent * added.left &&
                           axes_.back().right == added.extent * added.right;
      if (follows) {
        axes_.back() = {axes_.back().extent * added.extent, added.left, added.right};
      } else {
        axes_.push_back(added);
      }
    }
    if (axes_.empty()) axes_.push_back({1, 0, 0});
  }

  template <class Function>
  Status run_with(const KernelArguments& arguments, Function function) const {
    if (relu_) {
      walk_images(arguments, [&](float a, float b) { return at_least(function(a, b), 0.0f); });
    } else {
      walk_images(arguments, function);
    }
    return Status::kOk;
  }

  template <class Function>
  void walk_images(const KernelArguments& arguments, Function function) const {
    const float* left = constants_[0] != nullptr ? constants_[0] : arguments.inputs[0];
    const float* right =
        constants_[1] != nullptr ? constants_[1] : arguments.inputs[constants_[0] ? 0 : 1];
    float* y = arguments.output;
    // Parts of the outermost axis, of one image after the other.
    const std::int64_t extent = axes_[0].extent, inner = inner_;
    arguments.threads.share(
        arguments.batch * extent, inner * kCost, [&](std::int64_t first, std::int64_t last, int) {
          auto [n, begin] = image_part(first, extent);
          for (; first < last; ++n, begin = 0) {
            const std::int64_t end = std::min(extent, begin + last - first);
            walk_part({end - begin, axes_[0].left, axes_[0].right},
                      left + n * images_[0] + begin * axes_[0].left,
                      right + n * images_[1] + begin * axes_[0].right, y + first * inner, function);
            first += end - begin;
          }
        });
  }

  /// A part of the outermost axis.
  template <class Function>
  void walk_part(const Axis& part, const float* left, const float* right, float* y,
                 Function function) const {
    if (axes_.size() == 1) {
      run_row(part, left, right, y, function);
      return;
    }
    for (std::int64_t i = 0; i < part.extent; ++i) {
      y = walk(1, left + i * part.left, right + i * part.right, y, function);
    }
  }

  template <class Function>
  float* walk(std::size_t depth, const float* left, const float* right, float* y,
              Function function) const {
    const Axis& axis = axes_[depth];
    if (depth + 1 == axes_.size()) return run_row(axis, left, right, y, function);
    for (std::int64_t i = 0; i < axis.extent; ++i) {
      y = walk(depth + 1, left + i * axis.left, right + i * axis.right, y, function);
    }
    return y;
  }

  template <class Function>
  static float* run_row(const Axis& axis, const float* left, const float* right, float* y,
                        Function function) {
    const std::int64_t count = axis.extent;
    if (axis.left == 1 && axis.right == 1) {
      for (std::int64_t i = 0; i < count; ++i) y[i] = function(left[i], right[i]);
    } else if (axis.left == 1 && axis.right == 0) {
      for (std::int64_t i = 0; i < count; ++i) y[i] = function(left[i], *right);
    } else {
      for (std::int64_t i = 0; i < count; ++i) {
        y[i] = function(left[i * axis.left], right[i * axis.right]);
      }
    }
    return y + count;
  }

  static constexpr std::int64_t kCost = 8;  ///< of an element, in multiplications

  BinaryKind kind_;
  bool relu_;
  std::int64_t inner_ = 0;                          ///< elements of a part of the outermost axis
  const float* constants_[2] = {nullptr, nullptr};  ///< null: an activation
  std::int64_t images_[2] = {0, 0};                 ///< elements from one image to the next
  std::vector<std::int64_t> strides_[2];            ///< by the output's axis
  std::vector<Axis> axes_;                          ///< of one image, outermost first
};

}  // namespace

bool unary_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Unary>(request, step);
}

std::unique_ptr<Kernel> make_unary(const KernelContext& context) {
  return std::make_unique<UnaryKernel>(context);
}

bool binary_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Binary>(computing_node(request.graph, step).op) &&
         step.batch_norm < 0 && has_relu_at_most(request.graph, step);
}

std::unique_ptr<Kernel> make_binary(const KernelContext& context) {
  return std::make_unique<BinaryKernel>(context);
}

}  // namespace ockham::cpu
