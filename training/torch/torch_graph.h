// TorchGraph: executes a Graph with LibTorch, so that it can be trained. Its parameters are the
// graph's constants; what training changes is written back with `to_graph`.
#pragma once

#include <torch/torch.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::training {

/// A convolution or linear layer as a sparsity method sees it.
struct MixingLayer {
  const Node& node;
  torch::Tensor weight;
  torch::Tensor bias;  ///< undefined when the layer has none
};

/// y = weight * x + bias for a convolution or linear layer. `bias` may be undefined.
torch::Tensor apply_layer(const Node& node, const torch::Tensor& x, const torch::Tensor& weight,
                          const torch::Tensor& bias);

/// What a sparsity method may change while the network executes. The default changes nothing.
class LayerHooks {
 public:
  virtual ~LayerHooks() = default;
  /// A forward pass begins.
  virtual void start_pass();
  /// Gates the input of a mixing layer, or of a Gather.
  virtual torch::Tensor gate(const Node& node, const torch::Tensor& x);
  /// Computes a mixing layer.
  virtual torch::Tensor mix(const MixingLayer& layer, const torch::Tensor& x);
};

/// Whether batch norm uses the batch's statistics (and updates the running ones) or the running
/// ones.
enum class Mode { kTrain, kEvaluate };

class TorchGraph {
 public:
  /// Copies the constants of a validated graph into tensors of the given device and element type
  /// (float32; float64 in tests of gradients).
  TorchGraph(Graph graph, torch::TensorOptions options);

  /// Outputs for `inputs` (one tensor per graph input).
  std::vector<torch::Tensor> forward(const std::vector<torch::Tensor>& inputs, Mode mode,
                                     LayerHooks& hooks);
  /// First output for one input, no method involved.
  torch::Tensor evaluate(const torch::Tensor& input);

  /// The structure. Its constants are those of the start; `to_graph` has the present ones.
  const Graph& graph() const { return graph_; }
  /// The graph with the tensors' present elements as constants (float32).
  Graph to_graph() const;

  /// Every constant's tensor, by name. Running statistics of batch norm and constants of
  /// arithmetic do not require gradients.
  std::map<std::string, torch::Tensor>& tensors() { return tensors_; }
  torch::Tensor tensor(ValueId constant) const;
  const torch::TensorOptions& options() const { return options_; }

  /// From now on the constants that these nodes read do not require gradients, and batch norms
  /// among them use and keep their running statistics. Throws Error(kInvalidArgument) naming the
  /// known ones for a name that no node with constants has.
  void freeze(const std::vector<std::string>& nodes);
  bool is_frozen(const Node& node) const { return frozen_.contains(node.name); }

  /// While training, elements of these values, by name, are zero at these rates, and the others
  /// larger, so that the mean stays. Drawn on the graph's device, from 0 until `seed_dropout`.
  void set_dropout(std::map<std::string, double> rates) { dropout_ = std::move(rates); }
  const std::map<std::string, double>& dropout() const { return dropout_; }
  void seed_dropout(std::uint64_t seed);

  /// Replaces the structure by a smaller one whose constants have the same names; tensors keep
  /// their identity and take the new graph's elements.
  void replace_graph(Graph graph);

 private:
  MixingLayer mixing_layer(const Node& node) const;
  torch::Tensor batch_norm(const BatchNorm& op, const Node& node, const torch::Tensor& x,
                           Mode mode);
  /// What the node computed, some of it dropped where that is asked for.
  torch::Tensor drop_out(const Node& node, const torch::Tensor& x);
  torch::Tensor gather(const Node& node, const torch::Tensor& x) const;
  void prepare_gathers();
  /// The tensor of input `input`, constant or computed.
  torch::Tensor operand(const Node& node, std::size_t input,
                        const std::vector<torch::Tensor>& values) const;
  torch::Tensor run_node(const Node& node, const std::vector<torch::Tensor>& values, Mode mode,
                         LayerHooks& hooks);
  torch::Tensor from_constant(const Value& value) const;

  Graph graph_;
  torch::TensorOptions options_;
  std::map<std::string, torch::Tensor> tensors_;
  std::map<std::string, double> dropout_;          ///< rates by value
  torch::Generator dropping_;                      ///< what drops out is drawn from
  std::set<std::string> frozen_;                   ///< names of nodes
  std::map<std::string, torch::Tensor> gathered_;  ///< indices of the Gathers that leave some out
};

}  // namespace ockham::training
