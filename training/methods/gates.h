// Gates on channels: what all methods share that multiply each channel by a random number.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "training/methods/method.h"

namespace ockham::training {

/// Multiplies what every reader of a group's channels reads by `scale` [width]: columns of
/// convolutions and linear layers, through gathers too.
void scale_readers(Network& network, const converters::ChannelGroup& group,
                   const torch::Tensor& scale);

/// A gate stands on the input of every layer (and gather) that reads a group's channels, also where
/// a concat has joined them with others. All readers of a coupled set share it: in a forward pass
/// they multiply a channel of a sample by the same number. A method says which parameters the gates
/// of a group have, how they are drawn, their mean, KL and relevance. At the end the mean is folded
/// into the readers.
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
  virtual torch::Tensor deviation(const Gates& gates) const = 0;
  /// KL in nats [width], with gradients.
  virtual torch::Tensor gate_kl(const Gates& gates) const = 0;
  virtual torch::Tensor gate_relevance(const Gates& gates) const = 0;

  std::vector<Moments> moments() override;
  const std::vector<Gates>& gates() const { return gates_; }

 private:
  /// The gates of consecutive channels, or as many channels without gates.
  struct Run {
    std::optional<std::size_t> group;
    std::int64_t width = 0;
    std::int64_t block = 1;  ///< channels for each gate
  };
  /// Channels that are read together: those of a group, or those that a concat joins.
  struct Source {
    converters::ChannelGroup group;
    std::vector<Run> runs;
  };
  /// Which channels a node reads, and how many of its inputs belong to one.
  struct Reader {
    std::size_t source = 0;
    std::int64_t block = 1;
  };

  void add_source(const Graph& graph, Source source);
  void add_joined(const Network& network);
  torch::Tensor sample(std::size_t group, std::int64_t batch);
  /// Gates of all channels of the source [1 or batch, width].
  torch::Tensor gates_of(const Source& source, std::optional<std::int64_t> batch);

  std::vector<Parameter> posterior_;
  std::vector<Gates> gates_;  ///< per group
  std::vector<Source> sources_;
  std::map<std::string, Reader> readers_;  ///< by the name of the reading node
  std::vector<torch::Tensor> drawn_;       ///< per group, in this pass; undefined: not yet
};

}  // namespace ockham::training
