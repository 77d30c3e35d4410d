#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "converters/pruning/explanation.h"

namespace ockham::converters {
namespace {

constexpr std::size_t kColumns = 7;
using Row = std::array<std::string, kColumns>;

/// "20 -> 5", or "20" when nothing changes.
std::string change(std::int64_t before, std::int64_t after) {
  return before == after ? fmt::format("{}", before) : fmt::format("{} -> {}", before, after);
}

Row row(const LayerPlan& layer) {
  return {layer.name,
          layer.op,
          change(layer.inputs_before, layer.inputs_after),
          change(layer.width_before, layer.width_after),
          change(layer.macs_before, layer.macs_after),
          change(layer.params_before, layer.params_after),
          layer.reason};
}

std::string total_reason(const LayerPlan& sum) {
  if (sum.params_after == sum.params_before) return "nothing to remove";
  if (sum.macs_after == sum.macs_before) return "fewer parameters, as many MACs";
  if (sum.macs_after == 0) return "no MACs are left";
  return fmt::format("{:.2f} times fewer MACs",
                     static_cast<double>(sum.macs_before) / static_cast<double>(sum.macs_after));
}

Row total_row(const LayerPlan& sum) {
  return {sum.name,
          "",
          "",
          "",
          change(sum.macs_before, sum.macs_after),
          change(sum.params_before, sum.params_after),
          total_reason(sum)};
}

}  // namespace

std::string Explanation::text() const {
  std::vector<Row> rows = {{"layer", "op", "inputs", "width", "MACs", "params", "reason"}};
  for (const LayerPlan& layer : layers) rows.push_back(row(layer));
  rows.push_back(total_row(total()));
  std::array<std::size_t, kColumns> widths{};
  for (const Row& cells : rows) {
    for (std::size_t c = 0; c < kColumns; ++c) widths[c] = std::max(widths[c], cells[c].size());
  }
  std::string text;
  for (const Row& cells : rows) {
    for (std::size_t c = 0; c + 1 < kColumns; ++c) {
      text += fmt::format("{:<{}}  ", cells[c], widths[c]);
    }
    text += cells.back() + "\n";
  }
  return text;
}

}  // namespace ockham::converters
