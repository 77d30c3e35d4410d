// Hands out each name once.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace ockham::converters::onnx_io {

class UniqueNames {
 public:
  UniqueNames() = default;
  /// Made-up names avoid `reserved`; claiming such a name itself is fine.
  explicit UniqueNames(std::unordered_set<std::string> reserved) : reserved_(std::move(reserved)) {}

  /// `wanted`, or "wanted_2", "wanted_3" ... where that is taken.
  std::string claim(const std::string& wanted) {
    return used_.insert(wanted).second ? wanted : make_up(wanted);
  }

  /// `wanted`, or "wanted_2", "wanted_3" ... , the first that is neither taken nor reserved.
  std::string invent(const std::string& wanted) {
    const bool is_free = !reserved_.contains(wanted) && used_.insert(wanted).second;
    return is_free ? wanted : make_up(wanted);
  }

  /// "wanted_2", "wanted_3" ... , the first that is neither taken nor reserved.
  std::string make_up(const std::string& wanted) {
    int& number = numbers_.try_emplace(wanted, 1).first->second;
    std::string name;
    do {
      name = wanted + "_" + std::to_string(++number);
    } while (reserved_.contains(name) || used_.contains(name));
    used_.insert(name);
    return name;
  }

 private:
  std::unordered_set<std::string> reserved_;
  std::unordered_set<std::string> used_;
  std::unordered_map<std::string, int> numbers_;
};

}  // namespace ockham::converters::onnx_io
