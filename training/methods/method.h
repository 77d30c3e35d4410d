// The one interface of all sparsity methods. A method is one file: what is random (weights, or
// gates on channels), its posterior and prior, the KL per group, the relevance per group, and the
// deterministic network after the cut. The trainer and TorchGraph know no method by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "converters/channels/channel_groups.h"
#include "training/torch/torch_graph.h"

namespace ockham::training {

/// A tensor that training learns. When the network shrinks it shrinks along: with the constant of
/// the same shape that it follows, or (vectors) with the channels of a group.
struct Parameter {
  std::string name;
  torch::Tensor tensor;
  std::string follows_constant;
  std::string follows_group;
};

/// What a method is told about the network it prunes.
struct Network {
  TorchGraph& torch;
  std::vector<converters::ChannelGroup> groups;  ///< removable ones only
};

/// The price of keeping a group, and how many training samples the KL is weighed against.
struct Price {
  double value = 0.0;        ///< the user's --price; its unit is the method's, see default_price
  std::int64_t samples = 1;  ///< N in loss = mean CE + KL / N
};

class SparsityMethod : public LayerHooks {
 public:
  /// Name on the command line.
  virtual std::string_view name() const = 0;
  /// The price used when the user gives none, and what it means, for --help.
  virtual double default_price() const = 0;
  virtual std::string_view price_meaning() const = 0;

  /// Makes the posterior around the network's present weights.
  virtual void start(Network& network) = 0;
  /// Takes up the network's structure after it shrank (parameters have shrunk already) and
  /// refreshes what each group costs. Also called after `start` and after a checkpoint is read.
  virtual void bind(Network& network, const Price& price) = 0;

  /// The posterior's parameters, in a fixed order.
  virtual std::vector<Parameter>& posterior() = 0;
  /// Sum over groups of weight times KL, in nats; a scalar with gradients.
  virtual torch::Tensor weighted_kl() = 0;
  /// Unweighted KL of each channel of each group, in nats (index: group, channel).
  virtual std::vector<torch::Tensor> kl() = 0;
  /// Log alpha (noise over signal) of each channel of each group: large means irrelevant.
  virtual std::vector<torch::Tensor> log_alpha() = 0;
  /// A channel is removed when its log alpha is above this, during pruning and at its end.
  virtual double running_threshold() const = 0;
  virtual double final_threshold() const = 0;

  /// Moves parameters back into their valid range, after each step.
  virtual void project() = 0;
  /// Folds the posterior's mean into the network's weights; afterwards the method is done.
  virtual void finish(Network& network) = 0;

  /// Noise is drawn from this seed on (reseeded at each epoch, so that a resumed run repeats it).
  void seed(std::uint64_t seed);
  /// Whether the hooks draw noise or use the posterior's mean.
  void set_sampling(bool sampling) { sampling_ = sampling; }

 protected:
  bool sampling() const { return sampling_; }
  /// Standard normal noise like `like`.
  torch::Tensor noise_like(const torch::Tensor& like);
  torch::Tensor noise(torch::IntArrayRef sizes, const torch::TensorOptions& options);

 private:
  torch::Generator generator_;
  bool sampling_ = true;
};

/// Sum over groups of weights[g] * kl[g].sum(): what weighted_kl returns for most methods.
torch::Tensor weighted_sum(const std::vector<torch::Tensor>& kl,
                           const std::vector<double>& weights);

/// Every method's name, the default first.
std::vector<std::string> method_names();
/// Makes a method. Throws Error(kInvalidArgument) naming the known ones.
std::unique_ptr<SparsityMethod> make_method(std::string_view name);

}  // namespace ockham::training
