// InputPreprocessing: what turns a picture's bytes into one input of the network.
#pragma once

#include <vector>

namespace ockham {

/// Channel by channel: (byte * scale - mean[c]) / standard_deviation[c].
struct InputPreprocessing {
  float scale = 1.0f;
  std::vector<float> mean;                ///< one per channel; empty: 0
  std::vector<float> standard_deviation;  ///< one per channel; empty: 1

  bool operator==(const InputPreprocessing&) const = default;
};

/// One element of a picture, as the network wants it. Three roundings on any processor, so that
/// whoever does the same by hand has the same number.
float prepared(float element, float scale, float mean, float standard_deviation);

}  // namespace ockham
