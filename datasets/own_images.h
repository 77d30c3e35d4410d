// Images of the user's own: a folder of class folders with pictures, or of .npy files.
#pragma once

#include <filesystem>
#include <optional>

#include "datasets/datasets.h"

namespace ockham::datasets {

/// Reads one split of `folder`, which holds either
/// - train/CLASS/*.png (or .jpg, .jpeg) and test/CLASS/... or val/CLASS/...: the classes are
/// numbered
///   in the order of their names in train; or
/// - train_images.npy, train_labels.npy, test_images.npy and test_labels.npy: bytes [N, H, W],
///   [N, H, W, C] or [N, C, H, W] with C 1 or 3, and whole numbers [N] from 0.
/// Pictures are fitted to `image` [C, H, W] where it is given; otherwise all must be of one size,
/// and are grey if all are. Arrays stay as they are. Throws Error naming file, found and expected.
ImageSet load_own_images(const std::filesystem::path& folder, Split split,
                         const std::optional<Shape>& image);

}  // namespace ockham::datasets
