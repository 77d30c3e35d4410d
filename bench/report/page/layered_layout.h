// Where the boxes and links of a network's picture lie: data flows from top to bottom, branches
// side by side in lanes, long links beside the boxes that they pass. Knows nothing of networks.
#pragma once

#include <optional>
#include <vector>

namespace ockham::bench {

/// From one box to a later one.
struct LayoutLink {
  int from = 0;
  int to = 0;
};

/// Pixels.
struct LayoutStyle {
  double box_width = 224;
  double lane_gap = 22;       ///< between boxes side by side
  double row_gap = 30;        ///< between boxes above each other
  double trunk_gap = 14;      ///< between links that pass boxes
  double column_gap = 36;     ///< between the columns of a folded network
  double page_width = 1004;   ///< more than one column must fit this
  double good_height = 1000;  ///< a network that is higher is folded into columns
};

struct Point {
  double x = 0.0;
  double y = 0.0;
};

/// Points of a link's way; it passes each of them going straight down.
using Way = std::vector<Point>;

/// A link between two columns leaves the first at `end` and enters the next at `start`.
struct Fold {
  Point end;
  Point start;
};

struct Layout {
  std::vector<Point> boxes;              ///< left upper corners
  std::vector<std::vector<Way>> routes;  ///< of each link: one way, or two around a fold
  std::vector<Fold> folds;
  double width = 0.0;
  double height = 0.0;
};

/// Lays out boxes of these heights. Links lead from lower to higher indices.
Layout layered_layout(const std::vector<double>& heights, const std::vector<LayoutLink>& links,
                      const LayoutStyle& style);

}  // namespace ockham::bench
