// l0: expected number of open gates, by hard concrete gates.
//
// A gate z_c in [0, 1] with exact zeros multiplies each channel c; the penalty is its probability
// of being open, P(z_c != 0) = sigmoid(log a_c - beta log(-gamma / zeta)), in place of a KL. A
// channel goes when the gate without noise is exactly 0 (log a_c <= -2.398).
// Source: Louizos, Welling, Kingma, "Learning Sparse Neural Networks through L0 Regularization",
// arXiv 1712.01312. Differences from its recipe: starts from a trained network with gates mostly
// open (log a = 2) instead of from scratch; while pruning only what is 1 below the cut goes; one
// draw per sample and channel (theirs: per batch); lambda per group is the price on cost (theirs:
// by hand, times the group's weights); no weight decay, no averaging of weights; schedule and
// fine-tuning are ours.
#include <cmath>

#include "training/methods/gates.h"
#include "training/methods/hard_concrete.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

class L0 : public GateMethod {
 public:
  std::string_view name() const override { return "l0"; }
  std::string_view summary() const override {
    return "hard concrete gates on channels, penalty on the expected number of open ones";
  }
  double default_price() const override { return 0.4; }
  std::string_view relevance_meaning() const override {
    return "log a of the gate, above where it closes";
  }
  double running_margin() const override { return 1.0; }

 protected:
  enum : std::size_t { kLogA };

  std::vector<GateParameter> parameters() const override {
    return {{.name = "gate_log_a", .initial = 2.0, .least = std::log(1e-2), .most = std::log(1e2)}};
  }
  torch::Tensor draw(const Gates& gates, std::int64_t batch) override {
    const torch::Tensor& log_a = gates[kLogA];
    return HardConcrete(log_a).sample(uniform({batch, log_a.size(0)}, log_a.options()));
  }
  torch::Tensor mean(const Gates& gates) const override {
    return HardConcrete(gates[kLogA]).typical();
  }
  torch::Tensor standard_deviation(const Gates& gates) const override {
    return HardConcrete(gates[kLogA]).standard_deviation();
  }
  torch::Tensor gate_kl(const Gates& gates) const override {
    return HardConcrete(gates[kLogA]).probability_open();
  }
  torch::Tensor gate_relevance(const Gates& gates) const override {
    return gates[kLogA] - HardConcrete::kClosed;
  }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_l0() { return std::make_unique<L0>(); }

}  // namespace ockham::training
