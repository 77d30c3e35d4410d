// Loads a model, runs it on a made-up picture, and prints what it answers.
//
//   load_and_run MODEL.ockham
#include <cstdio>
#include <exception>
#include <vector>

#include "ockham/ockham.hpp"

namespace {

/// A picture whose bytes go through all greys, prepared as the model wants it.
std::vector<float> made_up_picture(const ockham::Model& model) {
  const ockham::ValueInfo& input = model.inputs()[0];
  const ockham::Preprocessing preprocessing = model.preprocessing();
  const std::size_t channels = input.shape.size() > 1 ? std::size_t(input.shape[1]) : 1;
  const std::size_t pixels = input.elements_per_image() / channels;

  std::vector<float> picture;
  for (std::size_t c = 0; c < channels; ++c) {
    const float mean = preprocessing.mean.empty() ? 0.0f : preprocessing.mean[c];
    const float standard_deviation =
        preprocessing.standard_deviation.empty() ? 1.0f : preprocessing.standard_deviation[c];
    for (std::size_t i = 0; i < pixels; ++i) {
      const auto byte = static_cast<float>(i % 256);
      picture.push_back((byte * float(preprocessing.scale) - mean) / standard_deviation);
    }
  }
  return picture;
}

void load_and_run(const char* path) {
  const ockham::Model model(path);
  ockham::Session session(model);
  const std::vector<float> scores = session.run(made_up_picture(model));
  for (std::size_t i = 0; i < scores.size(); ++i) std::printf("%zu: %g\n", i, double(scores[i]));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s MODEL.ockham\n", argv[0]);
    return 2;
  }
  try {
    load_and_run(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
  return 0;
}
