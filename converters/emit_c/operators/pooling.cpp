#include "converters/emit_c/operators/emitters.h"
#include "converters/emit_c/operators/unary_expression.h"

namespace ockham::converters::c_code {
namespace {

constexpr const char* kWindows =
    R"(  for (int c = 0; c < CHANNELS; ++c)
    for (int row = 0; row < ROWS; ++row)
      for (int column = 0; column < COLUMNS; ++column) {
        const int top = row * ROW_STRIDE - TOP, left = column * COLUMN_STRIDE - LEFT;
        const int first_row = top > 0 ? top : 0, first_column = left > 0 ? left : 0;
        const int end_row = top + KERNEL_ROWS < HEIGHT ? top + KERNEL_ROWS : HEIGHT;
        const int end_column = left + KERNEL_COLUMNS < WIDTH ? left + KERNEL_COLUMNS : WIDTH;
        const float* const plane = x + c * HEIGHT * WIDTH;
        START
        for (int h = first_row; h < end_row; ++h)
          for (int w = first_column; w < end_column; ++w) TAKE
        y[(c * ROWS + row) * COLUMNS + column] = RESULT;
      }
)";

void window_constants(const Pool2d& op, StepWriter& writer) {
  const Shape &from = writer.input_shape(0), &to = writer.output_shape();
  writer.constant("CHANNELS", from[1]);
  writer.constant("HEIGHT", from[2]);
  writer.constant("WIDTH", from[3]);
  writer.constant("ROWS", to[2]);
  writer.constant("COLUMNS", to[3]);
  writer.constant("KERNEL_ROWS", op.window.kernel[0]);
  writer.constant("KERNEL_COLUMNS", op.window.kernel[1]);
  writer.constant("ROW_STRIDE", op.window.stride[0]);
  writer.constant("COLUMN_STRIDE", op.window.stride[1]);
  writer.constant("TOP", op.window.pad_begin[0]);
  writer.constant("LEFT", op.window.pad_begin[1]);
}

std::string max_of_windows(StepWriter& writer) {
  return replaced(kWindows, {{"START", "float most = plane[first_row * WIDTH + first_column];"},
                             {"TAKE", "most = MAXIMUM(most, plane[h * WIDTH + w]);"},
                             {"RESULT", "most"},
                             {"MAXIMUM", maximum_function(writer.helpers())}});
}

/// In double, as the reference: over a whole image, float would lose digits.
std::string average_of_windows(const Pool2d& op) {
  const char* count = op.count_include_pad ? "KERNEL_ROWS * KERNEL_COLUMNS"
                                           : "(end_row - first_row) * (end_column - first_column)";
  return replaced(kWindows, {{"START", "double sum = 0.0;"},
                             {"TAKE", "sum += (double)plane[h * WIDTH + w];"},
                             {"RESULT", "(float)(sum / (double)(" + std::string(count) + "))"}});
}

}  // namespace

void emit(const Pool2d& op, StepWriter& writer) {
  window_constants(op, writer);
  writer.body(op.kind == PoolKind::kMax ? max_of_windows(writer) : average_of_windows(op));
}

}  // namespace ockham::converters::c_code
