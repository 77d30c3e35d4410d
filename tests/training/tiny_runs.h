// Runs of seconds on the bar data, and what happens to them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "training/trainer/trainer.h"

namespace ockham::training::test {

/// Settings of a run whose price is so high that it prunes in few steps.
inline Settings tiny_settings(const std::filesystem::path& data, const std::filesystem::path& out,
                              const std::string& method = "gate-ard") {
  Settings settings;
  settings.network = "lenet-300-100";
  settings.data_dir = data;
  settings.method = method;
  settings.price = 3.0;
  settings.schedule = {1, 4, 1};
  settings.validation_split = 0.2;
  settings.out = out;
  settings.batch = 8;
  return settings;
}

inline std::vector<float> all_constants(const Graph& graph) {
  std::vector<float> all;
  for (const Value& value : graph.values) {
    all.insert(all.end(), value.constant.floats.begin(), value.constant.floats.end());
  }
  return all;
}

/// Interrupts training right before the `n`-th epoch's checkpoint is written.
struct Killed {};

inline TrainerEvents killed_after(int epochs) {
  return {.epoch_done =
              [epochs, seen = 0](const EpochReport&) mutable {
                if (++seen == epochs) throw Killed();
              },
          .step_done = {}};
}

}  // namespace ockham::training::test
