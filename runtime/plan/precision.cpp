#include "runtime/plan/precision.h"

namespace ockham {

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "fp32";
    case Precision::kTf32:
      return "tf32";
    case Precision::kFloat16:
      return "fp16";
    case Precision::kBfloat16:
      return "bf16";
  }
  return "?";
}

double tolerance_of(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return 1e-5;
    case Precision::kTf32:
    case Precision::kFloat16:
      return 1e-2;
    case Precision::kBfloat16:
      return 8e-2;
  }
  return 0.0;
}

}  // namespace ockham
