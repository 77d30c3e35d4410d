// What a finished run leaves in its folder (run_folder.h), and its table for people.
#pragma once

#include <string>

#include "training/state/settings.h"
#include "training/state/training_result.h"

namespace ockham::training {

struct TrainingData;

/// Writes dense.onnx and pruned.onnx with what is known of the training, and summary.json.
void write_outputs(const Settings& settings, const TrainingData& data,
                   const TrainingResult& result);

/// The final table, for people.
std::string summary_table(const Settings& settings, const TrainingResult& result);

}  // namespace ockham::training
