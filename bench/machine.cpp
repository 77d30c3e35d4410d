#include "bench/machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string_view>

#include "bench/build_info/build_info.h"
#include "runtime/cpu/cpuinfo.h"

namespace ockham::bench {
namespace {

/// Those of the processor's flags that decide how fast a kernel can be.
std::vector<std::string> vector_extensions() {
  static constexpr std::array kTelling = {
      "sse4_2",   "avx",         "f16c",        "fma",         "avx2",     "avx512f",  "avx512bw",
      "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8",
      "asimd",    "asimdhp",     "asimddp",     "sve",         "sve2",     "bf16",     "i8mm"};
  std::istringstream flags(cpu::cpuinfo({"flags", "Features"}));
  std::vector<std::string> present;
  for (std::string flag; flags >> flag;) {
    if (std::find(kTelling.begin(), kTelling.end(), flag) != kTelling.end()) {
      present.push_back(flag);
    }
  }
  return present;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

std::string system_text() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

double main_memory_gib() {
  const double pages = static_cast<double>(sysconf(_SC_PHYS_PAGES));
  const double page_bytes = static_cast<double>(sysconf(_SC_PAGE_SIZE));
  return pages * page_bytes / (1024.0 * 1024.0 * 1024.0);
}

double load_average() {
  double last_minute = 0.0;
  return getloadavg(&last_minute, 1) == 1 ? last_minute : 0.0;
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.cpu = cpu::cpu_name();
  machine.cores = usable_cores();
  machine.isa = vector_extensions();
  machine.system = system_text();
  machine.memory_gib = main_memory_gib();
  machine.load_average = load_average();
  machine.compiler = build_info::kCompiler;
  machine.build_type = build_info::kBuildType;
  machine.onednn = build_info::kOneDnn;
  machine.ockham = build_info::kVersion;
  machine.commit = build_info::kCommit;
  machine.optimised = build_info::kOptimised;
  return machine;
}

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text.data();
}

}  // namespace ockham::bench
