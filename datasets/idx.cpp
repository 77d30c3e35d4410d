#include "datasets/idx.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "datasets/unpacked_file.h"
#include "runtime/format/extents.h"
#include "runtime/graph/error.h"

namespace ockham::datasets {
namespace {

struct IdxArray {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> bytes;
};

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
  throw Error(Status::kInvalidModel, path.string() + ": " + what + "; get the file again");
}

std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8 | std::to_integer<std::uint32_t>(bytes[offset + i]);
  }
  return number;
}

/// An IDX file of bytes with `rank` axes, none of them empty.
IdxArray read_idx(const std::filesystem::path& path, std::size_t rank) {
  const std::vector<std::byte> file = read_unpacked(path);
  const std::size_t header = 4 + 4 * rank;
  if (file.size() < header) {
    damaged(path, "found " + std::to_string(file.size()) + " bytes, the IDX header alone needs " +
                      std::to_string(header));
  }
  constexpr std::uint32_t kUnsignedBytes = 8;
  const std::uint32_t expected_magic = kUnsignedBytes << 8 | static_cast<std::uint32_t>(rank);
  if (big_endian(file, 0) != expected_magic) {
    damaged(path, "magic number: found " + std::to_string(big_endian(file, 0)) + ", expected " +
                      std::to_string(expected_magic));
  }
  IdxArray array;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    array.extents.push_back(big_endian(file, 4 + 4 * axis));
    if (array.extents.back() == 0)
      damaged(path, "extent of axis " + std::to_string(axis) + " is 0");
  }
  const std::span<const std::byte> data = std::span(file).subspan(header);
  const auto expected = byte_size(array.extents, 1);
  if (!expected || static_cast<std::uint64_t>(*expected) != data.size()) {
    damaged(path, "found " + std::to_string(data.size()) + " bytes of data, its header promises " +
                      (expected ? std::to_string(*expected) : "an impossible number"));
  }
  array.bytes.resize(data.size());
  std::memcpy(array.bytes.data(), data.data(), data.size());
  return array;
}

}  // namespace

ImageSet read_idx_split(std::span<const std::filesystem::path> files) {
  IdxArray images = read_idx(files[0], 3);
  IdxArray labels = read_idx(files[1], 1);
  if (labels.extents[0] != images.extents[0]) {
    damaged(files[1], "found " + std::to_string(labels.extents[0]) + " labels for the " +
                          std::to_string(images.extents[0]) + " images of " + files[0].string());
  }
  return {.count = images.extents[0],
          .channels = 1,
          .height = images.extents[1],
          .width = images.extents[2],
          .pixels = std::move(images.bytes),
          .labels = {labels.bytes.begin(), labels.bytes.end()}};
}

}  // namespace ockham::datasets
