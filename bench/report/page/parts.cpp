#include "bench/report/page/parts.h"

#include <fmt/format.h>

namespace ockham::bench {

Element section(const std::string& title, const std::string& caption) {
  Element element("section");
  element.add(Element("h2", "", title));
  if (!caption.empty()) element.add(Element("p", "caption", caption));
  return element;
}

Element legend(const std::vector<Key>& keys) {
  Element element("div", "legend");
  for (const Key& key : keys) {
    Element item("span", "key");
    item.add(Element("span", fmt::format("swatch {}", key.css_class)));
    element.add(item.text(key.meaning));
  }
  return element;
}

Element table_row(const char* cell, const std::vector<std::string>& cells, std::size_t texts) {
  Element row("tr");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    row.add(Element(cell, i < texts ? "" : "number", cells[i]));
  }
  return row;
}

Element facts_table(const std::vector<std::pair<std::string, std::string>>& facts) {
  Element table("table", "facts");
  for (const auto& [name, value] : facts) {
    Element row("tr");
    table.add(row.add(Element("th", "", name)).add(Element("td", "", value)));
  }
  return table;
}

}  // namespace ockham::bench
