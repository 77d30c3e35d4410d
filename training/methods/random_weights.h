// Weights as independent Gaussians: what all methods share that put noise on weights.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "training/methods/method.h"

namespace ockham::training {

/// Which layers have random weights; never convolutions with groups.
enum class RandomLayers {
  kRemovable,  ///< those that compute removable channels
  kAll,        ///< every convolution and linear layer
};

/// Which weights of a group's channels.
enum class Side {
  kRows,     ///< filters and neurons: the weights that compute the channels
  kColumns,  ///< the weights that read them
};

/// q(w_i) = N(mu_i, s_i): mu are the network's own weights, log s is learned. Noise by local
/// reparameterisation (Kingma, Salimans, Welling, arXiv 1506.02557): a layer's output is drawn from
/// N(layer(x, mu) + bias, layer(x^2, s)), the bias outside the variance; one draw per sample,
/// channel and position.
class RandomWeights {
 public:
  /// One layer's weights: mu and log s of the same shape [out, in, ...].
  struct Layer {
    std::string weight;  ///< name
    NodeId node = -1;
    torch::Tensor mean;
    torch::Tensor log_variance;
  };
  /// Rows or columns of a layer that are those of a group's channels.
  struct Part {
    std::size_t layer = 0;
    std::int64_t block = 1;  ///< rows or columns for each channel
    torch::Tensor indices;   ///< channel by channel; undefined: all of the layer, in order
  };
  /// The weights of a group's channels: rows where it produces them, columns where it reads them.
  struct Members {
    std::int64_t width = 0;
    std::vector<Part> rows;
    std::vector<Part> columns;
    torch::Tensor fed;        ///< [width]: channels that a Gather selects from another group
    torch::Tensor passed_on;  ///< [width]: channels that a Gather selects for another group
  };

  RandomWeights(RandomLayers which, double initial_log_variance, double least, double most)
      : which_(which), initial_(initial_log_variance), least_(least), most_(most) {}

  /// The parameters log s, one tensor for each layer.
  std::vector<Parameter> start(const Network& network) const;
  /// Finds means and log variances of the network's layers among `posterior`.
  void bind(const Network& network, const std::vector<Parameter>& posterior);

  /// The layer's output; drawn with `noise` (a function from the mean to normal noise like it),
  /// or the mean without.
  template <class Noise>
  torch::Tensor mix(const MixingLayer& layer, const torch::Tensor& x, Noise noise) const;

  /// Keeps log s between its bounds.
  void project() const;

  const std::vector<Layer>& layers() const { return layers_; }
  const std::vector<Members>& members() const { return members_; }  ///< per group

  /// The side of a group that its channels are described by: the weights that compute them, or,
  /// where none do (inputs of the network), the weights that read them.
  Side own_side(std::size_t group) const;
  /// `values` [width] of each channel by its weights on a side; `otherwise` for channels that a
  /// Gather computes, or reads, as well, and without values.
  torch::Tensor where_complete(std::size_t group, Side side, const torch::Tensor& values,
                               double otherwise) const;
  /// Sum, or largest, of `term` (one tensor per layer, shaped like its weights) over the weights
  /// of each channel of a group: [width]. Undefined when no random weights are on that side.
  torch::Tensor sum(std::size_t group, Side side, const std::vector<torch::Tensor>& term) const;
  torch::Tensor largest(std::size_t group, Side side, const std::vector<torch::Tensor>& term) const;
  /// How many weights of each channel `sum` adds up.
  std::int64_t count(std::size_t group, Side side) const;
  /// Layers of which rows belong to no group, and these rows.
  const std::vector<Part>& rows_outside() const { return outside_; }
  /// `term` of a layer [rows, ...] at the rows of a part.
  static torch::Tensor at(const Part& rows, const torch::Tensor& term);

  /// mu^2, s, log s and log(s / mu^2), element by element, for each layer.
  std::vector<torch::Tensor> mean_squares() const;
  std::vector<torch::Tensor> variances() const;
  std::vector<torch::Tensor> log_variances() const;
  std::vector<torch::Tensor> log_alpha() const;

 private:
  const Layer* find(const torch::Tensor& weight) const;
  const std::vector<Part>& parts(std::size_t group, Side side) const;
  std::vector<Part> find_rows_outside() const;
  torch::Tensor reduce(std::size_t group, Side side, const std::vector<torch::Tensor>& term,
                       bool sum) const;

  RandomLayers which_;
  double initial_, least_, most_;
  std::vector<Layer> layers_;
  std::vector<Members> members_;
  std::vector<Part> outside_;
};

/// Keeps the square root of the variance differentiable.
inline constexpr double kVarianceFloor = 1e-8;
/// Weights are noise above this log alpha; alpha / (1 + alpha) = 0.953.
inline constexpr double kLogAlphaCut = 3.0;
/// Log alpha's distance from 0 where there is no noise at all.
inline constexpr double kCertain = 100.0;
/// Keeps the logarithm of a squared mean finite.
inline constexpr double kLeastSquare = 1e-30;

template <class Noise>
torch::Tensor RandomWeights::mix(const MixingLayer& layer, const torch::Tensor& x,
                                 Noise noise) const {
  const torch::Tensor mean = apply_layer(layer.node, x, layer.weight, layer.bias);
  const Layer* random = find(layer.weight);
  if (random == nullptr) return mean;
  const torch::Tensor variance =
      apply_layer(layer.node, x.square(), random->log_variance.exp(), torch::Tensor());
  return mean + (variance + kVarianceFloor).sqrt() * noise(mean);
}

/// What all methods share whose only random numbers are weights: a network's weights are the
/// means of the posterior, so that nothing has to be folded at the end.
class WeightMethod : public SparsityMethod {
 public:
  explicit WeightMethod(RandomWeights weights) : random_(std::move(weights)) {}

  bool folds_batch_norms() const override { return true; }
  void start(Network& network) override;
  void bind(Network& network, const Price& price) override;
  std::vector<Parameter>& posterior() override { return posterior_; }
  double default_price() const override { return 4.0; }
  PricedBy default_priced_by() const override { return PricedBy::kPositions; }
  std::string_view relevance_meaning() const override {
    return "3 - log(noise / signal) of the channel's weights";
  }
  torch::Tensor weighted_kl() override;
  /// 3 - log(sum of s / sum of mu^2) over the weights that compute each channel; over those that
  /// read it where none do, or a Gather does too; certain to stay where these are not all.
  std::vector<torch::Tensor> relevance() override;
  double running_margin() const override { return 0.0; }
  void project() override { random_.project(); }
  void finish(Network&) override {}

  torch::Tensor mix(const MixingLayer& layer, const torch::Tensor& x) override;

 protected:
  /// KL in nats of each row of a random layer of which some belong to no group. Methods that have
  /// such layers override it.
  virtual torch::Tensor row_kl(std::size_t layer) const;
  std::vector<Moments> moments() override;

  RandomWeights random_;
  std::vector<Parameter> posterior_;

 private:
  double price_ = 0.0;  ///< the price's value
};

}  // namespace ockham::training
