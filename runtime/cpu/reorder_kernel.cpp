#include <algorithm>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/transpose.h"

namespace ockham::cpu {
namespace {

class ReorderKernel : public Kernel {
 public:
  explicit ReorderKernel(const KernelContext& context) {
    const Shape& shape = context.graph.value(context.read(0).value).shape;
    const Layout from = context.read(0).layout, to = context.written().layout;
    elements_ = shape.elements();
    copies_ = from == to;
    if (copies_) return;
    const std::int64_t channels = shape[1], pixels = shape[2] * shape[3];
    rows_ = from == Layout::kRowMajor ? channels : pixels;
    columns_ = from == Layout::kRowMajor ? pixels : channels;
  }

  Status run(const KernelArguments& arguments) noexcept override {
    const float* src = arguments.inputs[0];
    float* dst = arguments.output;
    if (copies_) {
      std::copy_n(src, arguments.batch * elements_, dst);
      return Status::kOk;
    }
    constexpr std::int64_t kCost = 8;  // of an element, in multiplications
    arguments.threads.share(
        arguments.batch, elements_ * kCost, [&](std::int64_t first, std::int64_t last, int) {
          for (std::int64_t n = first; n < last; ++n) {
            transpose(src + n * elements_, dst + n * elements_, rows_, columns_);
          }
        });
    return Status::kOk;
  }

 private:
  std::int64_t elements_ = 0;  ///< per image
  bool copies_ = false;
  std::int64_t rows_ = 0, columns_ = 0;
};

}  // namespace

bool reorder_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Flatten>(computing_node(request.graph, step).op) &&
         is_one_node(step);
}

std::unique_ptr<Kernel> make_reorder(const KernelContext& context) {
  return std::make_unique<ReorderKernel>(context);
}

}  // namespace ockham::cpu
