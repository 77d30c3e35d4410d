// The binary version of CIFAR-10: records of a label and three colour planes.
#pragma once

#include <filesystem>
#include <span>

#include "datasets/datasets.h"

namespace ockham::datasets {

/// Reads the records of all files, one after the other: a byte of label, then 32 x 32 bytes of red,
/// of green, of blue; files plain or compressed. There is no header to believe: how many there are
/// follows from the size of the files. `classes` is left open. Throws Error(kInvalidModel) naming
/// the file, found and expected.
ImageSet read_cifar_split(std::span<const std::filesystem::path> files);

}  // namespace ockham::datasets
