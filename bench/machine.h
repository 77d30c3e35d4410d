// Machine: the fingerprint without which a timing means nothing.
#pragma once

#include <string>
#include <vector>

namespace ockham::bench {

/// What was measured on, and with which build.
struct Machine {
  std::string cpu;               ///< model name, "unknown" when the system does not tell
  int cores = 0;                 ///< that this process may use
  std::string gpu;               ///< that was measured on; empty where it was the CPU
  std::vector<std::string> isa;  ///< vector extensions: "avx2", "avx512f", "neon" ...
  std::string system;            ///< kernel and architecture
  double memory_gib = 0.0;       ///< main memory
  double load_average = 0.0;     ///< of the last minute: programs that wanted to run
  std::string compiler;          ///< that built this program
  std::string build_type;        ///< "Release", with the sanitizers if any
  std::string onednn;            ///< "3.2.0", or "none"
  std::string ockham;            ///< version
  std::string commit;            ///< of the sources, "unknown" outside a repository
  bool optimised = false;        ///< false: debug or sanitized, its timings are worthless
};

/// The machine and build that this process runs on.
Machine this_machine();

/// Date and time in UTC, "2026-11-22 14:03:00 UTC".
std::string now_utc();

}  // namespace ockham::bench
