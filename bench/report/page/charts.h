// Charts as inline SVG. Horizontal positions are percentages and fonts are pixels, so that a chart
// fits a phone and a desktop without a script and without shrinking its text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/report/page/html.h"
#include "bench/statistics.h"

namespace ockham::bench {

/// Maps values to percentages of a chart's width.
class Axis {
 public:
  static Axis linear(double low, double high);
  /// 0 < low < high.
  static Axis logarithmic(double low, double high);

  /// Position of `value`, held within 0 and 100.
  double percent(double value) const;
  /// Four to eight round values within the axis, fewer when it is very short.
  std::vector<double> ticks() const;

  double low() const { return low_; }
  double high() const { return high_; }

 private:
  Axis(double low, double high, bool logarithmic)
      : low_(low), high_(high), logarithmic_(logarithmic) {}

  double low_;
  double high_;
  bool logarithmic_;
};

/// One bar: from the axis's `origin` to `value`.
struct Bar {
  double value = 0.0;
  std::string css_class;  ///< "network", "baseline", "promise"
  std::string label;      ///< written at the bar's end
};

/// Bars above each other, with the name of what they measure beside them.
struct BarRow {
  std::string name;
  std::vector<Bar> bars;
  std::string note = {};  ///< small text under the bars; may be empty
  bool emphasised = false;
};

/// Rows of bars over one axis that starts (or, for ratios, is anchored) at `origin`.
Element bar_chart(const std::vector<BarRow>& rows, const Axis& axis, double origin,
                  const std::string& axis_title);

/// A filter or neuron in an interval chart.
struct Interval {
  double mean = 0.0;
  double standard_deviation = 0.0;
  bool removed = false;
};

/// Each interval as an upright line from mean - standard deviation to mean + standard deviation
/// with a dot at the mean, side by side.
Element interval_chart(const std::vector<Interval>& intervals, const std::string& value_title,
                       const std::string& axis_title);

/// A marked value in a histogram.
struct Mark {
  double value = 0.0;
  std::string label;
};

/// Columns of counts over an axis from 0 to the tallest; columns that lie left of `split` have the
/// class "removed".
Element histogram_chart(const Histogram& histogram, const std::vector<Mark>& marks,
                        std::optional<double> split, const std::string& axis_title,
                        const std::string& count_title);

}  // namespace ockham::bench
