#include "training/methods/method.h"

#include "runtime/graph/error.h"
#include "runtime/graph/known_names.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

// One line per method, in the order of --help.
constexpr std::unique_ptr<SparsityMethod> (*kMethods[])() = {
    make_group_ard, make_gate_ard, make_two_sided_ard, make_weight_ard, make_sparse_vd,
    make_sbp,       make_bc_gnj,   make_bc_ghs,        make_l0,         make_vib,
};

}  // namespace

void SparsityMethod::set_hyperprior(const Hyperprior& hyperprior) {
  if (hyperprior == Hyperprior()) return;
  throw Error(Status::kInvalidArgument,
              "--hyperprior: method " + std::string(name()) +
                  " has none; group-ard, gate-ard and weight-ard can have one");
}

void SparsityMethod::bind(Network& network, const Price& price) {
  weights_ = price_weights(network.torch.graph(), network.groups, price);
}

torch::Tensor SparsityMethod::weighted_kl() {
  const std::vector<torch::Tensor> nats = kl();
  torch::Tensor sum;
  for (std::size_t g = 0; g < nats.size(); ++g) {
    const torch::Tensor term = weights_[g] * nats[g].sum();
    sum = sum.defined() ? sum + term : term;
  }
  return sum.defined() ? sum : torch::zeros({});
}

std::vector<ChannelPosterior> SparsityMethod::describe() {
  const torch::NoGradGuard no_gradients;
  const std::vector<Moments> spread = moments();
  const std::vector<torch::Tensor> nats = kl(), relevances = relevance();
  std::vector<ChannelPosterior> described;
  for (std::size_t g = 0; g < nats.size(); ++g) {
    described.push_back({spread[g].mean, spread[g].standard_deviation, nats[g].detach(),
                         relevances[g], weights_[g]});
  }
  return described;
}

void SparsityMethod::seed(std::uint64_t seed) {
  if (!generator_.defined()) generator_ = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  generator_.set_current_seed(seed);
}

// Noise is drawn on the CPU whatever the device, so that a seed means the same noise everywhere.
torch::Tensor SparsityMethod::noise(torch::IntArrayRef sizes, const torch::TensorOptions& options) {
  if (!generator_.defined()) seed(0);
  return torch::randn(sizes, generator_, options.device(torch::kCPU)).to(options.device());
}

torch::Tensor SparsityMethod::noise_like(const torch::Tensor& like) {
  return noise(like.sizes(), like.options().requires_grad(false));
}

torch::Tensor SparsityMethod::uniform(torch::IntArrayRef sizes,
                                      const torch::TensorOptions& options) {
  if (!generator_.defined()) seed(0);
  return torch::rand(sizes, generator_, options.device(torch::kCPU)).to(options.device());
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const auto& make : kMethods) names.emplace_back(make()->name());
  return names;
}

std::unique_ptr<SparsityMethod> make_method(std::string_view name) {
  for (const auto& make : kMethods) {
    std::unique_ptr<SparsityMethod> method = make();
    if (method->name() == name) return method;
  }
  refuse_unknown_name("method", name, method_names());
}

}  // namespace ockham::training
