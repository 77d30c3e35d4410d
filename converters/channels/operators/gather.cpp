#include "converters/channels/channel_rules.h"

namespace ockham::converters {

ChannelConstants output_constants(const Gather& op, const NodeView& view) {
  ChannelConstants constants;
  for (const std::int64_t c : op.indices) {
    constants.push_back(c == Gather::kZero ? 0.0
                                           : view.input_constants()[static_cast<std::size_t>(c)]);
  }
  return constants;
}

std::vector<bool> used_inputs(const Gather& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t) {
  std::vector<bool> used(view.input_constants().size(), false);
  for (std::size_t k = 0; k < needed.size(); ++k) {
    if (!needed[k] || op.indices[k] == Gather::kZero) continue;
    used[static_cast<std::size_t>(op.indices[k])] = true;
  }
  return used;
}

// An output channel may go while the channel it was picked from stays for others, so the two are
// not coupled. That an output finds its input channel is the plan's affair.
void couple(const Gather&, const Graph&, NodeId id, Coupling& coupling) { coupling.selects(id); }

}  // namespace ockham::converters
