#include "training/data/data.h"

#include <cstring>

#include "datasets/preprocessing.h"
#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"

namespace ockham::training {
namespace {

LabelledImages to_tensors(const datasets::ImageSet& set, const torch::Device& device) {
  const std::vector<std::int64_t> shape = {set.count, set.channels, set.height, set.width};
  torch::Tensor images = torch::empty(shape, torch::kUInt8);
  std::memcpy(images.data_ptr(), set.pixels.data(), set.pixels.size());
  torch::Tensor labels = torch::empty({set.count}, torch::kInt32);
  std::memcpy(labels.data_ptr(), set.labels.data(), labels.nbytes());
  return {images.to(device), labels.to(torch::kInt64).to(device)};
}

LabelledImages select(const LabelledImages& set, const torch::Tensor& indices) {
  return {set.images.index_select(0, indices), set.labels.index_select(0, indices)};
}

/// One number per channel as [1, C, 1, 1], on the device of `x`.
torch::Tensor per_channel(const std::vector<float>& values, const torch::Tensor& x) {
  return torch::tensor(values).reshape({1, -1, 1, 1}).to(x.device());
}

void check_extents(const Settings& settings, const Shape& train, const Shape& test) {
  const auto refuse = [&](const std::string& text) {
    throw Error(Status::kInvalidArgument, "--data " + settings.data + ": " + text);
  };
  if (settings.image && *settings.image != train) {
    refuse("its arrays hold images " + train.text() +
           " and stay as they are; leave --image-size away");
  }
  if (test != train) refuse("test images are " + test.text() + ", training images " + train.text());
}

}  // namespace

torch::Tensor TrainingData::prepared(const torch::Tensor& images) const {
  torch::Tensor x = images.to(torch::kFloat32);
  x.mul_(preprocessing.scale);
  if (!preprocessing.mean.empty()) x.sub_(per_channel(preprocessing.mean, x));
  if (!preprocessing.standard_deviation.empty())
    x.div_(per_channel(preprocessing.standard_deviation, x));
  switch (layout) {
    case datasets::Layout::kPixels:
      return x.permute({0, 2, 3, 1}).contiguous();
    case datasets::Layout::kFlat:
      return x.flatten(1);
    case datasets::Layout::kPlanes:
      break;
  }
  return x;
}

TrainingData load_data(const Settings& settings, const std::optional<Shape>& image,
                       const torch::Device& device) {
  const datasets::ImageSet all =
      datasets::load(settings.data, datasets::Split::kTrain, settings.data_dir, image);
  const datasets::ImageSet test =
      datasets::load(settings.data, datasets::Split::kTest, settings.data_dir,
                     image ? image : datasets::image_shape(all));
  TrainingData data;
  data.preprocessing = datasets::spread_over_channels(
      settings.preprocessing.value_or(datasets::default_preprocessing(settings.data)),
      all.channels);
  data.image = datasets::image_shape(all);
  check_extents(settings, data.image, datasets::image_shape(test));
  data.classes = all.classes;
  data.test = to_tensors(test, device);

  const auto held_out =
      static_cast<std::int64_t>(static_cast<double>(all.count) * settings.validation_split);
  if (held_out < 1 || held_out >= all.count) {
    throw Error(Status::kInvalidArgument, "--val-split " + number_text(settings.validation_split) +
                                              " leaves no image for training or for validation");
  }
  auto generator = torch::make_generator<torch::CPUGeneratorImpl>(settings.seed);
  const torch::Tensor order =
      torch::randperm(all.count, generator, torch::TensorOptions(torch::kInt64)).to(device);
  const LabelledImages everything = to_tensors(all, device);
  data.validation = select(everything, order.slice(0, 0, held_out));
  data.train = select(everything, order.slice(0, held_out));
  return data;
}

}  // namespace ockham::training
