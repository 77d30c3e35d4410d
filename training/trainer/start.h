// The network a run starts from: a built-in one, or one that was trained before.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "training/data/data.h"
#include "training/state/settings.h"

namespace ockham::training {

/// What a run starts from.
struct Start {
  Graph network;
  std::map<std::string, double> dropout;  ///< of BuiltInNetwork
  Subject subject;
  std::map<std::string, std::string> metadata;  ///< of the file that it came in
};

/// What pictures of the user's own must be fitted to: as the settings say, or the file of
/// `settings.from` takes them; nothing where neither says.
std::optional<Shape> image_for(const Settings& settings);

/// Without `settings.from` the built-in network with fresh weights, otherwise that file's, which
/// says its name, where it comes from, and how its input is prepared, unless the settings do.
/// `data` takes up that, and the layout of the network's input. Throws Error(kInvalidArgument) when
/// its input or output does not fit the data, or it is another network than --network says.
Start start_of(const Settings& settings, TrainingData& data);

/// Sixteen hexadecimal digits that tell networks apart (structure and weights, not metadata).
std::string fingerprint(const Graph& graph);

}  // namespace ockham::training
