// Pieces of C: literals, arrays, comments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ockham::converters::c_code {

/// The number exactly, by the fewest digits: "0.1f", "2.0f", "-1e-09f"; "NAN", "-INFINITY".
std::string literal(float number);

/// Text of others as part of a comment of one line: what is not printable ASCII, and what could end
/// the comment or the line, is a '?'. Cut where it is very long.
std::string comment(std::string_view text);

/// "static const float NAME[3] = {...};", a line for each few numbers.
std::string float_array(std::string_view name, std::span<const float> numbers);
/// The smallest type of int16_t and int32_t that has all of `numbers`.
std::string_view integer_type(std::span<const std::int64_t> numbers);
/// An array of that type.
std::string integer_array(std::string_view name, std::span<const std::int64_t> numbers);

using Replacements = std::vector<std::pair<std::string_view, std::string>>;

/// `text` with each word in `replacements` replaced wherever it occurs, in their order.
std::string replaced(std::string text, const Replacements& replacements);

/// Every line that is not empty indented by so many spaces more.
std::string indented(std::string_view text, int spaces);

}  // namespace ockham::converters::c_code
