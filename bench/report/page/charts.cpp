#include "bench/report/page/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/text.h"

namespace ockham::bench {
namespace {

// Pixels.
constexpr int kBarHeight = 14;
constexpr int kBarGap = 3;
constexpr int kRowPadding = 5;
constexpr int kTickLength = 5;
constexpr int kAxisHeight = 40;
constexpr int kColumnsHeight = 120;
constexpr int kMarkHeight = 18;  ///< room for one label above the columns
constexpr int kDotSize = 2;      ///< radius

std::string percent_text(double percent) { return fmt::format("{:.3f}%", percent); }

Element svg(int height) {
  Element element("svg");
  element.set("width", "100%").set("height", fmt::format("{}", height));
  return element;
}

Element rectangle(const char* css_class, double left, double right, int top, int height) {
  Element element("rect", css_class);
  element.set("x", percent_text(left)).set("width", percent_text(std::max(0.0, right - left)));
  element.set("y", fmt::format("{}", top)).set("height", fmt::format("{}", height));
  return element;
}

Element vertical_line(const char* css_class, double at, int top, int bottom) {
  Element element("line", css_class);
  element.set("x1", percent_text(at)).set("x2", percent_text(at));
  element.set("y1", fmt::format("{}", top)).set("y2", fmt::format("{}", bottom));
  return element;
}

Element label(const char* css_class, double at, int baseline, const std::string& content) {
  Element element("text", css_class, content);
  element.set("x", percent_text(at)).set("y", fmt::format("{}", baseline));
  return element;
}

Element horizontal_line(const char* css_class, int at) {
  Element element("line", css_class);
  element.set("x1", "0").set("x2", "100%");
  element.set("y1", fmt::format("{}", at)).set("y2", fmt::format("{}", at));
  return element;
}

/// A label beside a vertical line, on the side where there is room.
Element side_label(const char* css_class, double at, int baseline, const std::string& content) {
  const bool on_left = at > 60.0;
  Element element = label(css_class, at, baseline, content);
  element.set("dx", on_left ? "-5" : "5").set("text-anchor", on_left ? "end" : "start");
  return element;
}

/// Ticks, their values and the title, from `top` down.
void add_axis(Element& chart, const Axis& axis, int top, const std::string& title) {
  for (const double tick : axis.ticks()) {
    chart.add(vertical_line("tick", axis.percent(tick), top, top + kTickLength));
    chart.add(label("tick-label", axis.percent(tick), top + 18, fmt::format("{:g}", tick)));
  }
  chart.add(label("axis-title", 50.0, top + 36, title));
}

int row_height(const BarRow& row) {
  const int bars = static_cast<int>(row.bars.size());
  return 2 * kRowPadding + bars * kBarHeight + (bars - 1) * kBarGap;
}

Element bars_of(const BarRow& row, const Axis& axis, double origin) {
  const int height = row_height(row);
  Element chart = svg(height);
  chart.set("role", "img").set("aria-label", row.name);
  for (const double tick : axis.ticks()) {
    chart.add(vertical_line("grid", axis.percent(tick), 0, height));
  }
  chart.add(vertical_line("origin", axis.percent(origin), 0, height));
  int top = kRowPadding;
  for (const Bar& bar : row.bars) {
    const double left = axis.percent(std::min(origin, bar.value));
    const double right = axis.percent(std::max(origin, bar.value));
    chart.add(rectangle(bar.css_class.c_str(), left, right, top, kBarHeight));
    Element value = label("bar-label", right, top + kBarHeight - 3, bar.label);
    chart.add(value.set("dx", "6"));
    top += kBarHeight + kBarGap;
  }
  return chart;
}

/// A count left of the chart, at the height that it stands for.
Element count_label(const std::string& count, int height) {
  Element element = label("tick-label", 0.0, height + 4, count);
  return element.set("dx", "-6").set("text-anchor", "end");
}

/// Columns whose tallest, of `most` counts, is as high as the chart.
void add_columns(Element& chart, const Histogram& histogram, const Axis& axis,
                 std::optional<double> split, std::int64_t most, int bottom) {
  const auto bins = static_cast<double>(histogram.counts.size());
  const double width = (histogram.high - histogram.low) / bins;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] == 0) continue;
    const double left = histogram.low + static_cast<double>(i) * width;
    const bool removed = split && left + width / 2 < *split;
    const double share = static_cast<double>(histogram.counts[i]) / static_cast<double>(most);
    const int height = std::max(1, static_cast<int>(std::lround(share * kColumnsHeight)));
    chart.add(rectangle(removed ? "removed" : "network", axis.percent(left),
                        axis.percent(left + width), bottom - height, height));
  }
}

/// Each mark's label has a line of its own above the columns, so that none hides another.
void add_marks(Element& chart, const std::vector<Mark>& marks, const Axis& axis, int bottom) {
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const int top = kMarkHeight * (1 + static_cast<int>(i));
    const double at = axis.percent(marks[i].value);
    chart.add(vertical_line("mark", at, top + 3, bottom));
    chart.add(side_label("mark-label", at, top + 13, marks[i].label));
  }
}

/// 1, 2 or 5 times a power of ten: the step that gives at most six ticks.
double round_step(double range) {
  const double rough = range / 5.0;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10.0 * power;
}

std::vector<double> linear_ticks(double low, double high) {
  const double step = round_step(high - low);
  std::vector<double> ticks;
  for (double i = std::ceil(low / step); i * step <= high; ++i) {
    ticks.push_back(i * step + 0.0);  // + 0.0: no "-0"
  }
  return ticks;
}

std::vector<double> logarithmic_ticks(double low, double high) {
  const bool crowded = std::log10(high / low) > 2.5;
  std::vector<double> ticks;
  for (double power = std::floor(std::log10(low)); std::pow(10.0, power) <= high; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10.0, power);
      if (tick < low || tick > high || (crowded && factor != 1.0)) continue;
      ticks.push_back(tick);
    }
  }
  return ticks;
}

/// Lowest and highest of all intervals and 0.
std::pair<double, double> extent_of(const std::vector<Interval>& intervals) {
  double low = 0.0, high = 0.0;
  for (const Interval& interval : intervals) {
    low = std::min(low, interval.mean - interval.standard_deviation);
    high = std::max(high, interval.mean + interval.standard_deviation);
  }
  return {low, high > low ? high : low + 1.0};
}

}  // namespace

Axis Axis::linear(double low, double high) { return Axis(low, high, false); }
Axis Axis::logarithmic(double low, double high) { return Axis(low, high, true); }

double Axis::percent(double value) const {
  const double held = std::clamp(value, low_, high_);
  const double share = logarithmic_ ? std::log(held / low_) / std::log(high_ / low_)
                                    : (held - low_) / (high_ - low_);
  return 100.0 * share;
}

std::vector<double> Axis::ticks() const {
  return logarithmic_ ? logarithmic_ticks(low_, high_) : linear_ticks(low_, high_);
}

Element bar_chart(const std::vector<BarRow>& rows, const Axis& axis, double origin,
                  const std::string& axis_title) {
  Element chart("div", "bars");
  for (const BarRow& row : rows) {
    chart.add(Element("div", row.emphasised ? "bar-name emphasised" : "bar-name", row.name));
    Element plot("div", "bar-plot");
    plot.add(bars_of(row, axis, origin));
    if (!row.note.empty()) plot.add(Element("p", "note", row.note));
    chart.add(plot);
  }
  Element scale = svg(kAxisHeight);
  add_axis(scale, axis, 0, axis_title);
  Element plot("div", "bar-plot axis");
  chart.add(Element("div", "bar-name")).add(plot.add(scale));
  return chart;
}

Element histogram_chart(const Histogram& histogram, const std::vector<Mark>& marks,
                        std::optional<double> split, const std::string& axis_title,
                        const std::string& count_title) {
  const Axis axis = Axis::linear(histogram.low, histogram.high);
  const int top = kMarkHeight * (1 + static_cast<int>(marks.size()));
  const int bottom = top + kColumnsHeight;
  const std::int64_t most = std::max<std::int64_t>(
      1, *std::max_element(histogram.counts.begin(), histogram.counts.end()));
  Element chart = svg(bottom + kAxisHeight);
  chart.set("role", "img").set("aria-label", axis_title);
  chart.add(horizontal_line("grid", top)).add(horizontal_line("ground", bottom));
  chart.add(label("count-title", 0.0, 10, count_title));
  chart.add(count_label(fmt::format("{}", most), top)).add(count_label("0", bottom));
  add_columns(chart, histogram, axis, split, most, bottom);
  add_marks(chart, marks, axis, bottom);
  add_axis(chart, axis, bottom, axis_title);
  return chart;
}

Element interval_chart(const std::vector<Interval>& intervals, const std::string& value_title,
                       const std::string& axis_title) {
  const auto [low, high] = extent_of(intervals);
  const auto height_of = [low = low, high = high](double value) {
    return kMarkHeight +
           static_cast<int>(std::lround((high - value) / (high - low) * kColumnsHeight));
  };
  Element chart = svg(kMarkHeight + kColumnsHeight + kMarkHeight + kDotSize);
  chart.set("role", "img").set("aria-label", value_title);
  chart.add(label("count-title", 0.0, 10, value_title));
  chart.add(count_label(fmt::format("{:.2g}", high), height_of(high)));
  chart.add(count_label("0", height_of(0.0))).add(horizontal_line("ground", height_of(0.0)));
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& one = intervals[i];
    const char* css_class = one.removed ? "removed" : "network";
    const double at =
        100.0 * (static_cast<double>(i) + 0.5) / static_cast<double>(intervals.size());
    chart.add(vertical_line(css_class, at, height_of(one.mean + one.standard_deviation),
                            height_of(one.mean - one.standard_deviation)));
    Element dot("circle", css_class);
    dot.set("cx", percent_text(at)).set("cy", fmt::format("{}", height_of(one.mean)));
    chart.add(dot.set("r", fmt::format("{}", kDotSize)));
  }
  chart.add(label("axis-title", 50.0, kMarkHeight + kColumnsHeight + kMarkHeight, axis_title));
  return chart;
}

}  // namespace ockham::bench
