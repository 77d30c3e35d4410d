// The network a run starts from: a built-in one, or one that was trained before.
#pragma once

#include "training/trainer/data.h"
#include "training/trainer/settings.h"

namespace ockham::training {

/// Without `settings.from` the built-in network with fresh weights. Otherwise that file's: the
/// settings take up its name and fingerprint, and `data` the input preparation that it asks for,
/// unless the settings have one. Throws Error(kInvalidArgument) when its input or output does not
/// fit the data, or it is another network than --network says.
Graph starting_network(Settings& settings, TrainingData& data);

/// Sixteen hexadecimal digits that tell networks apart (structure and weights, not metadata).
std::string fingerprint(const Graph& graph);

/// Puts the file that the run starts from into its folder as dense.onnx, metadata included.
void copy_dense(const Settings& settings);

}  // namespace ockham::training
