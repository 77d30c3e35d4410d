// Gates on channels: what all methods share that multiply each channel by a random number.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "training/methods/method.h"

namespace ockham::training {

/// Multiplies what a node reads by `factors`, one for each channel of its input, without touching
/// the input: the columns of a convolution or linear layer, or, for a Gather, the columns or the
/// scale behind it.
void scale_inputs(TorchGraph& torch, NodeId reader, const torch::Tensor& factors);

/// A gate stands on each channel of the input of every layer (and gather) that reads channels of a
/// group, whatever else is in that input. All readers of a channel share it: in a forward pass they
/// multiply it, in each sample, by the same number. A method says which parameters the gates of a
/// group have, how they are drawn, their mean, KL and relevance. At the end the mean is folded into
/// the readers.
class GateMethod : public SparsityMethod {
 public:
  void start(Network& network) override;
  void bind(Network& network, const Price& price) override;
  std::vector<Parameter>& posterior() override { return posterior_; }
  std::vector<torch::Tensor> kl() override;
  std::vector<torch::Tensor> relevance() override;
  void project() override;
  void finish(Network& network) override;

  void start_pass() override;
  torch::Tensor gate(const Node& node, const torch::Tensor& x) override;

 protected:
  /// A parameter of the gates. Its tensor has one element per channel of each group, or (shared)
  /// one for the whole group; it is named "<name>/<group>".
  struct GateParameter {
    std::string name;
    double initial = 0.0;
    double least = 0.0, most = 0.0;  ///< the range it is kept in
    bool shared = false;
  };
  /// The parameters of one group's gates, in the order of `parameters`.
  using Gates = std::vector<torch::Tensor>;

  virtual std::vector<GateParameter> parameters() const = 0;
  /// Gates [batch, width] drawn for each sample.
  virtual torch::Tensor draw(const Gates& gates, std::int64_t batch) = 0;
  /// The gates [width] that stay when training is over.
  virtual torch::Tensor mean(const Gates& gates) const = 0;
  virtual torch::Tensor standard_deviation(const Gates& gates) const = 0;
  /// KL in nats [width], with gradients.
  virtual torch::Tensor gate_kl(const Gates& gates) const = 0;
  virtual torch::Tensor gate_relevance(const Gates& gates) const = 0;

  std::vector<Moments> moments() override;
  const std::vector<Gates>& gates() const { return gates_; }

 private:
  /// The gates of consecutive channels, or as many channels without gates.
  struct Run {
    std::optional<std::size_t> gates;  ///< index in `gates_`
    converters::ChannelRun channels;
  };
  /// A node that reads gated channels: what all channels of its input are.
  struct Reader {
    NodeId node = -1;
    std::vector<Run> inputs;
  };

  void add_reader(const Network& network, NodeId node);
  torch::Tensor sample(std::size_t group, std::int64_t batch);
  /// Gates of all channels that the node reads [1 or batch, channels].
  torch::Tensor gates_of(const Reader& reader, std::optional<std::int64_t> batch);

  std::vector<Parameter> posterior_;
  std::vector<Gates> gates_;               ///< per group
  std::map<std::string, Reader> readers_;  ///< by the name of the node
  std::vector<torch::Tensor> drawn_;       ///< per group, in this pass; undefined: not yet
};

}  // namespace ockham::training
