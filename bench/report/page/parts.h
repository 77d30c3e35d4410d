// What the sections of the page are built from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/report/page/html.h"

namespace ockham::bench {

/// A section with its heading, and a caption unless that is empty.
Element section(const std::string& title, const std::string& caption);

/// One colour of a chart and what it stands for.
struct Key {
  const char* css_class;
  std::string meaning;
};

Element legend(const std::vector<Key>& keys);

/// A row of `cell` elements ("th", "td"): the first `texts` to the left, numbers to the right.
Element table_row(const char* cell, const std::vector<std::string>& cells, std::size_t texts);

/// A table of names and values.
Element facts_table(const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace ockham::bench
