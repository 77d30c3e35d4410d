#include <fmt/format.h>

#include "bench/report/page/layered_layout.h"
#include "bench/report/page/network_drawing.h"
#include "bench/report/page/parts.h"
#include "bench/report/page/sections.h"
#include "bench/text.h"

namespace ockham::bench {
namespace {

/// A larger network is not drawn: nobody could read it.
constexpr std::size_t kMostNodes = 1500;
constexpr std::size_t kMostLinks = 5000;
constexpr std::size_t kMostGroupsOpen = 12;  ///< a longer table opens at a click

// Pixels.
constexpr double kLayerHeight = 46;
constexpr double kLowHeight = 26;
constexpr double kMargin = 14;
constexpr double kChipWidth = 34;
constexpr double kBarHeight = 4;
constexpr double kArrowLength = 7;
// Columns of text that fit a box.
constexpr std::size_t kTitleColumns = 21;
constexpr std::size_t kDetailColumns = 32;
constexpr std::size_t kLowColumns = 26;

std::string pixels(double value) { return fmt::format("{:.1f}", value); }

/// "/layer1/layer1.0/conv1" -> "/layer1/…/conv1" or the like: both ends of a name tell most.
std::string shortened(const std::string& text, std::size_t columns) {
  if (display_width(text) <= columns) return text;
  std::vector<std::size_t> starts;  // of characters
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  if (starts.size() <= columns) return text;
  const std::size_t front = columns / 3, back = columns - 1 - front;
  return text.substr(0, starts[front]) + "…" + text.substr(starts[starts.size() - back]);
}

Element text_at(const char* css_class, double x, double y, const std::string& content) {
  Element element("text", css_class, content);
  return element.set("x", pixels(x)).set("y", pixels(y));
}

Element rectangle(const std::string& css_class, double x, double y, double width, double height) {
  Element element("rect", css_class);
  element.set("x", pixels(x)).set("y", pixels(y));
  return element.set("width", pixels(width)).set("height", pixels(height));
}

class Picture {
 public:
  explicit Picture(const NetworkDrawing& drawing) : drawing_(drawing) {
    std::vector<double> heights;
    std::vector<LayoutLink> links;
    for (const DrawnBox& box : drawing.boxes) heights.push_back(height_of(box));
    for (const DrawnLink& link : drawing.links) links.push_back({link.from, link.to});
    layout_ = layered_layout(heights, links, style_);
  }

  Element svg() const {
    const double width = layout_.width + 2 * kMargin, height = layout_.height + 2 * kMargin;
    Element element("svg", "network-picture");
    element.set("viewBox", fmt::format("{} {} {} {}", pixels(-kMargin), pixels(-kMargin),
                                       pixels(width), pixels(height)));
    element.set("width", pixels(width)).set("role", "img");
    element.set("aria-label", "The network's layers and groups of channels");
    for (std::size_t i = 0; i < drawing_.links.size(); ++i) element.add(link(i));
    for (std::size_t i = 0; i < layout_.folds.size(); ++i) add_fold(element, i);
    for (std::size_t i = 0; i < drawing_.boxes.size(); ++i) element.add(box(i));
    return element;
  }

 private:
  static double height_of(const DrawnBox& box) {
    return box.title.empty() ? kLowHeight : kLayerHeight;
  }

  /// Groups that may not be cut are grey.
  std::string colour(int group) const {
    const int number = drawing_.groups[static_cast<std::size_t>(group)].colour;
    return number < 0 ? "fixed" : fmt::format("group{}", number);
  }

  static Element hint(const std::string& text) { return Element("title", "", text); }

  Element box(std::size_t index) const {
    const DrawnBox& drawn = drawing_.boxes[index];
    const auto [x, y] = layout_.boxes[index];
    const double width = style_.box_width, height = height_of(drawn);
    Element element("g", colour(drawn.group));
    element.add(hint(drawn.hint));
    Element frame = rectangle(drawn.makes ? "makes" : "carries", x, y, width, height);
    element.add(frame.set("rx", drawn.makes ? "3" : "12"));
    const std::string number = fmt::format("g{}", drawn.group);
    element.add(
        rectangle("chip", x + width - kChipWidth - 4, y + 5, kChipWidth, 16).set("rx", "3"));
    element.add(text_at("chip", x + width - kChipWidth / 2 - 4, y + 17, number));
    if (drawn.title.empty()) {
      return element.add(text_at("detail", x + 10, y + 17, shortened(drawn.detail, kLowColumns)));
    }
    element.add(text_at("title", x + 10, y + 17, shortened(drawn.title, kTitleColumns)));
    element.add(text_at("detail", x + 10, y + 33, shortened(drawn.detail, kDetailColumns)));
    if (drawn.kept >= 0.0) add_bar(element, x + 10, y + height - kBarHeight - 4, drawn.kept);
    return element;
  }

  void add_bar(Element& element, double x, double y, double kept) const {
    const double width = style_.box_width - 20;
    element.add(rectangle("before", x, y, width, kBarHeight));
    element.add(rectangle("kept", x, y, width * kept, kBarHeight));
  }

  Element link(std::size_t index) const {
    const DrawnLink& drawn = drawing_.links[index];
    Element element("g", colour(drawn.group));
    element.add(hint(drawn.hint));
    const std::vector<Way>& ways = layout_.routes[index];
    for (const Way& way : ways) element.add(curve(way, &way == &ways.back()));
    return element.add(arrow(ways.back().back()));
  }

  /// Through the points, each time going straight down.
  static Element curve(const Way& way, bool to_arrow) {
    std::string path = fmt::format("M{} {}", pixels(way[0].x), pixels(way[0].y));
    for (std::size_t i = 1; i < way.size(); ++i) {
      const Point from = way[i - 1];
      Point to = way[i];
      if (to_arrow && i + 1 == way.size()) to.y -= kArrowLength - 1;
      const double middle = (from.y + to.y) / 2;
      path += from.x == to.x
                  ? fmt::format("V{}", pixels(to.y))
                  : fmt::format("C{} {} {} {} {} {}", pixels(from.x), pixels(middle), pixels(to.x),
                                pixels(middle), pixels(to.x), pixels(to.y));
    }
    return Element("path", "flow").set("d", path);
  }

  static Element arrow(const Point& tip) {
    const double top = tip.y - kArrowLength;
    Element element("path", "arrow");
    return element.set(
        "d", fmt::format("M{} {}L{} {}L{} {}Z", pixels(tip.x), pixels(tip.y), pixels(tip.x - 4.5),
                         pixels(top), pixels(tip.x + 4.5), pixels(top)));
  }

  /// Both ends have the same letter.
  void add_fold(Element& element, std::size_t index) const {
    const std::string letter(1, static_cast<char>('A' + index));
    for (const Point& end : {layout_.folds[index].end, layout_.folds[index].start}) {
      Element circle("circle", "fold");
      circle.set("cx", pixels(end.x)).set("cy", pixels(end.y)).set("r", "9");
      element.add(circle).add(text_at("fold", end.x, end.y + 4, letter));
    }
  }

  const NetworkDrawing& drawing_;
  LayoutStyle style_;
  Layout layout_;
};

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string width_text(const DrawnGroup& group) {
  if (group.dense_width < group.width || group.dense_width == 0) {
    return fmt::format("{}", group.width);
  }
  return fmt::format("{} of {}", group.width, group.dense_width);
}

Element groups_table(const NetworkDrawing& drawing) {
  Element table("table");
  table.add(table_row("th", {"", "Channels", "Made by", "Read by", "May not be cut"}, 5));
  for (std::size_t i = 0; i < drawing.groups.size(); ++i) {
    const DrawnGroup& group = drawing.groups[i];
    table.add(table_row("td",
                        {fmt::format("g{}", i), width_text(group), joined(group.makers),
                         joined(group.readers), group.why_not},
                        5));
  }
  Element details("details", "groups");
  if (drawing.groups.size() <= kMostGroupsOpen) details.set("open", "");
  details.add(Element("summary", "", fmt::format("The {} groups", drawing.groups.size())));
  return details.add(table);
}

}  // namespace

bool has_network(const NetworkMeasurement& network) { return !network.graph.nodes.empty(); }

Element network_section(const NetworkMeasurement& network) {
  Element element = section(
      "The network",
      "Layers from top to bottom. Channels of one group are kept or removed together, from the "
      "layers that make them to those that read them: boxes, arrows and numbers of a group have "
      "one colour. Point at a box to read all about it.");
  std::size_t links = 0;
  for (const Node& node : network.graph.nodes) links += node.inputs.size();
  if (network.graph.nodes.size() > kMostNodes || links > kMostLinks) {
    return element.add(Element("p", "note",
                               fmt::format("Not drawn: {} nodes and {} links are too many to read.",
                                           network.graph.nodes.size(), links)));
  }
  const NetworkDrawing drawing = draw_network(network.graph, network.provenance);
  element.add(legend({{"makes", "makes the channels of its group"},
                      {"carries", "hands them on"},
                      {"fixed", "group that may not be cut"},
                      {"kept", "filters or neurons left of those before pruning"}}));
  Element picture("div", "scroll");
  return element.add(picture.add(Picture(drawing).svg())).add(groups_table(drawing));
}

}  // namespace ockham::bench
