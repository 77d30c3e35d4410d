// Writing pictures for tests.
#pragma once

#include <gtest/gtest.h>
#include <png.h>
#include <turbojpeg.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "datasets/picture.h"

namespace ockham::datasets {

/// One colour all over.
inline Picture plain_picture(std::int64_t height, std::int64_t width,
                             const std::vector<std::uint8_t>& colour) {
  Picture picture{.height = height, .width = width, .channels = std::ssize(colour)};
  for (std::int64_t i = 0; i < height * width; ++i) {
    picture.bytes.insert(picture.bytes.end(), colour.begin(), colour.end());
  }
  return picture;
}

inline void write_png(const std::filesystem::path& path, const Picture& picture) {
  std::filesystem::create_directories(path.parent_path());
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.height = static_cast<png_uint_32>(picture.height);
  png.width = static_cast<png_uint_32>(picture.width);
  png.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  ASSERT_NE(png_image_write_to_file(&png, path.c_str(), 0, picture.bytes.data(), 0, nullptr), 0);
}

inline void write_jpeg(const std::filesystem::path& path, const Picture& picture) {
  std::filesystem::create_directories(path.parent_path());
  tjhandle jpeg = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): as the library has it
  const bool is_grey = picture.channels == 1;
  ASSERT_EQ(tjCompress2(jpeg, picture.bytes.data(), static_cast<int>(picture.width), 0,
                        static_cast<int>(picture.height), is_grey ? TJPF_GRAY : TJPF_RGB, &bytes,
                        &size, is_grey ? TJSAMP_GRAY : TJSAMP_444, 100, 0),
            0);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  tjFree(bytes);
  tjDestroy(jpeg);
}

}  // namespace ockham::datasets
