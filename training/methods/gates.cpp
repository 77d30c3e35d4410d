#include "training/methods/gates.h"

namespace ockham::training {
namespace {

/// weight[:, c, ...] *= scale[c].
void scale_inputs(torch::Tensor weight, const torch::Tensor& scale) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
  shape[1] = -1;
  weight.mul_(scale.reshape(shape));
}

/// The factor of each channel that the Gather picks from blocks of `block` channels.
torch::Tensor picked(const Gather& gather, const torch::Tensor& scale, std::int64_t block) {
  const torch::Tensor indices = torch::tensor(gather.indices, torch::kInt64).to(scale.device());
  return scale.repeat_interleave(block).index_select(0, indices);
}

void scale_behind(Network& network, const converters::GatherAxis& axis,
                  const torch::Tensor& scale) {
  const Graph& graph = network.torch.graph();
  const Node& gather = graph.node(axis.node);
  const torch::Tensor factors = picked(std::get<Gather>(gather.op), scale, axis.block);
  for (const NodeId reader : graph.readers(gather.outputs[0])) {
    scale_inputs(network.torch.tensor(graph.node(reader).inputs[1]), factors);
  }
}

}  // namespace

void scale_readers(Network& network, std::size_t group, const torch::Tensor& scale) {
  const converters::ChannelGroup& channels = network.groups[group];
  for (const auto& axis : channels.consumers) {
    scale_inputs(network.torch.tensor(axis.constant), scale.repeat_interleave(axis.block));
  }
  for (const auto& axis : channels.gathers) scale_behind(network, axis, scale);
}

}  // namespace ockham::training
