// The data sets that Ockham knows. Adding one is one entry in catalogue.cpp (and a reader, when its
// files are of a new format).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "datasets/datasets.h"

namespace ockham::datasets {

struct CatalogueEntry {
  std::string name;                  ///< as in --data
  std::vector<std::string> folders;  ///< where other tools keep it, below a folder of data sets
  std::vector<std::string> train_files, test_files;  ///< without .gz or .xz
  /// Turns the files of one split into images.
  ImageSet (*read)(std::span<const std::filesystem::path> files);
  std::int64_t channels, height, width;
  int classes;
  InputPreprocessing preprocessing;
  bool bears_mirroring;  ///< an image's label is true of it mirrored left and right, too
  std::string source;    ///< where to get it
};

const std::vector<CatalogueEntry>& catalogue();

}  // namespace ockham::datasets
