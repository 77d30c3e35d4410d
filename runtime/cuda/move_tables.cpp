#include "runtime/cuda/move_tables.h"

#include "runtime/cuda/element_ids.h"
#include "runtime/cuda/positions.h"

namespace ockham::cuda {
namespace {

/// For each element of the output, in the graph's order, the number of the input's element that
/// goes there, counted from 1 and one input behind the other; kZeroElement for the filling.
ElementIds sources(const Operator& op, std::span<const Shape> shapes, const Shape& output) {
  std::vector<ElementIds> inputs;
  ElementId next = kZeroElement + 1;
  for (const Shape& shape : shapes) {
    inputs.push_back(consecutive_ids(next, shape.elements()));
    next += shape.elements();
  }
  return moved(op, shapes, inputs, output);
}

/// What table_of reads.
struct Sources {
  const ElementIds& ids;                   ///< of the output's elements
  const std::vector<std::int32_t>& there;  ///< for each position of the output its element
};

/// The table of one input, whose elements have numbers from `first`.
std::vector<std::int32_t> table_of(const Stored& input, bool is_first, ElementId first,
                                   const Sources& sources) {
  const std::vector<std::int32_t> places = positions(input.shape, input.placement);
  std::vector<std::int32_t> table(sources.there.size(), kNotMoved);
  for (std::size_t at = 0; at < table.size(); ++at) {
    const std::int32_t element = sources.there[at];
    const ElementId source =
        element == kPadding ? kZeroElement : sources.ids[static_cast<std::size_t>(element)];
    const std::int64_t own = source - first;
    if (source == kZeroElement) {
      // Written once, with the first input's elements.
      if (is_first) table[at] = element == kPadding ? kMovedZero : kMovedFilling;
    } else if (own >= 0 && own < static_cast<std::int64_t>(places.size())) {
      table[at] = places[static_cast<std::size_t>(own)];
    }
  }
  return table;
}

}  // namespace

float filling_of(const Operator& op) {
  if (const auto* pad = std::get_if<Pad>(&op)) return pad->value;
  const auto* resize = std::get_if<Resize>(&op);
  return resize != nullptr ? resize->outside : 0.0f;
}

std::vector<std::vector<std::int32_t>> move_tables(const Operator& op,
                                                   std::span<const Shape> shapes,
                                                   std::span<const Stored> inputs,
                                                   const Stored& output) {
  const ElementIds ids = sources(op, shapes, output.shape);
  const std::vector<std::int32_t> there = elements_at(output.shape, output.placement);
  std::vector<std::vector<std::int32_t>> tables;
  ElementId first = kZeroElement + 1;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tables.push_back(table_of(inputs[i], i == 0, first, {ids, there}));
    first += shapes[i].elements();
  }
  return tables;
}

std::vector<std::int32_t> operand_table(const Stored& operand, const Stored& result) {
  const std::int64_t count = operand.shape.elements();
  const ElementIds met = repeated(consecutive_ids(0, count), operand.shape, result.shape);
  const std::vector<std::int32_t> places = positions(operand.shape, operand.placement);
  std::vector<std::int32_t> table = elements_at(result.shape, result.placement);
  for (std::int32_t& entry : table) {
    const ElementId element = entry == kPadding ? 0 : met[static_cast<std::size_t>(entry)];
    entry = places[static_cast<std::size_t>(element)];
  }
  return table;
}

}  // namespace ockham::cuda
