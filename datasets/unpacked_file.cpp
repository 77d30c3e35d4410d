#include "datasets/unpacked_file.h"

#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/format/files.h"
#include "runtime/graph/error.h"

namespace ockham::datasets {
namespace {

constexpr std::size_t kMaxUnpackedBytes = std::size_t{1} << 30;
constexpr std::size_t kFirstBytes = std::size_t{1} << 16;

[[noreturn]] void damaged(const char* what) { throw Error(Status::kInvalidModel, what); }

/// Room for more output behind the `used` bytes that are there.
std::span<std::byte> grow(std::vector<std::byte>& output, std::size_t used) {
  if (used >= kMaxUnpackedBytes) damaged("unpacks to more than 1 GiB");
  if (used == output.size()) {
    output.resize(std::clamp(2 * output.size(), kFirstBytes, kMaxUnpackedBytes));
  }
  return std::span(output).subspan(used);
}

/// zlib counts in 32 bits.
uInt zlib_count(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::size_t{1} << 30));
}

std::vector<std::byte> unpack_gzip(std::span<const std::byte> packed) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
  // zlib's interface lacks a const; it does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  std::vector<std::byte> output;
  std::size_t used = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::span<std::byte> room = grow(output, used);
    const std::size_t left =
        packed.size() - static_cast<std::size_t>(
                            reinterpret_cast<const std::byte*>(stream.next_in) - packed.data());
    stream.avail_in = zlib_count(left);
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = zlib_count(room.size());
    status = inflate(&stream, Z_NO_FLUSH);
    used = static_cast<std::size_t>(reinterpret_cast<std::byte*>(stream.next_out) - output.data());
  }
  if (status == Z_BUF_ERROR) damaged("gzip data is cut off; get the file again");
  if (status != Z_STREAM_END) damaged("gzip data is damaged; get the file again");
  if (stream.avail_in != 0) damaged("found bytes behind the gzip data; get the file again");
  output.resize(used);
  return output;
}

std::vector<std::byte> unpack_xz(std::span<const std::byte> packed) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, kMaxUnpackedBytes, 0) != LZMA_OK) throw std::bad_alloc();
  const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> owner(&stream, lzma_end);
  stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  std::vector<std::byte> output;
  std::size_t used = 0;
  lzma_ret status = LZMA_OK;
  while (status == LZMA_OK) {
    const std::span<std::byte> room = grow(output, used);
    stream.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    stream.avail_out = room.size();
    status = lzma_code(&stream, LZMA_FINISH);
    used = static_cast<std::size_t>(reinterpret_cast<std::byte*>(stream.next_out) - output.data());
  }
  if (status == LZMA_BUF_ERROR) damaged("xz data is cut off; get the file again");
  if (status != LZMA_STREAM_END) damaged("xz data is damaged; get the file again");
  if (stream.avail_in != 0) damaged("found bytes behind the xz data; get the file again");
  output.resize(used);
  return output;
}

}  // namespace

std::vector<std::byte> read_unpacked(const std::filesystem::path& path) {
  std::vector<std::byte> bytes = read_file(path);
  try {
    if (path.extension() == ".gz") return unpack_gzip(bytes);
    if (path.extension() == ".xz") return unpack_xz(bytes);
  } catch (const Error& error) {
    throw Error(error.status(), path.string() + ": " + error.what());
  }
  return bytes;
}

std::filesystem::path find_packed_or_plain(const std::filesystem::path& folder,
                                           const std::string& name) {
  for (const char* ending : {"", ".gz", ".xz"}) {
    std::filesystem::path path = folder / (name + ending);
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return {};
}

}  // namespace ockham::datasets
