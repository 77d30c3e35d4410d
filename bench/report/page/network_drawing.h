// What a picture of a network shows: its boxes, the activations between them, and the groups of
// channels that are kept or removed together. Made from a model file's graph and provenance alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/format/model_file.h"

namespace ockham::bench {

/// How many colours groups are told apart by; there are classes "group0" ... in the style sheet.
inline constexpr int kGroupColours = 6;

/// Channels that are kept or removed together.
struct DrawnGroup {
  std::string name;
  std::int64_t width = 0;
  std::int64_t dense_width = 0;      ///< before pruning; 0: unknown
  int colour = -1;                   ///< below kGroupColours; -1: the group may not be cut
  std::string why_not;               ///< why it may not be cut; empty: it may
  std::vector<std::string> makers;   ///< nodes whose outputs are channels of the group
  std::vector<std::string> readers;  ///< nodes that make other channels of them
};

/// An input or output of the network, or a node with the activations and batch norms behind it.
struct DrawnBox {
  std::string title;   ///< of layers; empty: the box is low
  std::string detail;  ///< "conv 3×3, 12 of 20 + relu"
  std::string hint;    ///< all there is to say; several lines
  int group = 0;       ///< of its output
  bool makes = false;  ///< the channels of its group; else it hands them on
  double kept = -1.0;  ///< share of its filters or neurons, 0 to 1; negative: unknown
};

/// An activation that one box computes and another reads.
struct DrawnLink {
  int from = 0;
  int to = 0;
  int group = 0;
  std::string hint;  ///< name and shape
};

struct NetworkDrawing {
  std::vector<DrawnBox> boxes;  ///< each behind those that it reads
  std::vector<DrawnLink> links;
  std::vector<DrawnGroup> groups;
};

NetworkDrawing draw_network(const Graph& graph, const Provenance& provenance);

}  // namespace ockham::bench
