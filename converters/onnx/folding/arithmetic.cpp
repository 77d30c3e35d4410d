// Arithmetic and comparisons of constants.
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "converters/onnx/folding/elements.h"
#include "converters/onnx/folding/rules.h"

namespace ockham::converters::onnx_io {
namespace {

[[noreturn]] void refuse_mixing(const NodeImport& node, const Extent& a, const Extent& b) {
  node.unsupported("has " + extent_text(a) + " and " + extent_text(b) +
                   " (N: the batch) as inputs, whose result is neither a number nor a multiple " +
                   "of the batch; supported: what is either");
}

[[noreturn]] void refuse_overflow(const NodeImport& node, const Extent& a, const Extent& b) {
  node.invalid("overflows for " + extent_text(a) + " and " + extent_text(b));
}

/// 0 times the batch is 0.
Extent multiple(std::int64_t factor, bool of_batch) { return {factor, of_batch && factor != 0}; }

Extent sum(const NodeImport& node, const Extent& a, const Extent& b) {
  Extent result;
  if (__builtin_add_overflow(a.factor, b.factor, &result.factor)) refuse_overflow(node, a, b);
  if (a.of_batch != b.of_batch && a.factor != 0 && b.factor != 0) refuse_mixing(node, a, b);
  return multiple(result.factor, a.of_batch || b.of_batch);
}

Extent difference(const NodeImport& node, const Extent& a, const Extent& b) {
  Extent result;
  if (__builtin_sub_overflow(a.factor, b.factor, &result.factor)) refuse_overflow(node, a, b);
  if (a.of_batch != b.of_batch && a.factor != 0 && b.factor != 0) refuse_mixing(node, a, b);
  return multiple(result.factor, a.of_batch || b.of_batch);
}

Extent product(const NodeImport& node, const Extent& a, const Extent& b) {
  Extent result;
  if (a.of_batch && b.of_batch) refuse_mixing(node, a, b);
  if (__builtin_mul_overflow(a.factor, b.factor, &result.factor)) refuse_overflow(node, a, b);
  return multiple(result.factor, a.of_batch || b.of_batch);
}

/// Rounds towards zero.
Extent quotient(const NodeImport& node, const Extent& a, const Extent& b) {
  if (b.factor == 0) node.invalid("divides " + extent_text(a) + " by 0");
  if (a.factor == 0) return {};
  if (b.of_batch && !a.of_batch) refuse_mixing(node, a, b);
  const bool of_batch = a.of_batch && !b.of_batch;
  if (b.factor == -1) return multiple(difference(node, {}, {a.factor}).factor, of_batch);
  if (of_batch && a.factor % b.factor != 0) refuse_mixing(node, a, b);
  return multiple(a.factor / b.factor, of_batch);
}

/// With the sign of the divisor, or, as C's, of the dividend.
Extent remainder(const NodeImport& node, const Extent& a, const Extent& b, bool of_dividend) {
  if (b.factor == 0) node.invalid("divides " + extent_text(a) + " by 0");
  if (a.of_batch || b.of_batch) refuse_mixing(node, a, b);
  const std::int64_t rest = b.factor == -1 ? 0 : a.factor % b.factor;
  const bool differ = rest != 0 && (rest < 0) != (b.factor < 0);
  return {differ && !of_dividend ? rest + b.factor : rest};
}

/// a - floor(a / b) * b, as opset 28 has it for floats.
float remainder_of_floor(float a, float b) {
  const float rest = std::fmod(a, b);
  if (rest == 0.0f) return std::copysign(0.0f, b);
  return (rest < 0.0f) != (b < 0.0f) ? rest + b : rest;
}

/// 1 or 0. The batch is at least 1, so that a positive multiple of it is no number below 1.
Extent equality(const NodeImport& node, const Extent& a, const Extent& b) {
  if (a.of_batch == b.of_batch) return {a.factor == b.factor ? 1 : 0};
  const Extent& multiple = a.of_batch ? a : b;
  const Extent& number = a.of_batch ? b : a;
  const bool differ = multiple.factor > 0 ? number.factor < 1 : number.factor > -1;
  if (!differ) refuse_mixing(node, a, b);
  return {0};
}

void expect_one_type(const NodeImport& node, std::size_t i, std::size_t j) {
  if (node.holds_floats(i) == node.holds_floats(j)) return;
  node.invalid(node.input_text(i) + " and " + node.input_text(j) +
               " have different element types, expected one");
}

/// Output 0 is `combine` of the elements of inputs 0 and 1, each repeated where it has extent 1.
template <class Combine>
void fold_two(NodeImport& node, const Combine& combine) {
  node.expect_inputs(2, 2);
  expect_one_type(node, 0, 1);
  const Dims dims = broadcast_dims(node, dims_of(node, 0), dims_of(node, 1));
  const std::size_t count = checked_count(node, dims);
  const View left = broadcast_view(node, 0, dims), right = broadcast_view(node, 1, dims);
  with_element_type(node, 0, [&]<class Element>() {
    using Result = decltype(combine(Element(), Element()));
    const auto a = elements_of<Element>(node, 0), b = elements_of<Element>(node, 1);
    std::vector<Result> results = new_elements<Result>(node, count);
    for (std::size_t k = 0; k < count; ++k) {
      results[k] = combine(a[left.index(k)], b[right.index(k)]);
    }
    emit_tensor(node, dims, std::move(results));
  });
}

/// Output 0 is 1 where `compare` holds for the elements of inputs 0 and 1, and else 0. Multiples of
/// the batch, which is positive, compare as their factors do.
template <class Compare>
void fold_comparison(NodeImport& node, const Compare& compare) {
  fold_two(node, [&]<class Element>(Element a, Element b) {
    if constexpr (std::is_same_v<Element, float>) {
      return Extent{compare(a, b) ? 1 : 0};
    } else {
      if (a.of_batch != b.of_batch && a.factor != 0 && b.factor != 0) refuse_mixing(node, a, b);
      return Extent{compare(a.factor, b.factor) ? 1 : 0};
    }
  });
}

/// The same for truth values.
template <class Combine>
void fold_logic(NodeImport& node, const Combine& combine) {
  fold_two(node, [&]<class Element>(Element a, Element b) {
    if constexpr (std::is_same_v<Element, float>) {
      node.invalid("has inputs of floats, expected truth values");
      return Extent{};
    } else {
      return Extent{combine(a != Extent{}, b != Extent{}) ? 1 : 0};
    }
  });
}

/// Output 0 is a function of each element of input 0; whole numbers stay as they are.
template <class Function>
void fold_rounding(NodeImport& node, const Function& function) {
  node.expect_inputs(1, 1);
  if (!node.holds_floats(0)) return node.pass_through(0);
  const std::span<const float> given = node.floats(0).elements.floats;
  std::vector<float> results = node.new_floats(given.size());
  for (std::size_t k = 0; k < given.size(); ++k) results[k] = function(given[k]);
  emit_tensor(node, node.floats(0).dims, std::move(results));
}

/// A single number that does not depend on the batch.
std::int64_t single_number(NodeImport& node, std::size_t i) {
  const IntegerTensor& tensor = node.indices(i);
  if (tensor.elements.size() == 1) return tensor.elements[0];
  node.invalid(node.input_text(i) + " has " + std::to_string(tensor.elements.size()) +
               " elements, expected 1");
}

float single_float(NodeImport& node, std::size_t i) {
  const std::span<const float> elements = node.floats(i).elements.floats;
  if (elements.size() == 1) return elements[0];
  node.invalid(node.input_text(i) + " has " + std::to_string(elements.size()) +
               " elements, expected 1");
}

/// How many steps of `delta` lead from `start` to before `limit`.
std::uint64_t step_count(std::int64_t start, std::int64_t limit, std::int64_t delta) {
  if (delta > 0 ? start >= limit : start <= limit) return 0;
  // Differences of 64-bit numbers fit into 64 bits without a sign.
  const auto from = static_cast<std::uint64_t>(start), to = static_cast<std::uint64_t>(limit);
  const std::uint64_t way = delta > 0 ? to - from : from - to;
  const auto signless = static_cast<std::uint64_t>(delta);
  const std::uint64_t step = delta > 0 ? signless : std::uint64_t{0} - signless;
  return (way - 1) / step + 1;
}

}  // namespace

void fold_add(NodeImport& node) {
  fold_two(node, [&]<class Element>(Element a, Element b) {
    if constexpr (std::is_same_v<Element, float>)
      return a + b;
    else
      return sum(node, a, b);
  });
}

void fold_sub(NodeImport& node) {
  fold_two(node, [&]<class Element>(Element a, Element b) {
    if constexpr (std::is_same_v<Element, float>)
      return a - b;
    else
      return difference(node, a, b);
  });
}

void fold_mul(NodeImport& node) {
  fold_two(node, [&]<class Element>(Element a, Element b) {
    if constexpr (std::is_same_v<Element, float>)
      return a * b;
    else
      return product(node, a, b);
  });
}

void fold_div(NodeImport& node) {
  fold_two(node, [&]<class Element>(Element a, Element b) {
    if constexpr (std::is_same_v<Element, float>)
      return a / b;
    else
      return quotient(node, a, b);
  });
}

void fold_mod(NodeImport& node) {
  const bool of_dividend = node.attributes().integer("fmod", 0) != 0;
  fold_two(node, [&]<class Element>(Element a, Element b) -> Element {
    if constexpr (!std::is_same_v<Element, float>) return remainder(node, a, b, of_dividend);
    if constexpr (std::is_same_v<Element, float>) {
      return of_dividend ? std::fmod(a, b) : remainder_of_floor(a, b);
    }
  });
}

void fold_equal(NodeImport& node) {
  fold_two(node, [&]<class Element>(Element a, Element b) {
    if constexpr (std::is_same_v<Element, float>)
      return Extent{a == b ? 1 : 0};
    else
      return equality(node, a, b);
  });
}

void fold_greater(NodeImport& node) { fold_comparison(node, std::greater<>()); }
void fold_greater_or_equal(NodeImport& node) { fold_comparison(node, std::greater_equal<>()); }
void fold_less(NodeImport& node) { fold_comparison(node, std::less<>()); }
void fold_less_or_equal(NodeImport& node) { fold_comparison(node, std::less_equal<>()); }
void fold_and(NodeImport& node) { fold_logic(node, std::logical_and<>()); }
void fold_or(NodeImport& node) { fold_logic(node, std::logical_or<>()); }
void fold_xor(NodeImport& node) { fold_logic(node, std::not_equal_to<>()); }

void fold_not(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ExtentTensor& given = node.extents(0);
  std::vector<Extent> results = new_elements<Extent>(node, given.elements.size());
  for (std::size_t k = 0; k < results.size(); ++k) {
    results[k].factor = given.elements[k] == Extent{} ? 1 : 0;
  }
  emit_tensor(node, given.dims, std::move(results));
}

void fold_ceil(NodeImport& node) {
  fold_rounding(node, [](float x) { return std::ceil(x); });
}

void fold_floor(NodeImport& node) {
  fold_rounding(node, [](float x) { return std::floor(x); });
}

void fold_where(NodeImport& node) {
  node.expect_inputs(3, 3);
  expect_one_type(node, 1, 2);
  const Dims values = broadcast_dims(node, dims_of(node, 1), dims_of(node, 2));
  const Dims dims = broadcast_dims(node, dims_of(node, 0), values);
  const std::size_t count = checked_count(node, dims);
  const View choice = broadcast_view(node, 0, dims);
  const View left = broadcast_view(node, 1, dims), right = broadcast_view(node, 2, dims);
  with_element_type(node, 1, [&]<class Element>() {
    const std::span<const Extent> choices = elements_of<Extent>(node, 0);
    const auto a = elements_of<Element>(node, 1), b = elements_of<Element>(node, 2);
    std::vector<Element> chosen = new_elements<Element>(node, count);
    for (std::size_t k = 0; k < count; ++k) {
      const bool first = choices[choice.index(k)].factor != 0;
      chosen[k] = first ? a[left.index(k)] : b[right.index(k)];
    }
    emit_tensor(node, dims, std::move(chosen));
  });
}

/// Each number is the one before and the step, rounded, as other runtimes have it.
void fold_range_of_floats(NodeImport& node) {
  const float start = single_float(node, 0), limit = single_float(node, 1);
  const float delta = single_float(node, 2);
  const double steps = std::ceil((double{limit} - double{start}) / double{delta});
  if (std::isnan(steps)) node.invalid("its bounds and step give no number of elements");
  const double extent = std::clamp(steps, 0.0, static_cast<double>(kMaxElements) + 1.0);
  const std::size_t count = checked_count(node, {static_cast<std::int64_t>(extent)});
  std::vector<float> numbers = node.new_floats(count);
  float number = start;
  for (float& element : numbers) {
    element = number;
    number += delta;
  }
  emit_tensor(node, {static_cast<std::int64_t>(count)}, std::move(numbers));
}

void fold_range(NodeImport& node) {
  node.expect_inputs(3, 3);
  node.attributes().integer("stash_type", 1);  // all is computed in float at least
  if (node.holds_floats(0)) return fold_range_of_floats(node);
  const std::int64_t start = single_number(node, 0);
  const std::int64_t limit = single_number(node, 1);
  const std::int64_t delta = single_number(node, 2);
  if (delta == 0) node.invalid("a step is 0, expected another number");
  const std::uint64_t steps = step_count(start, limit, delta);
  const auto extent = steps > static_cast<std::uint64_t>(kMaxElements)
                          ? std::int64_t{-1}
                          : static_cast<std::int64_t>(steps);
  const std::size_t count = checked_count(node, {extent});
  std::vector<Extent> numbers = new_elements<Extent>(node, count);
  for (std::size_t k = 0; k < count; ++k) {
    // Without a sign, as k * delta alone may not fit.
    numbers[k].factor = static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                                  k * static_cast<std::uint64_t>(delta));
  }
  emit_tensor(node, {extent}, std::move(numbers));
}

}  // namespace ockham::converters::onnx_io
