#include "datasets/own_images.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "datasets/npy.h"
#include "datasets/picture.h"
#include "runtime/graph/error.h"

namespace ockham::datasets {
namespace {

namespace fs = std::filesystem;

constexpr int kMostClasses = 1 << 16;

[[noreturn]] void refuse(const fs::path& path, const std::string& text) {
  throw Error(Status::kInvalidArgument, path.string() + ": " + text);
}

/// Whether file managers put such a file into each folder.
bool is_clutter(const std::string& name) {
  return name.starts_with('.') || name == "Thumbs.db" || name == "desktop.ini";
}

/// What the folder holds, clutter left out, in the order of names.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!is_clutter(entry.path().filename().string())) entries.push_back(entry.path());
  }
  std::ranges::sort(entries);
  return entries;
}

std::vector<std::string> classes_of(const fs::path& folder) {
  std::vector<std::string> classes;
  for (const fs::path& entry : entries_of(folder)) {
    if (fs::is_directory(entry)) classes.push_back(entry.filename().string());
  }
  if (classes.empty()) refuse(folder, "holds no folder for a class");
  if (std::ssize(classes) > kMostClasses) refuse(folder, "holds more than 65536 classes");
  return classes;
}

fs::path split_folder(const fs::path& folder, Split split) {
  if (split == Split::kTrain) return folder / "train";
  const fs::path test = folder / "test";
  return fs::is_directory(test) ? test : folder / "val";
}

/// A file and the number of its class.
struct LabelledFile {
  fs::path path;
  std::int32_t label = 0;
};

/// Those of the split, class by class.
std::vector<LabelledFile> files_of(const fs::path& folder, Split split) {
  const std::vector<std::string> known = classes_of(folder / "train");
  const fs::path where = split_folder(folder, split);
  if (!fs::is_directory(where)) {
    refuse(folder,
           "holds no folder 'test' or 'val' beside 'train'; every data set needs images that "
           "nothing is learned from");
  }
  std::vector<LabelledFile> files;
  for (const std::string& name : classes_of(where)) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      refuse(where / name, "no class of this name in " + (folder / "train").string());
    }
    for (const fs::path& file : entries_of(where / name)) {
      if (fs::is_directory(file)) refuse(file, "is a folder; classes are one level deep");
      if (!is_picture(file)) refuse(file, "expected a picture (.png, .jpg, .jpeg)");
      files.push_back({file, static_cast<std::int32_t>(found - known.begin())});
    }
  }
  if (files.empty()) refuse(where, "holds no picture");
  return files;
}

Shape shape_of(const Picture& picture) { return {picture.channels, picture.height, picture.width}; }

/// The one size of all pictures, in colour if one of them is.
Shape common_shape(const std::vector<LabelledFile>& files) {
  Shape common = shape_of(read_picture(files.front().path));
  for (const LabelledFile& file : files) {
    const Shape shape = shape_of(read_picture(file.path));
    if (shape[1] != common[1] || shape[2] != common[2]) {
      refuse(file.path, "is " + std::to_string(shape[1]) + " x " + std::to_string(shape[2]) +
                            " pixels, " + files.front().path.string() + " " +
                            std::to_string(common[1]) + " x " + std::to_string(common[2]) +
                            "; say by --image-size what all shall become");
    }
    if (shape[0] > common[0]) common = shape;
  }
  return common;
}

ImageSet load_pictures(const fs::path& folder, Split split, const std::optional<Shape>& image) {
  const std::vector<LabelledFile> files = files_of(folder, split);
  // What training images are decides for all.
  const Shape shape =
      image ? *image
            : common_shape(split == Split::kTrain ? files : files_of(folder, Split::kTrain));
  ImageSet set{
      .count = std::ssize(files), .channels = shape[0], .height = shape[1], .width = shape[2]};
  set.classes = static_cast<int>(classes_of(folder / "train").size());
  set.pixels.reserve(files.size() * static_cast<std::size_t>(shape.elements()));
  for (const LabelledFile& file : files) {
    const std::vector<std::uint8_t> bytes = fit(read_picture(file.path), shape);
    set.pixels.insert(set.pixels.end(), bytes.begin(), bytes.end());
    set.labels.push_back(file.label);
  }
  return set;
}

/// Whether images of these extents have their channels last.
bool has_channels_last(const fs::path& path, const std::vector<std::int64_t>& shape) {
  const auto is_channels = [](std::int64_t extent) { return extent == 1 || extent == 3; };
  if (is_channels(shape[1])) return false;
  if (is_channels(shape[3])) return true;
  refuse(path, "expected 1 or 3 channels, as the second or the last of its axes");
}

std::vector<std::int32_t> read_labels(const fs::path& path, std::int64_t count) {
  const Array array = read_npy(path);
  if (array.shape != std::vector<std::int64_t>{count}) {
    refuse(path, "found " + Shape(array.shape).text() + ", expected a label for each of the " +
                     std::to_string(count) + " images");
  }
  std::vector<std::int32_t> labels;
  for (const float label : array.data) {
    if (!(label >= 0.0f && label < static_cast<float>(kMostClasses)) ||
        label != std::floor(label)) {
      refuse(path, "expected whole numbers from 0 to 65535 as labels");
    }
    labels.push_back(static_cast<std::int32_t>(label));
  }
  return labels;
}

ImageSet load_arrays(const fs::path& folder, Split split) {
  const std::string prefix = split == Split::kTrain ? "train" : "test";
  const fs::path path = folder / (prefix + "_images.npy");
  Array array = read_npy(path);
  const std::string found = "found " + std::string(array.from_bytes ? "uint8 " : "other numbers ") +
                            Shape(array.shape).text();
  if (!array.from_bytes) refuse(path, found + ", expected uint8");
  if (array.shape.size() == 3) array.shape.insert(array.shape.begin() + 1, 1);
  if (array.shape.size() != 4 || std::ranges::find(array.shape, 0) != array.shape.end()) {
    refuse(path, found + ", expected images [N, H, W], [N, H, W, C] or [N, C, H, W]");
  }
  if (has_channels_last(path, array.shape)) {
    std::rotate(array.shape.begin() + 1, array.shape.end() - 1, array.shape.end());
    const std::int64_t channels = array.shape[1], plane = array.shape[2] * array.shape[3];
    std::vector<float> planes(array.data.size());
    for (std::int64_t i = 0; i < std::ssize(planes); ++i) {
      const std::int64_t image = i / (channels * plane), rest = i % (channels * plane);
      planes[static_cast<std::size_t>(i)] = array.data[static_cast<std::size_t>(
          image * channels * plane + rest % plane * channels + rest / plane)];
    }
    array.data = std::move(planes);
  }
  ImageSet set{.count = array.shape[0],
               .channels = array.shape[1],
               .height = array.shape[2],
               .width = array.shape[3],
               .pixels = {array.data.begin(), array.data.end()}};
  set.labels = read_labels(folder / (prefix + "_labels.npy"), set.count);
  const std::vector<std::int32_t> of_training =
      split == Split::kTrain ? set.labels
                             : read_labels(folder / "train_labels.npy",
                                           read_npy(folder / "train_labels.npy").shape.at(0));
  set.classes = 1 + std::ranges::max(of_training);
  if (std::ranges::max(set.labels) >= set.classes) {
    refuse(folder / (prefix + "_labels.npy"), "has labels that train_labels.npy has not");
  }
  return set;
}

}  // namespace

ImageSet load_own_images(const fs::path& folder, Split split, const std::optional<Shape>& image) {
  if (fs::is_directory(folder / "train")) return load_pictures(folder, split, image);
  if (fs::exists(folder / "train_images.npy")) return load_arrays(folder, split);
  refuse(folder,
         "expected folders train/CLASS and test/CLASS of pictures, or train_images.npy, "
         "train_labels.npy, test_images.npy and test_labels.npy");
}

}  // namespace ockham::datasets
