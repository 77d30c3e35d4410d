// Names of others as C identifiers.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace ockham::converters::c_code {

/// `wanted` in lower case with '_' for all that an identifier cannot have, no longer than compilers
/// must tell apart; `otherwise` and '_' in front where it does not begin with a letter. May be a
/// keyword.
std::string identifier(std::string_view wanted, std::string_view otherwise);

/// The same in capitals, as macros are written.
std::string in_capitals(std::string_view identifier);

/// Identifiers of one scope: none is a word of C or C++, a common macro, or there twice.
class Identifiers {
 public:
  /// Besides, none is one of `taken`.
  explicit Identifiers(std::set<std::string> taken) : taken_(std::move(taken)) {}

  /// The identifier for `wanted`, with a number behind it where that is taken.
  std::string add(std::string_view wanted, std::string_view otherwise);

 private:
  std::set<std::string> taken_;
};

}  // namespace ockham::converters::c_code
