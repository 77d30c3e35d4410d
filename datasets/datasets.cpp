#include "datasets/datasets.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "datasets/catalogue.h"
#include "datasets/own_images.h"
#include "datasets/unpacked_file.h"
#include "runtime/graph/error.h"
#include "runtime/graph/known_names.h"

namespace ockham::datasets {
namespace {

namespace fs = std::filesystem;

const CatalogueEntry& entry_of(const std::string& name) {
  const auto found = std::ranges::find(catalogue(), name, &CatalogueEntry::name);
  if (found != catalogue().end()) return *found;
  refuse_unknown_name("data set", name, names());
}

bool is_folder_of_another(const fs::path& folder, const CatalogueEntry& entry) {
  return std::ranges::any_of(catalogue(), [&](const CatalogueEntry& other) {
    return other.name != entry.name &&
           std::ranges::any_of(other.folders, [&](const std::string& name) {
             return (folder / "").parent_path().string().ends_with("/" + name);
           });
  });
}

/// Folders of data sets, in the order of the promise in the header.
std::vector<fs::path> data_set_folders(const fs::path& data_dir) {
  std::vector<fs::path> folders;
  if (!data_dir.empty()) folders.push_back(data_dir);
  if (const char* variable = std::getenv("OCKHAM_DATA")) {
    std::istringstream list(variable);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) folders.emplace_back(folder);
    }
  }
  folders.emplace_back("/usr/local/share/datasets");
  folders.emplace_back("/usr/share/datasets");
  return folders;
}

/// Every folder in which the files of `entry` may lie.
std::vector<fs::path> candidate_folders(const CatalogueEntry& entry, const fs::path& data_dir) {
  std::vector<fs::path> candidates;
  for (const fs::path& folder : data_set_folders(data_dir)) {
    for (const std::string& name : entry.folders) candidates.push_back(folder / name);
    if (!is_folder_of_another(fs::absolute(folder), entry)) candidates.push_back(folder);
  }
  return candidates;
}

/// The files in `folder`, plain or packed; fewer than asked for when one is missing.
std::vector<fs::path> files_in(const fs::path& folder, const std::vector<std::string>& names) {
  std::vector<fs::path> files;
  for (const std::string& name : names) {
    fs::path file = find_packed_or_plain(folder, name);
    if (file.empty()) break;
    files.push_back(std::move(file));
  }
  return files;
}

[[noreturn]] void missing(const CatalogueEntry& entry, const std::vector<std::string>& file_names,
                          const std::vector<fs::path>& candidates) {
  std::string text = "data set '" + entry.name + "': no folder holds";
  for (const std::string& name : file_names) text += " " + name;
  text += " (plain, .gz or .xz); looked in";
  for (const fs::path& folder : candidates) text += " " + folder.string();
  text += "; get them from " + entry.source + " and name their folder by --data-dir or OCKHAM_DATA";
  throw Error(Status::kNotFound, text);
}

std::vector<fs::path> find_files(const CatalogueEntry& entry, Split split,
                                 const fs::path& data_dir) {
  if (!data_dir.empty() && !fs::is_directory(data_dir)) {
    throw Error(
        Status::kNotFound,
        data_dir.string() + ": not a folder; name one that holds data set '" + entry.name + "'");
  }
  const auto& file_names = split == Split::kTrain ? entry.train_files : entry.test_files;
  const std::vector<fs::path> candidates = candidate_folders(entry, data_dir);
  for (const fs::path& folder : candidates) {
    std::vector<fs::path> files = files_in(folder, file_names);
    if (files.size() == file_names.size()) return files;
  }
  missing(entry, file_names, candidates);
}

std::string size_text(std::int64_t channels, std::int64_t height, std::int64_t width) {
  return std::to_string(channels) + " x " + std::to_string(height) + " x " + std::to_string(width);
}

/// What was read is what the catalogue says of this data set.
void check(const ImageSet& images, const CatalogueEntry& entry, const fs::path& file) {
  const std::string found = size_text(images.channels, images.height, images.width);
  const std::string expected = size_text(entry.channels, entry.height, entry.width);
  if (found != expected) {
    throw Error(Status::kInvalidModel, file.string() + ": images are " + found + ", those of '" +
                                           entry.name + "' are " + expected +
                                           "; get the file again");
  }
  const int largest = *std::ranges::max_element(images.labels);
  if (largest >= entry.classes) {
    throw Error(Status::kInvalidModel, file.parent_path().string() + ": found label " +
                                           std::to_string(largest) + ", '" + entry.name + "' has " +
                                           std::to_string(entry.classes) +
                                           " classes; get the files again");
  }
}

void check_preprocessing(const InputPreprocessing& preprocessing, std::int64_t channels) {
  for (const std::vector<float>* values :
       {&preprocessing.mean, &preprocessing.standard_deviation}) {
    if (!values->empty() && static_cast<std::int64_t>(values->size()) != channels) {
      throw Error(Status::kInvalidArgument,
                  "input preprocessing: found " + std::to_string(values->size()) +
                      " values, the images have " + std::to_string(channels) + " channels");
    }
  }
  if (std::ranges::find(preprocessing.standard_deviation, 0.0f) !=
      preprocessing.standard_deviation.end()) {
    throw Error(Status::kInvalidArgument, "input preprocessing: a standard deviation is 0");
  }
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const CatalogueEntry& entry : catalogue()) all.push_back(entry.name);
  return all;
}

bool is_own(const std::string& source) {
  return std::ranges::find(catalogue(), source, &CatalogueEntry::name) == catalogue().end() &&
         fs::is_directory(source);
}

ImageSet load(const std::string& source, Split split, const fs::path& data_dir,
              const std::optional<Shape>& image) {
  if (is_own(source)) return load_own_images(source, split, image);
  const CatalogueEntry& entry = entry_of(source);
  const std::vector<fs::path> files = find_files(entry, split, data_dir);
  ImageSet images = entry.read(files);
  check(images, entry, files.front());
  images.classes = entry.classes;
  return images;
}

InputPreprocessing default_preprocessing(const std::string& source) {
  return is_own(source) ? InputPreprocessing{.scale = 1.0f / 255.0f}
                        : entry_of(source).preprocessing;
}

bool bears_mirroring(const std::string& source) {
  return !is_own(source) && entry_of(source).bears_mirroring;
}

Shape image_shape(const ImageSet& images) { return {images.channels, images.height, images.width}; }

std::vector<float> prepare(const ImageSet& images, std::int64_t first, std::int64_t count,
                           const InputPreprocessing& preprocessing, Layout layout) {
  if (first < 0 || count < 0 || first > images.count || count > images.count - first) {
    throw Error(Status::kInvalidArgument, "images " + std::to_string(first) + " to " +
                                              std::to_string(first + count) + " of " +
                                              std::to_string(images.count));
  }
  check_preprocessing(preprocessing, images.channels);
  const std::int64_t plane = images.height * images.width;
  std::vector<float> prepared(static_cast<std::size_t>(count * images.channels * plane));
  const std::uint8_t* byte = images.pixels.data() + first * images.channels * plane;
  float* image = prepared.data();
  const std::int64_t pixel_step = layout == Layout::kPixels ? images.channels : 1;
  const std::int64_t channel_step = layout == Layout::kPixels ? 1 : plane;
  for (std::int64_t n = 0; n < count; ++n, image += images.channels * plane) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(images.channels); ++c) {
      const float mean = preprocessing.mean.empty() ? 0.0f : preprocessing.mean[c];
      const float standard_deviation =
          preprocessing.standard_deviation.empty() ? 1.0f : preprocessing.standard_deviation[c];
      float* value = image + static_cast<std::int64_t>(c) * channel_step;
      for (std::int64_t i = 0; i < plane; ++i, value += pixel_step) {
        *value = (static_cast<float>(*byte++) * preprocessing.scale - mean) / standard_deviation;
      }
    }
  }
  return prepared;
}

}  // namespace ockham::datasets
