#include "training/learning/adam.h"

#include <set>

#include "training/torch/tensor_io.h"

namespace ockham::training {
namespace {

constexpr double kFirstDecay = 0.9;
constexpr double kSecondDecay = 0.999;
constexpr double kEpsilon = 1e-8;

}  // namespace

void Adam::add(const std::vector<Parameter>& parameters, double rate_factor) {
  for (const Parameter& parameter : parameters) {
    const torch::Tensor zeros = torch::zeros_like(parameter.tensor).detach();
    slots_.push_back({parameter, rate_factor, zeros, zeros.clone()});
  }
}

void Adam::step(double learning_rate) {
  ++steps_;
  std::set<double> rate_factors;
  for (const Slot& slot : slots_) rate_factors.insert(slot.rate_factor);
  for (const double rate_factor : rate_factors) step_group(rate_factor, learning_rate);
}

void Adam::step_group(double rate_factor, double learning_rate) {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> tensors, gradients, first, second, steps;
  for (Slot& slot : slots_) {
    torch::Tensor& gradient = slot.parameter.tensor.mutable_grad();
    if (slot.rate_factor != rate_factor || !gradient.defined()) continue;
    tensors.push_back(slot.parameter.tensor);
    gradients.push_back(gradient);
    first.push_back(slot.first_moment);
    second.push_back(slot.second_moment);
    steps.push_back(
        torch::full({}, static_cast<double>(steps_), gradient.options().dtype(torch::kFloat32)));
  }
  if (tensors.empty()) return;
  torch::_fused_adam_(tensors, gradients, first, second, /*max_exp_avg_sqs=*/{}, steps,
                      rate_factor * learning_rate, kFirstDecay, kSecondDecay, /*weight_decay=*/0.0,
                      kEpsilon, /*amsgrad=*/false, /*maximize=*/false);
  for (torch::Tensor& tensor : tensors) tensor.mutable_grad() = torch::Tensor();
}

void Adam::shrink(
    const std::function<torch::Tensor(const Parameter&, const torch::Tensor&)>& select) {
  for (Slot& slot : slots_) {
    slot.first_moment = select(slot.parameter, slot.first_moment);
    slot.second_moment = select(slot.parameter, slot.second_moment);
  }
}

void Adam::save(Checkpoint& checkpoint) const {
  checkpoint.metadata["adam/steps"] = std::to_string(steps_);
  for (const Slot& slot : slots_) {
    checkpoint.tensors["adam/first/" + slot.parameter.name] = to_stored(slot.first_moment);
    checkpoint.tensors["adam/second/" + slot.parameter.name] = to_stored(slot.second_moment);
  }
}

void Adam::load(const Checkpoint& checkpoint) {
  steps_ = std::stoll(checkpoint.text("adam/steps"));
  for (Slot& slot : slots_) {
    slot.first_moment =
        from_stored(checkpoint, "adam/first/" + slot.parameter.name, slot.first_moment);
    slot.second_moment =
        from_stored(checkpoint, "adam/second/" + slot.parameter.name, slot.second_moment);
  }
}

}  // namespace ockham::training
