// Image data sets, from the original files wherever a user has them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/layout.h"
#include "runtime/format/model_file.h"

namespace ockham::datasets {

/// Labelled images, as bytes: pixels[n][channels][height][width], row-major.
struct ImageSet {
  std::int64_t count = 0, channels = 0, height = 0, width = 0;
  int classes = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
};

enum class Split { kTrain, kTest };

/// The data sets that are known by name.
std::vector<std::string> names();

/// Whether `source` names a folder of the user's own images (own_images.h), not a known data set.
bool is_own(const std::string& source);

/// Finds and reads one split of a known data set (plain, .gz or .xz files). Looked for in
/// `data_dir`, then in each folder of the environment's OCKHAM_DATA (colon-separated), then in the
/// system's folders of data sets (/usr/local/share/datasets, /usr/share/datasets): in each first in
/// the subfolder of the data set's name, then in the folder itself unless it is named after another
/// data set. Or reads images of the user's own, where `source` is their folder; pictures are fitted
/// to `image` [C, H, W] where it is given. Throws Error: kInvalidArgument for an unknown name;
/// kNotFound naming what is missing, where it was looked for, and where to get it; kInvalidModel
/// for a damaged file.
ImageSet load(const std::string& source, Split split, const std::filesystem::path& data_dir = {},
              const std::optional<Shape>& image = {});

/// How bytes of this data set become a network's input by default (MNIST kinds and images of the
/// user's own: byte / 255; CIFAR-10: that, less the mean of the training images, by their standard
/// deviation).
InputPreprocessing default_preprocessing(const std::string& source);

/// Whether labels are true of images mirrored left and right, too, as of photographs and not of
/// digits.
bool bears_mirroring(const std::string& source);

/// The shape of an image of this set: [C, H, W].
Shape image_shape(const ImageSet& images);

/// Applies preprocessing to images [first, first + count): floats as `layout` has them. Throws
/// Error(kInvalidArgument) for a range outside the set, or preprocessing for another number of
/// channels.
std::vector<float> prepare(const ImageSet& images, std::int64_t first, std::int64_t count,
                           const InputPreprocessing& preprocessing,
                           Layout layout = Layout::kPlanes);

}  // namespace ockham::datasets
