#include "datasets/cifar.h"

#include <cstring>
#include <string>

#include "datasets/unpacked_file.h"
#include "runtime/graph/error.h"

namespace ockham::datasets {
namespace {

constexpr std::int64_t kChannels = 3, kSide = 32;
constexpr std::size_t kImageBytes = static_cast<std::size_t>(kChannels * kSide * kSide);
constexpr std::size_t kRecordBytes = 1 + kImageBytes;

void append_records(const std::filesystem::path& path, ImageSet& images) {
  const std::vector<std::byte> file = read_unpacked(path);
  if (file.empty() || file.size() % kRecordBytes != 0) {
    throw Error(Status::kInvalidModel, path.string() + ": found " + std::to_string(file.size()) +
                                           " bytes, expected a multiple of " +
                                           std::to_string(kRecordBytes) +
                                           " (a label and 3 x 32 x 32 bytes); get the file again");
  }
  const std::size_t records = file.size() / kRecordBytes, before = images.labels.size();
  images.labels.resize(before + records);
  images.pixels.resize((before + records) * kImageBytes);
  for (std::size_t i = 0; i < records; ++i) {
    const std::byte* record = file.data() + i * kRecordBytes;
    images.labels[before + i] = std::to_integer<std::int32_t>(*record);
    std::memcpy(images.pixels.data() + (before + i) * kImageBytes, record + 1, kImageBytes);
  }
}

}  // namespace

ImageSet read_cifar_split(std::span<const std::filesystem::path> files) {
  ImageSet images{.channels = kChannels, .height = kSide, .width = kSide};
  for (const std::filesystem::path& file : files) append_records(file, images);
  images.count = static_cast<std::int64_t>(images.labels.size());
  return images;
}

}  // namespace ockham::datasets
