#include "datasets/catalogue.h"

#include "datasets/cifar.h"
#include "datasets/idx.h"

namespace ockham::datasets {
namespace {

/// The files of MNIST and of all that took over its form.
CatalogueEntry mnist_kind(std::string name, std::vector<std::string> folders, std::string source,
                          bool bears_mirroring) {
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
      .preprocessing = {.scale = 1.0f / 255.0f},
      .bears_mirroring = bears_mirroring,
      .source = std::move(source),
  };
}

/// Mean and standard deviation of the training images, as usually given.
CatalogueEntry cifar10() {
  return {
      .name = "cifar10",
      .folders = {"cifar10", "cifar-10-batches-bin", "CIFAR10/cifar-10-batches-bin"},
      .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                      "data_batch_4.bin", "data_batch_5.bin"},
      .test_files = {"test_batch.bin"},
      .read = read_cifar_split,
      .channels = 3,
      .height = 32,
      .width = 32,
      .classes = 10,
      .preprocessing = {.scale = 1.0f / 255.0f,
                        .mean = {0.4914f, 0.4822f, 0.4465f},
                        .standard_deviation = {0.2470f, 0.2435f, 0.2616f}},
      .bears_mirroring = true,
      .source = "https://www.cs.toronto.edu/~kriz/cifar.html (the binary version)",
  };
}

}  // namespace

const std::vector<CatalogueEntry>& catalogue() {
  static const std::vector<CatalogueEntry> entries = {
      mnist_kind("mnist", {"mnist", "MNIST", "MNIST/raw"},
                 "https://ossci-datasets.s3.amazonaws.com/mnist/", /*bears_mirroring=*/false),
      mnist_kind("fashion-mnist", {"fashion-mnist", "FashionMNIST", "FashionMNIST/raw"},
                 "the Debian package dataset-fashion-mnist or "
                 "https://github.com/zalandoresearch/fashion-mnist",
                 /*bears_mirroring=*/true),
      mnist_kind("kmnist", {"kmnist", "KMNIST", "KMNIST/raw"},
                 "http://codh.rois.ac.jp/kmnist/ (Kuzushiji-MNIST)", /*bears_mirroring=*/false),
      cifar10(),
  };
  return entries;
}

}  // namespace ockham::datasets
