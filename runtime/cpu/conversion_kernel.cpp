// Conversions of activations between types, in the order in which they lie.
#include <algorithm>

#include "runtime/cpu/kernels.h"
#include "runtime/graph/bfloat16.h"
#include "runtime/graph/divide_up.h"

namespace ockham::cpu {
namespace {

// Loops that compilers turn into vectors.

void convert(const float* from, Bfloat16* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = to_bfloat16(from[i]);
}

void convert(const Bfloat16* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = to_float(from[i]);
}

template <class From, class To>
class Conversion : public Kernel {
 public:
  explicit Conversion(const KernelContext& context) : elements_(context.read(0).elements) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const auto* from = reinterpret_cast<const From*>(arguments.inputs[0]);
    auto* to = reinterpret_cast<To*>(arguments.output);
    constexpr std::int64_t kPart = 4096;
    const std::int64_t all = arguments.batch * elements_;
    arguments.threads.share(
        divide_up(all, kPart), kPart, [=](std::int64_t first, std::int64_t last, int) {
          first *= kPart;
          convert(from + first, to + first, std::min(all, last * kPart) - first);
        });
    return Status::kOk;
  }

 private:
  std::int64_t elements_;  ///< of an image
};

}  // namespace

std::unique_ptr<Kernel> make_conversion(const KernelContext& context) {
  const StoredType from = context.read(0).type, to = context.written().type;
  if (from == StoredType::kFloat32 && to == StoredType::kBfloat16) {
    return std::make_unique<Conversion<float, Bfloat16>>(context);
  }
  if (from == StoredType::kBfloat16 && to == StoredType::kFloat32) {
    return std::make_unique<Conversion<Bfloat16, float>>(context);
  }
  throw Error(Status::kInternal, "step '" + context.step.name + "': no kernel converts " +
                                     std::string(name_of(from)) + " to " +
                                     std::string(name_of(to)));
}

}  // namespace ockham::cpu
