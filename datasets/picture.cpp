#include "datasets/picture.h"

#ifdef OCKHAM_PNG
#include <png.h>
#endif
#ifdef OCKHAM_JPEG
#include <turbojpeg.h>
#endif

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "runtime/graph/error.h"

namespace ockham::datasets {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

std::string ending(const std::filesystem::path& path) {
  std::string text = path.extension().string();
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return text;
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
  throw Error(Status::kInvalidModel, path.string() + ": " + what + "; get the file again");
}

void check_extents(const std::filesystem::path& path, std::int64_t height, std::int64_t width) {
  if (height < 1 || width < 1) damaged(path, "the picture is empty");
  if (height > kMostPixels / width) {
    throw Error(Status::kUnsupported, path.string() + ": " + std::to_string(width) + " x " +
                                          std::to_string(height) +
                                          " pixels, expected at most 2^26; shrink it first");
  }
}

std::vector<unsigned char> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Status::kNotFound, path.string() + ": cannot be opened");
  std::vector<unsigned char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) throw Error(Status::kIo, path.string() + ": cannot be read");
  return bytes;
}

[[noreturn, maybe_unused]] void not_built(const std::filesystem::path& path, const char* library) {
  throw Error(Status::kUnsupported, path.string() + ": this build has no " + library +
                                        "; install its headers and build again");
}

#ifdef OCKHAM_PNG
/// Bytes of colours or grey, each with its opacity behind it, laid over black.
std::vector<std::uint8_t> over_black(const std::vector<std::uint8_t>& bytes, std::size_t channels) {
  std::vector<std::uint8_t> laid;
  laid.reserve(bytes.size() / (channels + 1) * channels);
  for (std::size_t pixel = 0; pixel < bytes.size(); pixel += channels + 1) {
    const int opacity = bytes[pixel + channels];
    for (std::size_t c = 0; c < channels; ++c) {
      laid.push_back(static_cast<std::uint8_t>((bytes[pixel + c] * opacity + 127) / 255));
    }
  }
  return laid;
}

Picture read_png(const std::filesystem::path& path, const std::vector<unsigned char>& file) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> owner(&png, png_image_free);
  if (png_image_begin_read_from_memory(&png, file.data(), file.size()) == 0) {
    damaged(path, png.message);
  }
  check_extents(path, png.height, png.width);
  const bool has_colour = (png.format & PNG_FORMAT_FLAG_COLOR) != 0;
  // 16 bits are shades like those of 8, not amounts of light.
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  png.format = has_colour ? PNG_FORMAT_RGBA : PNG_FORMAT_GA;
  Picture picture{.height = png.height, .width = png.width, .channels = has_colour ? 3 : 1};
  picture.bytes.resize(PNG_IMAGE_SIZE(png));
  if (png_image_finish_read(&png, nullptr, picture.bytes.data(), 0, nullptr) == 0) {
    damaged(path, png.message);
  }
  picture.bytes = over_black(picture.bytes, static_cast<std::size_t>(picture.channels));
  return picture;
}
#endif

#ifdef OCKHAM_JPEG
Picture read_jpeg(const std::filesystem::path& path, const std::vector<unsigned char>& file) {
  const std::unique_ptr<void, decltype(&tjDestroy)> jpeg(tjInitDecompress(), tjDestroy);
  int width = 0, height = 0, sampling = 0, colours = 0;
  if (tjDecompressHeader3(jpeg.get(), file.data(), file.size(), &width, &height, &sampling,
                          &colours) != 0) {
    damaged(path, tjGetErrorStr2(jpeg.get()));
  }
  check_extents(path, height, width);
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    throw Error(Status::kUnsupported, path.string() +
                                          ": has the four colours of print (CMYK); "
                                          "convert it to RGB");
  }
  const bool is_grey = colours == TJCS_GRAY;
  Picture picture{.height = height, .width = width, .channels = is_grey ? 1 : 3};
  picture.bytes.resize(static_cast<std::size_t>(picture.height * picture.width * picture.channels));
  if (tjDecompress2(jpeg.get(), file.data(), file.size(), picture.bytes.data(), width, 0, height,
                    is_grey ? TJPF_GRAY : TJPF_RGB,
                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0) {
    damaged(path, tjGetErrorStr2(jpeg.get()));
  }
  return picture;
}
#endif

/// Whether the file is a PNG file, whatever its name says.
bool begins_as_png(const std::vector<unsigned char>& file) {
  constexpr std::array<unsigned char, 4> kBegin = {0x89, 'P', 'N', 'G'};
  return file.size() >= kBegin.size() && std::equal(kBegin.begin(), kBegin.end(), file.begin());
}

/// What one pixel of a scaled axis is made of.
struct Taps {
  std::int64_t first = 0;
  std::vector<float> weights;  ///< of the pixels from there on; their sum is 1
};

/// Taps for `count` pixels of an axis of `extent` pixels, scaled by `scale` (above 1: shrunk), of
/// whose result the first is number `offset`.
std::vector<Taps> taps_of(std::int64_t extent, double scale, double offset, std::int64_t count) {
  const double reach = std::max(1.0, scale);
  std::vector<Taps> all(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const double middle = (static_cast<double>(i) + offset + 0.5) * scale - 0.5;
    const auto from = std::max<std::int64_t>(0, std::lround(std::ceil(middle - reach)));
    const auto to = std::min<std::int64_t>(extent - 1, std::lround(std::floor(middle + reach)));
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = std::min(from, extent - 1);
    double sum = 0.0;
    for (std::int64_t at = taps.first; at <= std::max(to, taps.first); ++at) {
      const double weight =
          std::max(1e-9, 1.0 - std::abs(static_cast<double>(at) - middle) / reach);
      taps.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    for (float& weight : taps.weights) weight = static_cast<float>(weight / sum);
  }
  return all;
}

/// One channel, or all weighed into one, as floats [height, width].
std::vector<float> plane_of(const Picture& picture, std::int64_t channel, bool weighed) {
  constexpr float kWeights[] = {0.299f, 0.587f, 0.114f};
  const auto pixels = static_cast<std::size_t>(picture.height * picture.width);
  const auto step = static_cast<std::size_t>(picture.channels);
  std::vector<float> plane(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* pixel = picture.bytes.data() + i * step;
    if (weighed) {
      for (std::size_t c = 0; c < 3; ++c) plane[i] += kWeights[c] * static_cast<float>(pixel[c]);
    } else {
      plane[i] = static_cast<float>(pixel[channel]);
    }
  }
  return plane;
}

/// Scales rows, then columns.
void scale_plane(const std::vector<float>& plane, std::int64_t width, const std::vector<Taps>& rows,
                 const std::vector<Taps>& columns, std::uint8_t* image) {
  std::vector<float> row(static_cast<std::size_t>(width));
  for (const Taps& of_row : rows) {
    std::ranges::fill(row, 0.0f);
    const float* source = plane.data() + of_row.first * width;
    for (const float weight : of_row.weights) {
      for (std::size_t x = 0; x < row.size(); ++x) row[x] += weight * source[x];
      source += width;
    }
    for (const Taps& of_column : columns) {
      float sum = 0.0f;
      const float* pixel = row.data() + of_column.first;
      for (const float weight : of_column.weights) sum += weight * *pixel++;
      *image++ = static_cast<std::uint8_t>(std::clamp(std::lround(sum), 0l, 255l));
    }
  }
}

}  // namespace

bool is_picture(const std::filesystem::path& path) {
  const std::string end = ending(path);
  return end == ".png" || end == ".jpg" || end == ".jpeg";
}

Picture read_picture(const std::filesystem::path& path) {
  const std::vector<unsigned char> file = bytes_of(path);
  if (file.empty()) damaged(path, "the file is empty");
  if (begins_as_png(file)) {
#ifdef OCKHAM_PNG
    return read_png(path, file);
#else
    not_built(path, "libpng");
#endif
  }
#ifdef OCKHAM_JPEG
  return read_jpeg(path, file);
#else
  not_built(path, "libturbojpeg");
#endif
}

std::vector<std::uint8_t> fit(const Picture& picture, const Shape& image) {
  const std::int64_t channels = image[0], height = image[1], width = image[2];
  const auto ratio = [](std::int64_t of, std::int64_t to) {
    return static_cast<double>(of) / static_cast<double>(to);
  };
  const double scale = std::min(ratio(picture.height, height), ratio(picture.width, width));
  const auto middle = [scale](std::int64_t of, std::int64_t to) {
    return 0.5 * (static_cast<double>(of) / scale - static_cast<double>(to));
  };
  const auto rows = taps_of(picture.height, scale, middle(picture.height, height), height);
  const auto columns = taps_of(picture.width, scale, middle(picture.width, width), width);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(channels * height * width));
  const bool weighed = channels == 1 && picture.channels == 3;
  for (std::int64_t c = 0; c < channels; ++c) {
    const std::int64_t source = std::min(c, picture.channels - 1);
    scale_plane(plane_of(picture, source, weighed), picture.width, rows, columns,
                bytes.data() + c * height * width);
  }
  return bytes;
}

}  // namespace ockham::datasets
