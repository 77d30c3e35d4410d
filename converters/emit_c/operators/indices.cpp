// Where along an axis numbers stand: ArgExtreme and TopK.
#include "converters/emit_c/operators/emitters.h"
#include "runtime/reference/lines.h"

namespace ockham::converters::c_code {
namespace {

constexpr const char* kArgExtreme = R"(  for (int line = 0; line < OUTER * INNER; ++line) {
    const float* const from = x + line / INNER * EXTENT * INNER + line % INNER;
    int found = 0;
    for (int i = 1; i < EXTENT; ++i)
      if (from[i * INNER] COMPARE from[found * INNER]) found = i;
    y[line] = (float)found;
  }
)";

/// Whether a, at position i, comes before b, at position j: what is no number last, of equal
/// numbers the first.
constexpr const char* kIsBefore = R"(static inline int NAME(float a, int i, float b, int j) {
  if ((a != a) != (b != b)) return b != b;
  if (a < b || a > b) return a COMPARE b;
  return i < j;
}
)";

constexpr const char* kTopK = R"(  for (int line = 0; line < OUTER * INNER; ++line) {
    const float* const from = x + line / INNER * EXTENT * INNER + line % INNER;
    float* const to = y + line / INNER * COUNT * INNER + line % INNER;
    int last = -1;
    for (int k = 0; k < COUNT; ++k) {
      int found = -1;
      for (int i = 0; i < EXTENT; ++i) {
        if (last >= 0 && !IS_BEFORE(from[last * INNER], last, from[i * INNER], i)) continue;
        if (found < 0 || IS_BEFORE(from[i * INNER], i, from[found * INNER], found)) found = i;
      }
      to[k * INNER] = RESULT;
      last = found;
    }
  }
)";

void line_constants(const reference::Lines& lines, StepWriter& writer) {
  writer.constant("OUTER", lines.outer);
  writer.constant("EXTENT", lines.extent);
  writer.constant("INNER", lines.inner);
}

}  // namespace

void emit(const ArgExtreme& op, StepWriter& writer) {
  line_constants({writer.input_shape(0).with_batch(1), op.axis}, writer);
  const std::string sign = op.kind == ArgKind::kMax ? ">" : "<";
  writer.body(replaced(kArgExtreme, {{"COMPARE", sign + (op.takes_last ? "=" : "")}}));
}

void emit(const TopK& op, StepWriter& writer) {
  line_constants({writer.input_shape(0).with_batch(1), op.axis}, writer);
  writer.constant("COUNT", op.count);
  const std::string is_before =
      writer.helpers().add("is_before", replaced(kIsBefore, {{"COMPARE", op.largest ? ">" : "<"}}));
  const bool gives_indices = op.gives == TopKOutput::kIndices;
  writer.body(
      replaced(kTopK, {{"IS_BEFORE", is_before},
                       {"RESULT", gives_indices ? "(float)found" : "from[found * INNER]"}}));
}

}  // namespace ockham::converters::c_code
