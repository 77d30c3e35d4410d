// The network a run starts from: a built-in one, or one that was trained before.
#pragma once

#include "training/trainer/data.h"
#include "training/trainer/settings.h"

namespace ockham::training {

/// Without `settings.from` the built-in network with fresh weights. Otherwise that file's: the
/// settings take up its name, fingerprint and origin, and `data` the input preprocessing that it
/// asks for, unless the settings have one. Throws Error(kInvalidArgument) when its input or output
/// does not fit the data, or it is another network than --network says.
Graph starting_network(Settings& settings, TrainingData& data);

/// Sixteen hexadecimal digits that tell networks apart (structure and weights, not metadata).
std::string fingerprint(const Graph& graph);

/// Writes the network that pruning starts from as dense.onnx, with the metadata of the file it came
/// in.
void write_starting_network(const Settings& settings, const Graph& network);

}  // namespace ockham::training
