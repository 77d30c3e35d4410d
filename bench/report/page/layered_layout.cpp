#include "bench/report/page/layered_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace ockham::bench {
namespace {

constexpr int kMostColumns = 6;
constexpr double kFoldLength = 22;  ///< of the stubs at a fold
constexpr double kPortGap = 26;     ///< between links at one side of a box

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Rows in a lane or trunk that are taken.
class Occupancy {
 public:
  bool is_free(int first, int last) const {
    return std::ranges::none_of(
        taken_, [&](const auto& range) { return range.first <= last && first <= range.second; });
  }
  void take(int first, int last) { taken_.emplace_back(first, last); }

 private:
  std::vector<std::pair<int, int>> taken_;
};

/// The first lane whose rows are free, taken; a new one if there is none.
int take_first_free(std::vector<Occupancy>& lanes, int first, int last) {
  std::size_t lane = 0;
  while (lane < lanes.size() && !lanes[lane].is_free(first, last)) ++lane;
  if (lane == lanes.size()) lanes.emplace_back();
  lanes[lane].take(first, last);
  return static_cast<int>(lane);
}

/// Where the links of a box that pass other boxes go down together.
struct Trunk {
  enum class Place { kLane, kLeft, kRight } place = Place::kLane;
  int index = 0;  ///< of the lane, or counted from the lanes outwards
};

/// Row and lane of each box, and the trunks; no pixels yet.
struct Grid {
  std::vector<int> row, lane;
  std::map<int, Trunk> trunks;  ///< by source box
  int rows = 0;
  int lanes = 0;
};

class GridBuilder {
 public:
  GridBuilder(int boxes, const std::vector<LayoutLink>& links) : boxes_(boxes), links_(links) {}

  Grid build() {
    place_in_rows();
    place_in_lanes();
    place_trunks();
    grid_.lanes = static_cast<int>(lanes_.size());
    return std::move(grid_);
  }

 private:
  /// Each box goes below all that it reads.
  void place_in_rows() {
    grid_.row.assign(at(boxes_), 0);
    parents_.resize(at(boxes_));
    children_.resize(at(boxes_));
    for (const LayoutLink& link : links_) {
      parents_[at(link.to)].push_back(link.from);
      children_[at(link.from)].push_back(link.to);
    }
    for (int box = 0; box < boxes_; ++box) {
      for (const int parent : parents_[at(box)]) {
        grid_.row[at(box)] = std::max(grid_.row[at(box)], grid_.row[at(parent)] + 1);
      }
      grid_.rows = std::max(grid_.rows, grid_.row[at(box)] + 1);
    }
  }

  /// How many boxes the longest path from each has.
  std::vector<int> lengths_to_end() const {
    std::vector<int> length(at(boxes_), 1);
    for (int box = boxes_ - 1; box >= 0; --box) {
      for (const int child : children_[at(box)]) {
        length[at(box)] = std::max(length[at(box)], length[at(child)] + 1);
      }
    }
    return length;
  }

  /// The one that `value` is largest for, the first of equals; -1: there are none.
  static int best(const std::vector<int>& boxes, const std::vector<int>& value) {
    int found = -1;
    for (const int box : boxes) {
      if (found < 0 || value[at(box)] > value[at(found)]) found = box;
    }
    return found;
  }

  /// Boxes below each other: a box is followed by the child that most comes behind, if it is the
  /// lowest of that child's parents.
  std::vector<std::vector<int>> chains() const {
    const std::vector<int> length = lengths_to_end();
    std::vector<bool> in_chain(at(boxes_), false);
    std::vector<std::vector<int>> chains;
    for (int first = 0; first < boxes_; ++first) {
      if (in_chain[at(first)]) continue;
      std::vector<int> chain;
      for (int box = first; box >= 0 && !in_chain[at(box)];) {
        chain.push_back(box);
        in_chain[at(box)] = true;
        const int next = best(children_[at(box)], length);
        box = next >= 0 && best(parents_[at(next)], grid_.row) == box ? next : -1;
      }
      chains.push_back(std::move(chain));
    }
    return chains;
  }

  /// The longest chain takes the first lane.
  void place_in_lanes() {
    std::vector<std::vector<int>> all = chains();
    std::ranges::stable_sort(all, std::ranges::greater{}, &std::vector<int>::size);
    grid_.lane.assign(at(boxes_), 0);
    for (const std::vector<int>& chain : all) {
      const int lane =
          take_first_free(lanes_, grid_.row[at(chain.front())], grid_.row[at(chain.back())]);
      for (const int box : chain) grid_.lane[at(box)] = lane;
    }
  }

  /// A trunk goes straight down where its box's lane is free, else left of the first lane or right
  /// of the last; short ones first, so that they lie nearest.
  void place_trunks() {
    std::map<int, int> last_row;  // that a trunk passes, by source
    for (const LayoutLink& link : links_) {
      const int before_target = grid_.row[at(link.to)] - 1;
      if (before_target == grid_.row[at(link.from)]) continue;
      int& last = last_row[link.from];
      last = std::max(last, before_target);
    }
    std::vector<std::pair<int, int>> order;  // length, source
    order.reserve(last_row.size());
    for (const auto& [box, last] : last_row) order.emplace_back(last - grid_.row[at(box)], box);
    std::ranges::sort(order);
    for (const auto& [length, box] : order) {
      const int first = grid_.row[at(box)] + 1;
      grid_.trunks[box] = trunk_for(grid_.lane[at(box)], first, first + length - 1);
    }
  }

  Trunk trunk_for(int lane, int first, int last) {
    if (lanes_[at(lane)].is_free(first, last)) {
      lanes_[at(lane)].take(first, last);
      return {Trunk::Place::kLane, lane};
    }
    if (lane == 0) return {Trunk::Place::kLeft, take_first_free(left_, first, last)};
    return {Trunk::Place::kRight, take_first_free(right_, first, last)};
  }

  int boxes_;
  const std::vector<LayoutLink>& links_;
  std::vector<std::vector<int>> parents_, children_;
  std::vector<Occupancy> lanes_, left_, right_;
  Grid grid_;
};

/// Rows of one column: first and one behind the last.
struct Rows {
  int first = 0;
  int end = 0;
};

/// Turns a grid into pixels, in as many columns as make the picture neither high nor too wide.
class Placer {
 public:
  Placer(const Grid& grid, const std::vector<double>& heights, const std::vector<LayoutLink>& links,
         const LayoutStyle& style)
      : grid_(grid), heights_(heights), links_(links), style_(style) {
    row_height_.assign(at(grid.rows), 0.0);
    for (std::size_t box = 0; box < heights.size(); ++box) {
      double& height = row_height_[at(grid.row[box])];
      height = std::max(height, heights[box]);
    }
    find_necks();
  }

  Layout place() const {
    Layout best = placed({{0, grid_.rows}});
    for (int count = 2; count <= kMostColumns && best.height > style_.good_height; ++count) {
      Layout folded = placed(columns(count));
      if (folded.width <= style_.page_width && folded.height < best.height) {
        best = std::move(folded);
      }
    }
    return best;
  }

 private:
  /// A network can be folded below a row when all links that lead on come from one box of it.
  void find_necks() {
    std::vector<std::set<int>> sources(at(grid_.rows));
    for (const LayoutLink& link : links_) {
      for (int row = grid_.row[at(link.from)]; row < grid_.row[at(link.to)]; ++row) {
        if (sources[at(row)].size() < 2) sources[at(row)].insert(link.from);
      }
    }
    for (int row = 0; row + 1 < grid_.rows; ++row) {
      const std::set<int>& crossing = sources[at(row)];
      if (crossing.size() == 1 && grid_.row[at(*crossing.begin())] == row) necks_.push_back(row);
    }
  }

  double height_of(const Rows& rows) const {
    double height = 0.0;
    for (int row = rows.first; row < rows.end; ++row) height += row_height_[at(row)];
    return height + style_.row_gap * (rows.end - rows.first - 1);
  }

  /// About equally high columns, cut at necks; fewer than `count` where there are too few.
  std::vector<Rows> columns(int count) const {
    const double share = height_of({0, grid_.rows}) / count;
    std::vector<Rows> columns = {{0, grid_.rows}};
    for (int cut = 1; cut < count; ++cut) {
      int nearest = -1;
      double distance = std::numeric_limits<double>::infinity();
      for (const int neck : necks_) {
        const double off = std::abs(height_of({0, neck + 1}) - share * cut);
        if (off < distance) std::tie(distance, nearest) = std::pair(off, neck);
      }
      if (nearest + 1 <= columns.back().first) continue;
      columns.back().end = nearest + 1;
      columns.push_back({nearest + 1, grid_.rows});
    }
    return columns;
  }

  double lane_left(int lane) const { return lane * (style_.box_width + style_.lane_gap); }
  double lane_centre(int lane) const { return lane_left(lane) + style_.box_width / 2; }

  double trunk_x(const Trunk& trunk) const {
    const double off = style_.trunk_gap * (trunk.index + 1);
    switch (trunk.place) {
      case Trunk::Place::kLeft:
        return -off;
      case Trunk::Place::kRight:
        return lane_left(grid_.lanes) - style_.lane_gap + off;
      case Trunk::Place::kLane:
        break;
    }
    return lane_centre(trunk.index);
  }

  bool is_long(const LayoutLink& link) const {
    return grid_.row[at(link.to)] > grid_.row[at(link.from)] + 1;
  }

  /// Where the link comes from or goes to beside its box: the trunk, or the other box.
  double next_x(const LayoutLink& link) const {
    return is_long(link) ? trunk_x(grid_.trunks.at(link.from))
                         : lane_centre(grid_.lane[at(link.to)]);
  }
  double previous_x(const LayoutLink& link) const {
    return is_long(link) ? trunk_x(grid_.trunks.at(link.from))
                         : lane_centre(grid_.lane[at(link.from)]);
  }

  /// x of the port for links that come from or go to `x`, among all such x of the box: one straight
  /// above or below has the middle, the others lie beside it in order.
  double port_x(int box, const std::set<double>& all, double x) const {
    const double centre = lane_centre(grid_.lane[at(box)]);
    const auto rank = [&](double value) {
      return static_cast<double>(std::distance(all.begin(), all.lower_bound(value)));
    };
    const auto count = static_cast<double>(all.size());
    const double middle = all.contains(centre) ? rank(centre) : (count - 1) / 2;
    const double gap = std::min(kPortGap, 0.45 * style_.box_width / count);
    return centre + gap * (rank(x) - middle);
  }

  struct Ports {
    std::vector<std::set<double>> in, out;  ///< x of what comes and goes, for each box
  };

  Ports ports() const {
    Ports ports{std::vector<std::set<double>>(heights_.size()),
                std::vector<std::set<double>>(heights_.size())};
    for (const LayoutLink& link : links_) {
      ports.out[at(link.from)].insert(next_x(link));
      ports.in[at(link.to)].insert(previous_x(link));
    }
    return ports;
  }

  /// Left and right end of what lies in these rows, before it is moved.
  std::pair<double, double> extent(const Rows& rows) const {
    double left = std::numeric_limits<double>::infinity(), right = -left;
    const auto include = [&](double from, double to) {
      left = std::min(left, from);
      right = std::max(right, to);
    };
    for (std::size_t box = 0; box < heights_.size(); ++box) {
      if (grid_.row[box] < rows.first || grid_.row[box] >= rows.end) continue;
      include(lane_left(grid_.lane[box]), lane_left(grid_.lane[box]) + style_.box_width);
    }
    for (const LayoutLink& link : links_) {
      if (!is_long(link) || grid_.row[at(link.to)] <= rows.first ||
          grid_.row[at(link.from)] + 1 >= rows.end) {
        continue;
      }
      const double x = trunk_x(grid_.trunks.at(link.from));
      include(x, x);
    }
    return {left, right};
  }

  /// The layout in these columns.
  Layout placed(const std::vector<Rows>& columns) const {
    Layout layout;
    std::vector<double> top(at(grid_.rows)), move(at(grid_.rows));  // of each row
    for (const Rows& rows : columns) {
      const auto [left, right] = extent(rows);
      if (rows.first > 0) layout.width += style_.column_gap;
      double y = rows.first > 0 ? kFoldLength : 0.0;
      for (int row = rows.first; row < rows.end; ++row) {
        top[at(row)] = y;
        move[at(row)] = layout.width - left;
        y += row_height_[at(row)] + style_.row_gap;
      }
      layout.width += right - left;
      const double stub = rows.end < grid_.rows ? kFoldLength : 0.0;
      layout.height = std::max(layout.height, y - style_.row_gap + stub);
    }
    for (std::size_t box = 0; box < heights_.size(); ++box) {
      const std::size_t row = at(grid_.row[box]);
      layout.boxes.push_back({lane_left(grid_.lane[box]) + move[row],
                              top[row] + (row_height_[row] - heights_[box]) / 2});
    }
    route(layout, columns, top, move);
    return layout;
  }

  /// Where the links of a neck's box end and start again.
  Fold fold_below(const Layout& layout, int box, const std::vector<double>& move) const {
    const int row = grid_.row[at(box)];
    const double x = lane_centre(grid_.lane[at(box)]);
    return {{x + move[at(row)], layout.boxes[at(box)].y + heights_[at(box)] + kFoldLength},
            {x + move[at(row + 1)], 0.0}};
  }

  void route(Layout& layout, const std::vector<Rows>& columns, const std::vector<double>& top,
             const std::vector<double>& move) const {
    const Ports all = ports();
    std::set<int> last_rows;
    for (const Rows& rows : columns) last_rows.insert(rows.end - 1);
    std::set<int> folded;  // boxes
    for (const LayoutLink& link : links_) {
      const int from_row = grid_.row[at(link.from)], to_row = grid_.row[at(link.to)];
      std::vector<Way> ways;
      Way way;
      const double bottom = layout.boxes[at(link.from)].y + heights_[at(link.from)];
      if (last_rows.contains(from_row)) {
        const Fold fold = fold_below(layout, link.from, move);
        if (folded.insert(link.from).second) layout.folds.push_back(fold);
        ways.push_back({{fold.end.x, bottom}, fold.end});
        way.push_back(fold.start);
      } else {
        const double x = port_x(link.from, all.out[at(link.from)], next_x(link));
        way.push_back({x + move[at(from_row)], bottom});
      }
      if (is_long(link)) {
        const double x = trunk_x(grid_.trunks.at(link.from)) + move[at(to_row)];
        way.push_back({x, top[at(from_row + 1)]});
        way.push_back({x, top[at(to_row - 1)] + row_height_[at(to_row - 1)]});
      }
      const double x = port_x(link.to, all.in[at(link.to)], previous_x(link));
      way.push_back({x + move[at(to_row)], layout.boxes[at(link.to)].y});
      ways.push_back(std::move(way));
      layout.routes.push_back(std::move(ways));
    }
  }

  const Grid& grid_;
  const std::vector<double>& heights_;
  const std::vector<LayoutLink>& links_;
  const LayoutStyle& style_;
  std::vector<double> row_height_;
  std::vector<int> necks_;  ///< rows
};

}  // namespace

Layout layered_layout(const std::vector<double>& heights, const std::vector<LayoutLink>& links,
                      const LayoutStyle& style) {
  if (heights.empty()) return {};
  const Grid grid = GridBuilder(static_cast<int>(heights.size()), links).build();
  return Placer(grid, heights, links, style).place();
}

}  // namespace ockham::bench
