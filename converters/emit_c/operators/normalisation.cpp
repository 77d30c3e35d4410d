// Softmax along an axis, and local response normalisation across channels.
#include "converters/emit_c/operators/emitters.h"
#include "runtime/reference/lines.h"

namespace ockham::converters::c_code {
namespace {

constexpr const char* kSoftmax = R"(  for (int line = 0; line < OUTER * INNER; ++line) {
    const int first = line / INNER * EXTENT * INNER + line % INNER;
    float largest = x[first], sum = 0.0f;
    for (int i = 0; i < EXTENT; ++i)
      if (largest < x[first + i * INNER]) largest = x[first + i * INNER];
    for (int i = 0; i < EXTENT; ++i) sum += expf(x[first + i * INNER] - largest);
    for (int i = 0; i < EXTENT; ++i) {
      const float below = x[first + i * INNER] - largest;
      y[first + i * INNER] = RESULT;
    }
  }
)";

constexpr const char* kHardmax = R"(  for (int line = 0; line < OUTER * INNER; ++line) {
    const int first = line / INNER * EXTENT * INNER + line % INNER;
    int largest = 0;
    for (int i = 1; i < EXTENT; ++i)
      if (x[first + i * INNER] > x[first + largest * INNER]) largest = i;
    for (int i = 0; i < EXTENT; ++i) y[first + i * INNER] = i == largest ? 1.0f : 0.0f;
  }
)";

constexpr const char* kLrn = R"(  for (int c = 0; c < CHANNELS; ++c) {
    const int first = c > BEFORE ? c - BEFORE : 0;
    const int end = c + BEHIND < CHANNELS ? c + BEHIND + 1 : CHANNELS;
    for (int p = 0; p < PIXELS; ++p) {
      float sum = 0.0f;
      for (int k = first; k < end; ++k) sum += x[k * PIXELS + p] * x[k * PIXELS + p];
      y[c * PIXELS + p] = x[c * PIXELS + p] / powf(BIAS + ALPHA / SIZE * sum, BETA);
    }
  }
)";

std::string softmax_text(SoftmaxKind kind) {
  if (kind == SoftmaxKind::kHardmax) return kHardmax;
  const bool is_log = kind == SoftmaxKind::kLogSoftmax;
  return replaced(kSoftmax, {{"RESULT", is_log ? "below - logf(sum)" : "expf(below) / sum"}});
}

}  // namespace

void emit(const Softmax& op, StepWriter& writer) {
  const reference::Lines lines(writer.output_shape().with_batch(1), op.axis);
  writer.constant("OUTER", lines.outer);
  writer.constant("EXTENT", lines.extent);
  writer.constant("INNER", lines.inner);
  writer.body(softmax_text(op.kind));
}

void emit(const Lrn& op, StepWriter& writer) {
  const Shape& shape = writer.output_shape();
  writer.constant("CHANNELS", shape[1]);
  writer.constant("PIXELS", shape.elements() / shape[1]);
  writer.constant("BEFORE", std::min(shape[1], (op.size - 1) / 2));
  writer.constant("BEHIND", std::min(shape[1], op.size / 2));
  writer.body(replaced(kLrn, {{"BIAS", literal(op.bias)},
                              {"ALPHA", literal(op.alpha)},
                              {"SIZE", literal(static_cast<float>(op.size))},
                              {"BETA", literal(op.beta)}}));
}

}  // namespace ockham::converters::c_code
