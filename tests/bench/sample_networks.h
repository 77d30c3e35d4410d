// A dense network and the same one pruned, for the tests of measuring and reporting.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "runtime/format/model_file.h"

namespace ockham::tests {

/// Widths of the two convolutions and the hidden linear layer.
struct Widths {
  std::int64_t conv1 = 8;
  std::int64_t conv2 = 12;
  std::int64_t hidden = 32;
};

/// conv1 + ReLU, pool1, conv2 + ReLU, flatten, fc1 + ReLU, fc2 on 12 x 12 pictures; 10 outputs.
Graph small_network(const Widths& widths);

/// MACs of `small_network`, worked out by hand from its shapes.
std::int64_t small_network_macs(const Widths& widths);

/// Contents with `small_network` and a provenance as training writes it.
ModelContents small_model(const Widths& dense, const Widths& widths);

/// Writes `small_model` into `folder` and returns the file's path.
std::filesystem::path write_small_model(const std::filesystem::path& folder,
                                        const std::string& name, const Widths& widths);

}  // namespace ockham::tests
