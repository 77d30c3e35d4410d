// IDX, the file format of MNIST: a magic number, big-endian extents, then bytes.
#pragma once

#include <filesystem>
#include <span>

#include "datasets/datasets.h"

namespace ockham::datasets {

/// Reads one split from its two IDX files, images (bytes, count x height x width) and labels
/// (bytes, count), plain or compressed. `classes` is left open. Throws Error(kInvalidModel) naming
/// the file, found and expected.
ImageSet read_idx_split(std::span<const std::filesystem::path> files);

}  // namespace ockham::datasets
