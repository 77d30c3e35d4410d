#include "runtime/format/foreign_file.h"

#include <algorithm>
#include <array>

#include "runtime/format/container_layout.h"

namespace ockham::format {
namespace {

using namespace std::string_view_literals;

/// Files that hold `mark` at `offset`.
struct Kind {
  std::size_t offset;
  std::string_view mark;
  std::string_view advice;
};

constexpr std::string_view kModelFile =
    "this is an .ockham model file, which is what ockham-convert makes; give the ONNX file that it "
    "was made from";
constexpr std::string_view kOnnx =
    "this is an ONNX file; make a model file of it: ockham-convert FILE.onnx -o FILE.ockham";
constexpr std::string_view kPytorch =
    "this is a PyTorch file or another archive; export the network by torch.onnx.export";
constexpr std::string_view kWebPage =
    "this is a web page, not the file itself; download that again";

constexpr std::array kKinds = {
    Kind{0, "PK\x03\x04"sv, kPytorch},
    Kind{0, "\x80\x02"sv, kPytorch},
    Kind{0, "\x89HDF\r\n\x1a\n"sv, "this is an HDF5 file, as Keras saves; export it by tf2onnx"},
    Kind{4, "TFL3"sv, "this is a TensorFlow Lite file; export the network as ONNX, by tf2onnx"},
    Kind{8, "{\""sv, "this is a safetensors file, weights alone; export the network as ONNX"},
    Kind{0, "version https://git-lfs"sv,
         "this is a Git LFS pointer, not the file itself; get that by git lfs pull"},
    Kind{0, "<!DOCTYPE"sv, kWebPage},
    Kind{0, "<!doctype"sv, kWebPage},
    Kind{0, "<html"sv, kWebPage},
    Kind{0, "\x1f\x8b"sv, "this is packed by gzip; unpack it: gunzip"},
    Kind{0, "\x93NUMPY"sv, "this is a .npy file, which holds an array, not a network"},
};

/// An ONNX file begins with its IR version: field 1, a small number.
bool is_onnx(std::string_view start) {
  return start.size() > 2 && start[0] == 0x08 && start[1] > 0 && start[1] < 32;
}

}  // namespace

std::string_view foreign_file(std::span<const std::byte> start, ExpectedFile expected) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  const std::string_view magic(reinterpret_cast<const char*>(kMagic.data()), kMagic.size());
  if (text.starts_with(magic)) return expected == ExpectedFile::kModel ? "" : kModelFile;
  if (is_onnx(text)) return expected == ExpectedFile::kOnnx ? "" : kOnnx;
  const auto kind = std::ranges::find_if(kKinds, [&](const Kind& one) {
    return text.size() > one.offset && text.substr(one.offset).starts_with(one.mark);
  });
  return kind == kKinds.end() ? std::string_view() : kind->advice;
}

}  // namespace ockham::format
