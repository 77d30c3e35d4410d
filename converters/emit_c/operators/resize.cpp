#include "converters/emit_c/operators/emitters.h"
#include "runtime/graph/operators/resize_taps.h"

namespace ockham::converters::c_code {
namespace {

/// The pixels that each pixel of the output is made of, along one axis.
struct Taps {
  std::vector<std::int64_t> ends;  ///< of each pixel's taps; the next one's begin there
  std::vector<std::int64_t> pixels;
  std::vector<float> weights;
};

/// What lies beyond the image has none.
Taps taps_of(const Resize& op, int axis, std::int64_t in) {
  Taps taps;
  for (std::int64_t o = 0; o < op.size[axis]; ++o) {
    if (!is_outside(op, axis, in, o)) {
      for_each_tap(op, axis, in, o, [&](std::int64_t pixel, double weight) {
        taps.pixels.push_back(pixel);
        taps.weights.push_back(static_cast<float>(weight));
      });
    }
    taps.ends.push_back(std::ssize(taps.pixels));
  }
  return taps;
}

constexpr const char* kText = R"(  for (int c = 0; c < CHANNELS; ++c)
    for (int h = 0; h < ROWS; ++h)
      for (int w = 0; w < COLUMNS; ++w) {
        const int first_row = h == 0 ? 0 : row_ends[h - 1];
        const int first_column = w == 0 ? 0 : column_ends[w - 1];
        float sum = 0.0f;
        for (int i = first_row; i < row_ends[h]; ++i) {
          const float* const row = x + (c * HEIGHT + rows[i]) * WIDTH;
          for (int j = first_column; j < column_ends[w]; ++j)
            sum += row_weights[i] * column_weights[j] * row[columns[j]];
        }
        y[(c * ROWS + h) * COLUMNS + w] = RESULT;
      }
)";

}  // namespace

void emit(const Resize& op, StepWriter& writer) {
  const Shape& from = writer.input_shape(0);
  const Taps rows = taps_of(op, 0, from[2]), columns = taps_of(op, 1, from[3]);
  writer.integers("row_ends", rows.ends);
  writer.integers("rows", rows.pixels);
  writer.floats("row_weights", rows.weights);
  writer.integers("column_ends", columns.ends);
  writer.integers("columns", columns.pixels);
  writer.floats("column_weights", columns.weights);
  writer.constant("CHANNELS", from[1]);
  writer.constant("HEIGHT", from[2]);
  writer.constant("WIDTH", from[3]);
  writer.constant("ROWS", op.size[0]);
  writer.constant("COLUMNS", op.size[1]);
  const std::string inside = "first_row < row_ends[h] && first_column < column_ends[w]";
  writer.body(replaced(
      kText, {{"RESULT", crops(op) ? inside + " ? sum : " + literal(op.outside) : "sum"}}));
}

}  // namespace ockham::converters::c_code
