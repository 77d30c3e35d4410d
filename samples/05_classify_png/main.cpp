// Says which class of a model a picture belongs to: its bytes go into the network as they are.
//
//   classify_png MODEL.ockham PICTURE.png
#include <png.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "ockham/ockham.hpp"

namespace {

/// The pixels of a file, row by row, of as many channels and of the extents that the model takes.
std::vector<std::uint8_t> read_png(const char* path, const ockham::ValueInfo& input) {
  const std::int64_t channels = input.shape[1], height = input.shape[2], width = input.shape[3];
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, path) == 0) throw std::runtime_error(image.message);
  if (image.width != width || image.height != height) {
    png_image_free(&image);
    throw std::runtime_error(std::string(path) + " is not of " + std::to_string(width) + "x" +
                             std::to_string(height) + " pixels, which the model takes");
  }
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  const png_color black{};  // behind what is transparent
  if (png_image_finish_read(&image, &black, pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error(image.message);
  }
  return pixels;
}

void classify(const char* model_path, const char* picture_path) {
  ockham::check_version();
  const ockham::Model model(model_path);
  const ockham::ValueInfo& input = model.inputs()[0];
  if (input.shape.size() != 4 || (input.shape[1] != 1 && input.shape[1] != 3)) {
    throw std::runtime_error("the model takes no pictures of one or three channels");
  }
  ockham::SessionOptions options;
  options.input_formats = {{OCKHAM_NHWC, OCKHAM_UINT8}};  // prepared as the model says
  ockham::Session session(model, options);
  const std::vector<float> scores = session.run_bytes(read_png(picture_path, input));
  const auto best = std::max_element(scores.begin(), scores.end());
  std::printf("class %td, score %g\n", best - scores.begin(), double(*best));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s MODEL.ockham PICTURE.png\n", argv[0]);
    return 2;
  }
  try {
    classify(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
  return 0;
}
