#include "cli/session_options.h"

#include <fmt/format.h>

#include <string>

#include "cli/option_values.h"

namespace ockham::cli {

void add_session_options(CLI::App& app, SessionOptions& options) {
  app.add_option_function<std::string>(
         "--device", [&](const std::string& name) { options.device = device_named(name); },
         "Where to run")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->default_str(std::string(name_of(options.device)));
  app.add_option_function<std::string>(
         "--precision", [&](const std::string& name) { options.precision = precision_named(name); },
         "What to compute in; on cpu fp32 or bf16")
      ->check(CLI::IsMember({"fp32", "tf32", "fp16", "bf16"}))
      ->default_str(std::string(name_of(options.precision)));
  app.add_flag(
      "--tune", options.tune,
      "Measure first, for seconds, which kernels are fastest for each layer, and keep that "
      "in $OCKHAM_CACHE_DIR (default: ~/.cache/ockham; empty: nowhere)");
  app.add_option("--threads", options.threads, "Threads to compute with on cpu")
      ->check(thread_count())
      ->capture_default_str();
  app.add_option("--memory", options.memory_limit,
                 "Most memory of a session's activations and weights, such as 16GB")
      ->transform(memory_size())
      ->default_str(fmt::format("{}GB", options.memory_limit >> 30));
}

}  // namespace ockham::cli
