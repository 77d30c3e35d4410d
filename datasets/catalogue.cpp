#include "datasets/catalogue.h"

#include "datasets/idx.h"

namespace ockham::datasets {
namespace {

/// The files of MNIST and of all that took over its form.
CatalogueEntry mnist_kind(std::string name, std::vector<std::string> folders, std::string source) {
  return {
      .name = std::move(name),
      .folders = std::move(folders),
      .train_files = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
      .test_files = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
      .read = read_idx_split,
      .channels = 1,
      .height = 28,
      .width = 28,
      .classes = 10,
      .preparation = {.scale = 1.0f / 255.0f},
      .source = std::move(source),
  };
}

}  // namespace

const std::vector<CatalogueEntry>& catalogue() {
  static const std::vector<CatalogueEntry> entries = {
      mnist_kind("mnist", {"mnist", "MNIST", "MNIST/raw"},
                 "https://ossci-datasets.s3.amazonaws.com/mnist/"),
      mnist_kind("fashion-mnist", {"fashion-mnist", "FashionMNIST", "FashionMNIST/raw"},
                 "the Debian package dataset-fashion-mnist or "
                 "https://github.com/zalandoresearch/fashion-mnist"),
  };
  return entries;
}

}  // namespace ockham::datasets
