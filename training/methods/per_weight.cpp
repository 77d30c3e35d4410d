#include "training/methods/per_weight.h"

namespace ockham::training {

std::vector<torch::Tensor> PerWeightMethod::kl() {
  std::vector<torch::Tensor> terms;
  for (const auto& layer : random_.layers()) terms.push_back(weight_kl(layer));
  std::vector<torch::Tensor> nats;
  for (std::size_t g = 0; g < random_.members().size(); ++g) {
    const torch::Tensor rows = random_.sum(g, Side::kRows, terms);
    nats.push_back(rows.defined() ? rows : torch::zeros({random_.members()[g].width}));
  }
  return nats;
}

torch::Tensor PerWeightMethod::row_kl(std::size_t layer) const {
  return weight_kl(random_.layers()[layer]).flatten(1).sum(1);
}

std::vector<torch::Tensor> PerWeightMethod::relevance() {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> terms;
  for (const torch::Tensor& log_alpha : random_.log_alpha())
    terms.push_back(kLogAlphaCut - log_alpha);
  std::vector<torch::Tensor> values;
  for (std::size_t g = 0; g < random_.members().size(); ++g) {
    torch::Tensor least;
    for (const Side side : {Side::kRows, Side::kColumns}) {
      const torch::Tensor strongest =
          random_.where_complete(g, side, random_.largest(g, side, terms), kCertain);
      least = least.defined() ? torch::minimum(least, strongest) : strongest;
    }
    values.push_back(least);
  }
  return values;
}

}  // namespace ockham::training
