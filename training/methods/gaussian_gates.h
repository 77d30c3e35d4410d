// Gates that are Gaussian: what the methods share whose gates are z_c ~ N(m_c, v_c).
#pragma once

#include "training/methods/gates.h"

namespace ockham::training {

/// Mean and log variance per channel; the mean stays. Relevance: log(m^2 / v), the log of the
/// squared signal-to-noise ratio; a gate that is more noise than signal goes. `Base` is GateMethod,
/// or a method on top of it that makes more than the gates random.
template <class Base>
class GaussianGates : public Base {
 public:
  std::string_view relevance_meaning() const override { return "log SNR^2 of the gate"; }
  double running_margin() const override { return 3.0; }

 protected:
  using typename Base::GateParameter;
  using typename Base::Gates;
  enum : std::size_t { kMean, kLogVariance };

  /// `least_square` is added to m^2 in front of the logarithm.
  explicit GaussianGates(double initial_log_variance, double least_square = 1e-30)
      : initial_log_variance_(initial_log_variance), least_square_(least_square) {}

  std::vector<GateParameter> parameters() const override {
    return {{.name = "gate_mean", .initial = 1.0, .least = -10.0, .most = 10.0},
            {.name = "gate_log_variance",
             .initial = initial_log_variance_,
             .least = -12.0,
             .most = 4.0}};
  }
  torch::Tensor draw(const Gates& gates, std::int64_t batch) override {
    const torch::Tensor& m = gates[kMean];
    return m + (0.5 * gates[kLogVariance]).exp() * this->noise({batch, m.size(0)}, m.options());
  }
  torch::Tensor mean(const Gates& gates) const override { return gates[kMean]; }
  torch::Tensor standard_deviation(const Gates& gates) const override {
    return (0.5 * gates[kLogVariance]).exp();
  }
  torch::Tensor gate_relevance(const Gates& gates) const override { return log_snr(gates); }

  /// log(m^2 / v), with gradients.
  torch::Tensor log_snr(const Gates& gates) const {
    return (gates[kMean].square() + least_square_).log() - gates[kLogVariance];
  }

 private:
  double initial_log_variance_, least_square_;
};

}  // namespace ockham::training
