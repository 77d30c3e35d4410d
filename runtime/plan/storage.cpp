#include "runtime/plan/storage.h"

namespace ockham {

std::string_view name_of(StoredType type) {
  switch (type) {
    case StoredType::kFloat32:
      return "fp32";
    case StoredType::kFloat16:
      return "fp16";
    case StoredType::kBfloat16:
      return "bf16";
    case StoredType::kUint8:
      return "uint8";
  }
  return "?";
}

std::string_view layout_name(Layout layout) {
  return layout == Layout::kRowMajor ? "nchw" : "nhwc";
}

std::int64_t ChannelsLast::channels(std::int64_t count) const {
  if (!pads) return count;
  for (const std::int64_t few : {4, 8, 16}) {
    if (count <= few) return few;
  }
  constexpr std::int64_t kStep = 32;
  return (count + kStep - 1) / kStep * kStep;
}

bool ChannelsLast::differs(const Shape& shape) const {
  if (shape.rank() != 4 && shape.rank() != 2) return false;
  if (type != StoredType::kFloat32 || channels(shape[1]) != shape[1]) return true;
  return shape.rank() == 4 && shape[1] != 1 && shape[2] * shape[3] != 1;
}

std::int64_t ChannelsLast::elements(const Shape& shape) const {
  if (!differs(shape)) return shape.elements();
  return shape.elements() / shape[1] * channels(shape[1]);
}

}  // namespace ockham
