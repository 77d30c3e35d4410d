#include "runtime/cpu/cpuinfo.h"

#include <algorithm>
#include <fstream>

namespace ockham::cpu {

std::string cpuinfo(std::initializer_list<std::string_view> keys) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    if (std::ranges::find(keys, key) == keys.end()) continue;
    const std::size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

std::string cpu_name() {
  const std::string name = cpuinfo({"model name", "Model", "Hardware"});
  return name.empty() ? "unknown" : name;
}

}  // namespace ockham::cpu
