// The folder of a run: dense.onnx, pruned.onnx, posterior.json, metrics.jsonl, summary.json, and
// the checkpoint it resumes from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "training/state/settings.h"

namespace ockham::training {

/// What the provenance of networks says that we trained or pruned.
inline constexpr const char* kProgramName = "ockham-train";

std::filesystem::path checkpoint_path(const Settings& settings);
std::filesystem::path dense_path(const Settings& settings);
std::filesystem::path pruned_path(const Settings& settings);
std::filesystem::path metrics_path(const Settings& settings);
std::filesystem::path summary_path(const Settings& settings);

/// All files that a run writes.
std::vector<std::filesystem::path> run_files(const Settings& settings);

/// Makes the folder. Throws Error(kInvalidArgument) when it holds a run and --resume is not given,
/// kIo when it cannot be made.
void prepare_folder(const Settings& settings);

/// Writes all lines of metrics.jsonl, atomically: a resumed run never has a line twice.
void write_metrics(const Settings& settings, const std::vector<std::string>& lines);

}  // namespace ockham::training
