// The one interface of all sparsity methods. A method is one file: what is random (weights, or
// gates on channels), its posterior and prior, the KL per channel, the relevance per channel, and
// the deterministic network after the cut. The trainer and TorchGraph know no method by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "converters/channels/channel_structure.h"
#include "training/methods/hyperprior.h"
#include "training/methods/price.h"
#include "training/torch/torch_graph.h"

namespace ockham::training {

/// A tensor that training learns (or, without gradients, keeps beside what it learns). When the
/// network shrinks it shrinks along: with the constant of the same shape that it follows, or
/// (vectors) with the channels of a group; one that follows neither stays as it is.
struct Parameter {
  std::string name;
  torch::Tensor tensor;
  std::string follows_constant = {};
  std::string follows_group = {};
  bool is_weight = false;  ///< of a layer: what weight decay is for
};

/// What a method is told about the network it prunes.
struct Network {
  TorchGraph& torch;
  converters::Channels channels;                 ///< of the network
  std::vector<converters::ChannelGroup> groups;  ///< those of them that may lose channels
};

/// What the posterior says about the channels of one group: tensors [width], without gradients.
struct ChannelPosterior {
  torch::Tensor mean;  ///< of the gate; for weights the root mean square of their means
  torch::Tensor standard_deviation;  ///< standard deviation of the same
  torch::Tensor kl;                  ///< nats, before it is weighed
  torch::Tensor relevance;           ///< the channel is removed when this is negative
  double weight = 0.0;               ///< of the KL in the loss: the price of a channel
};

class SparsityMethod : public LayerHooks {
 public:
  /// Name on the command line.
  virtual std::string_view name() const = 0;
  /// One line for --help: what is random, under which prior.
  virtual std::string_view summary() const = 0;
  /// The price, and what it is charged for, when the user says nothing.
  virtual double default_price() const = 0;
  virtual PricedBy default_priced_by() const { return PricedBy::kMixture; }
  /// What the relevance measures, for reports: "log SNR^2 of the gate".
  virtual std::string_view relevance_meaning() const = 0;
  /// Sets the hyperprior. The default throws Error(kInvalidArgument) for any but none: for methods
  /// without one precision per group or weight.
  virtual void set_hyperprior(const Hyperprior& hyperprior);

  /// Whether batch norms become part of the layers in front of them before pruning: where weights
  /// are random, a batch norm would scale a filter of mere noise up again.
  virtual bool folds_batch_norms() const { return false; }

  /// Makes the posterior around the network's present weights.
  virtual void start(Network& network) = 0;
  /// Takes up the network's structure after it shrank (parameters have shrunk already) and
  /// refreshes what each channel costs. Also called after `start` and after a checkpoint is read.
  virtual void bind(Network& network, const Price& price);

  /// The posterior's parameters, in a fixed order.
  virtual std::vector<Parameter>& posterior() = 0;
  /// KL of each channel of each group in nats, unweighted, with gradients (index: group, channel).
  virtual std::vector<torch::Tensor> kl() = 0;
  /// What the loss adds to the cross entropy, times N: the sum over groups of price times KL, and
  /// the KL of what belongs to no group. A scalar with gradients.
  virtual torch::Tensor weighted_kl();
  /// Relevance of each channel of each group; negative: removed at the end of pruning.
  virtual std::vector<torch::Tensor> relevance() = 0;
  /// While pruning lasts, a channel goes when its relevance is below minus this.
  virtual double running_margin() const = 0;
  /// Everything known of each group's channels.
  std::vector<ChannelPosterior> describe();

  /// After each step: moves parameters back into their valid range, and what the prior learns
  /// beside them to its optimum.
  virtual void project() = 0;
  /// Folds the posterior's mean into the network's weights; afterwards the method is done.
  virtual void finish(Network& network) = 0;

  /// Noise is drawn from this seed on (reseeded at each epoch, so that a resumed run repeats it).
  void seed(std::uint64_t seed);
  /// Whether the hooks draw noise or use the posterior's mean.
  void set_sampling(bool sampling) { sampling_ = sampling; }

 protected:
  /// Mean and standard deviation of each channel, as ChannelPosterior has them.
  struct Moments {
    torch::Tensor mean;
    torch::Tensor standard_deviation;
  };
  virtual std::vector<Moments> moments() = 0;

  bool sampling() const { return sampling_; }
  /// Weight of a channel's KL, by group.
  const std::vector<double>& weights() const { return weights_; }
  /// Standard normal noise.
  torch::Tensor noise(torch::IntArrayRef sizes, const torch::TensorOptions& options);
  torch::Tensor noise_like(const torch::Tensor& like);
  /// Uniform noise between 0 and 1.
  torch::Tensor uniform(torch::IntArrayRef sizes, const torch::TensorOptions& options);

 private:
  torch::Generator generator_;
  bool sampling_ = true;
  std::vector<double> weights_;
};

/// Every method's name.
std::vector<std::string> method_names();
/// Makes a method. Throws Error(kInvalidArgument) naming the known ones.
std::unique_ptr<SparsityMethod> make_method(std::string_view name);

}  // namespace ockham::training
