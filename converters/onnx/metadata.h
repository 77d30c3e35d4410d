// What passes from training to converting besides the weights, as ONNX metadata under "ockham.*".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/format/model_file.h"

namespace ockham::converters {

/// What training knows about a network it exports.
struct TrainingRecord {
  Provenance provenance;
  std::vector<InputPreprocessing> preprocessing;
  std::optional<SelfTest> sample;  ///< an input and the masked network's output for it
};

/// Encodes a record (JSON; arrays of floats in base64) under keys "ockham.provenance",
/// "ockham.preparation", "ockham.sample".
std::map<std::string, std::string> to_metadata(const TrainingRecord& record);

/// Decodes; missing keys give empty parts. Throws Error(kInvalidModel) naming the key when a value
/// is malformed. Sizes are checked against `graph`.
TrainingRecord from_metadata(const std::map<std::string, std::string>& metadata,
                             const Graph& graph);

}  // namespace ockham::converters
