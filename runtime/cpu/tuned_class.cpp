#include "runtime/cpu/tuned_class.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/graph/number_text.h"

namespace ockham::cpu {
namespace {

/// With a tenth of a microsecond where that says something.
std::string microseconds_text(double ns) {
  const double us = ns / 1000.0;
  return number_text(us < 100.0 ? std::round(us * 10.0) / 10.0 : std::round(us)) + " us";
}

}  // namespace

std::string reason_of(const TunedClass& tuned) {
  std::vector<std::pair<double, std::string>> others;
  for (const auto& [kernel, ns] : tuned.ns) {
    if (kernel != tuned.kernel) others.emplace_back(ns, kernel);
  }
  std::ranges::sort(others);
  std::string text = "tuned: " + microseconds_text(tuned.ns.at(tuned.kernel));
  const char* before = "; ";
  for (const auto& [ns, kernel] : others) {
    text += std::exchange(before, ", ") + kernel + " " + microseconds_text(ns);
  }
  return text;
}

// The kernel, whose name has no spaces, and the reason.
std::string text_of(const Choice& choice) { return choice.candidate + " " + choice.reason; }

std::optional<Choice> read_choice(const std::string& text, const TunedClass& tuned) {
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return {};
  Choice choice{text.substr(0, space), text.substr(space + 1)};
  const bool is_known = choice.candidate == tuned.kernel ||
                        std::ranges::find(tuned.others, choice.candidate) != tuned.others.end();
  if (!is_known) return {};
  return choice;
}

}  // namespace ockham::cpu
