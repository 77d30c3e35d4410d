#include "converters/emit_c/operators/emitters.h"
#include "converters/emit_c/operators/unary_expression.h"

namespace ockham::converters::c_code {
namespace {

/// What reference/unary.cpp computes of x, ALPHA and BETA.
const char* expression(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kRelu:
      return "x < 0.0f ? 0.0f : x";
    case UnaryKind::kLeakyRelu:
      return "x < 0.0f ? ALPHA * x : x";
    case UnaryKind::kClip:
      return "x < ALPHA ? ALPHA : x > BETA ? BETA : x";
    case UnaryKind::kSigmoid:
      return "1.0f / (1.0f + expf(-x))";
    case UnaryKind::kTanh:
      return "tanhf(x)";
    case UnaryKind::kHardSigmoid:
      return "CLAMP(ALPHA * x + BETA)";
    case UnaryKind::kHardSwish:
      return "x * CLAMP(x / 6.0f + 0.5f)";
    case UnaryKind::kElu:
      return "x < 0.0f ? ALPHA * expm1f(x) : x";
    case UnaryKind::kSoftplus:
      return "(x < 0.0f ? 0.0f : x) + log1pf(expf(-fabsf(x)))";
    case UnaryKind::kGelu:
      return "x / 2.0f * (1.0f + erff(x / 1.41421356f))";
    case UnaryKind::kTanhGelu:
      return "x / 2.0f * (1.0f + tanhf(0.797884561f * (x + 0.044715f * x * x * x)))";
    case UnaryKind::kExp:
      return "expf(x)";
    case UnaryKind::kSqrt:
      return "sqrtf(x)";
    case UnaryKind::kErf:
      return "erff(x)";
    case UnaryKind::kNeg:
      return "-x";
    case UnaryKind::kAbs:
      return "fabsf(x)";
    case UnaryKind::kReciprocal:
      return "1.0f / x";
    case UnaryKind::kFloor:
      return "floorf(x)";
    case UnaryKind::kCeil:
      return "ceilf(x)";
    case UnaryKind::kRound:
      return "nearbyintf(x)";
    case UnaryKind::kSign:
      return "x != x ? x : (float)((x > 0.0f) - (x < 0.0f))";
    case UnaryKind::kLog:
      return "logf(x)";
    case UnaryKind::kSin:
      return "sinf(x)";
    case UnaryKind::kCos:
      return "cosf(x)";
    case UnaryKind::kTan:
      return "tanf(x)";
    case UnaryKind::kAsin:
      return "asinf(x)";
    case UnaryKind::kAcos:
      return "acosf(x)";
    case UnaryKind::kAtan:
      return "atanf(x)";
    case UnaryKind::kSinh:
      return "sinhf(x)";
    case UnaryKind::kCosh:
      return "coshf(x)";
    case UnaryKind::kAsinh:
      return "asinhf(x)";
    case UnaryKind::kAcosh:
      return "acoshf(x)";
    case UnaryKind::kAtanh:
      return "atanhf(x)";
    case UnaryKind::kSelu:
      return "BETA * (x > 0.0f ? x : ALPHA * expm1f(x))";
    case UnaryKind::kCelu:
      return "x > 0.0f ? x : ALPHA * expm1f(x / ALPHA)";
    case UnaryKind::kMish:
      return "x * tanhf((x < 0.0f ? 0.0f : x) + log1pf(expf(-fabsf(x))))";
    case UnaryKind::kSoftsign:
      return "x / (1.0f + fabsf(x))";
    case UnaryKind::kThresholdedRelu:
      return "x > ALPHA ? x : 0.0f";
    case UnaryKind::kShrink:
      return "x > ALPHA ? x - BETA : x < -(ALPHA) ? x + BETA : 0.0f";
  }
  return "x";
}

std::string clamp_function(Helpers& helpers) {
  return helpers.add("clamp",
                     "static inline float NAME(float x) {\n"
                     "  return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;\n"
                     "}\n");
}

}  // namespace

std::string unary_function(const Unary& op, Helpers& helpers) {
  std::string text = expression(op.kind);
  if (text.find("CLAMP") != std::string::npos) {
    text = replaced(text, {{"CLAMP", clamp_function(helpers)}});
  }
  text = replaced(text, {{"ALPHA", literal(op.alpha)}, {"BETA", literal(op.beta)}});
  return helpers.add("apply_" + std::string(name_of(op.kind)),
                     "static inline float NAME(float x) {\n  return " + text + ";\n}\n");
}

std::string maximum_function(Helpers& helpers) {
  return helpers.add("maximum",
                     "/* What is not a number wins. */\n"
                     "static inline float NAME(float a, float b) {\n"
                     "  return a > b || a != a ? a : b;\n"
                     "}\n");
}

std::string minimum_function(Helpers& helpers) {
  return helpers.add("minimum",
                     "/* What is not a number wins. */\n"
                     "static inline float NAME(float a, float b) {\n"
                     "  return a < b || a != a ? a : b;\n"
                     "}\n");
}

void emit(const Unary& op, StepWriter& writer) {
  const std::string function = unary_function(op, writer.helpers());
  writer.loop(writer.output_shape().elements(), "y[i] = " + function + "(x[i]);");
}

}  // namespace ockham::converters::c_code
