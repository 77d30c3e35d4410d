#include "converters/programs/shape_option.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "runtime/graph/error.h"
#include "runtime/graph/shape.h"

namespace ockham::converters {
namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw Error(Status::kInvalidArgument,
              "--shape " + text + ": expected NAME=1,3,224,224, the batch (1 or N) first");
}

std::int64_t parse_extent(std::string_view word, bool is_batch, const std::string& text) {
  if (is_batch && word == "N") return Shape::kBatch;
  std::int64_t extent = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), extent);
  if (error != std::errc() || end != word.data() + word.size()) refuse(text);
  return extent;
}

std::vector<std::int64_t> parse_extents(std::string_view words, const std::string& text) {
  std::vector<std::int64_t> extents;
  for (std::size_t begin = 0; begin <= words.size();) {
    const std::size_t end = std::min(words.find(',', begin), words.size());
    extents.push_back(parse_extent(words.substr(begin, end - begin), extents.empty(), text));
    begin = end + 1;
  }
  return extents;
}

}  // namespace

std::map<std::string, std::vector<std::int64_t>> parse_shapes(
    const std::vector<std::string>& texts) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const std::string& text : texts) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) refuse(text);
    const auto extents = parse_extents(std::string_view(text).substr(equals + 1), text);
    if (!shapes.emplace(text.substr(0, equals), extents).second) {
      throw Error(Status::kInvalidArgument,
                  "--shape " + text + ": this input's shape is given twice");
    }
  }
  return shapes;
}

}  // namespace ockham::converters
