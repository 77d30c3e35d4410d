#include "training/learning/optimizer.h"

#include <map>
#include <utility>

#include "training/torch/tensor_io.h"

namespace ockham::training {
namespace {

constexpr double kFirstDecay = 0.9;
constexpr double kSecondDecay = 0.999;
constexpr double kEpsilon = 1e-8;

}  // namespace

Optimizer::Optimizer(std::string name, std::vector<std::string> moments, double weight_decay)
    : name_(std::move(name)), moment_names_(std::move(moments)), weight_decay_(weight_decay) {}

void Optimizer::add(const std::vector<Parameter>& parameters, double rate_factor) {
  for (const Parameter& parameter : parameters) {
    Slot slot{parameter, rate_factor, {}};
    for (std::size_t m = 0; m < moment_names_.size(); ++m) {
      slot.moments.push_back(torch::zeros_like(parameter.tensor).detach());
    }
    slots_.push_back(std::move(slot));
  }
}

void Optimizer::step(double learning_rate) {
  ++steps_;
  const torch::NoGradGuard no_gradients;
  std::map<std::pair<double, double>, Group> groups;
  for (Slot& slot : slots_) {
    torch::Tensor& gradient = slot.parameter.tensor.mutable_grad();
    if (!gradient.defined()) continue;
    const double rate = slot.rate_factor * learning_rate;
    const double decay = slot.parameter.is_weight ? weight_decay_ : 0.0;
    Group& group = groups[{rate, decay}];
    group.learning_rate = rate;
    group.weight_decay = decay;
    group.moments.resize(moment_names_.size());
    group.tensors.push_back(slot.parameter.tensor);
    group.gradients.push_back(gradient);
    for (std::size_t m = 0; m < slot.moments.size(); ++m) {
      group.moments[m].push_back(slot.moments[m]);
    }
  }
  for (auto& [key, group] : groups) {
    update(group, steps_);
    for (torch::Tensor& tensor : group.tensors) tensor.mutable_grad() = torch::Tensor();
  }
}

void Optimizer::shrink(
    const std::function<torch::Tensor(const Parameter&, const torch::Tensor&)>& select) {
  for (Slot& slot : slots_) {
    for (torch::Tensor& moment : slot.moments) moment = select(slot.parameter, moment);
  }
}

std::string Optimizer::key(const Slot& slot, std::size_t moment) const {
  return name_ + "/" + moment_names_[moment] + "/" + slot.parameter.name;
}

void Optimizer::save(Checkpoint& checkpoint) const {
  checkpoint.metadata[name_ + "/steps"] = std::to_string(steps_);
  for (const Slot& slot : slots_) {
    for (std::size_t m = 0; m < slot.moments.size(); ++m) {
      checkpoint.tensors[key(slot, m)] = to_stored(slot.moments[m]);
    }
  }
}

void Optimizer::load(const Checkpoint& checkpoint) {
  steps_ = std::stoll(checkpoint.text(name_ + "/steps"));
  for (Slot& slot : slots_) {
    for (std::size_t m = 0; m < slot.moments.size(); ++m) {
      slot.moments[m] = from_stored(checkpoint, key(slot, m), slot.moments[m]);
    }
  }
}

Adam::Adam(double weight_decay) : Optimizer("adam", {"first", "second"}, weight_decay) {}

void Adam::update(Group& group, std::int64_t step) {
  std::vector<torch::Tensor> steps;
  for (const torch::Tensor& gradient : group.gradients) {
    steps.push_back(
        torch::full({}, static_cast<double>(step), gradient.options().dtype(torch::kFloat32)));
  }
  torch::_fused_adamw_(group.tensors, group.gradients, group.moments[0], group.moments[1],
                       /*max_exp_avg_sqs=*/{}, steps, group.learning_rate, kFirstDecay,
                       kSecondDecay, group.weight_decay, kEpsilon, /*amsgrad=*/false,
                       /*maximize=*/false);
}

Sgd::Sgd(double momentum, double weight_decay)
    : Optimizer("sgd",
                momentum > 0.0 ? std::vector<std::string>{"velocity"} : std::vector<std::string>{},
                weight_decay),
      momentum_(momentum) {}

void Sgd::update(Group& group, std::int64_t) {
  const std::vector<torch::Tensor> none;
  const auto& velocities = group.moments.empty() ? none : group.moments[0];
  // Velocities begin at zero, so that the first step needs no rule of its own.
  torch::_fused_sgd_(group.tensors, group.gradients, velocities, group.weight_decay, momentum_,
                     group.learning_rate, /*dampening=*/0.0, /*nesterov=*/momentum_ > 0.0,
                     /*maximize=*/false, /*is_first_step=*/false);
}

std::unique_ptr<Optimizer> make_optimizer(const Pretraining& pretraining) {
  if (pretraining.optimizer == kSgd) {
    return std::make_unique<Sgd>(pretraining.momentum, pretraining.weight_decay);
  }
  return std::make_unique<Adam>(pretraining.weight_decay);
}

}  // namespace ockham::training
