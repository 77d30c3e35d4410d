#include "training/methods/method.h"

#include "runtime/graph/error.h"
#include "training/methods/gate_ard.h"
#include "training/methods/group_ard.h"

namespace ockham::training {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<SparsityMethod> (*make)();
};

template <class Method>
std::unique_ptr<SparsityMethod> make() {
  return std::make_unique<Method>();
}

// One line per method.
constexpr Entry kMethods[] = {
    {"group-ard", make<GroupArd>},
    {"gate-ard", make<GateArd>},
};

}  // namespace

void SparsityMethod::seed(std::uint64_t seed) {
  if (!generator_.defined()) generator_ = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  generator_.set_current_seed(seed);
}

torch::Tensor SparsityMethod::noise(torch::IntArrayRef sizes, const torch::TensorOptions& options) {
  // Drawn on the CPU whatever the device, so that a seed means the same noise everywhere.
  if (!generator_.defined()) seed(0);
  return torch::randn(sizes, generator_, options.device(torch::kCPU)).to(options.device());
}

torch::Tensor SparsityMethod::noise_like(const torch::Tensor& like) {
  return noise(like.sizes(), like.options().requires_grad(false));
}

torch::Tensor weighted_sum(const std::vector<torch::Tensor>& kl,
                           const std::vector<double>& weights) {
  torch::Tensor sum = torch::zeros({}, kl.empty() ? torch::TensorOptions() : kl[0].options());
  for (std::size_t g = 0; g < kl.size(); ++g) sum = sum + weights[g] * kl[g].sum();
  return sum;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kMethods) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<SparsityMethod> make_method(std::string_view name) {
  std::string known;
  for (const Entry& entry : kMethods) {
    if (entry.name == name) return entry.make();
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw Error(Status::kInvalidArgument,
              "method '" + std::string(name) + "' is unknown; known are: " + known);
}

}  // namespace ockham::training
