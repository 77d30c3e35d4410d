// Arithmetic of two arrays, batch norm and quantisation: an element of the output for each of the
// input.
#include "converters/emit_c/loop_nest.h"
#include "converters/emit_c/operators/emitters.h"
#include "converters/emit_c/operators/unary_expression.h"
#include "runtime/plan/layer_weights.h"
#include "runtime/reference/lines.h"

namespace ockham::converters::c_code {
namespace {

std::string expression(BinaryKind kind, Helpers& helpers) {
  switch (kind) {
    case BinaryKind::kAdd:
      return "A + B";
    case BinaryKind::kSub:
      return "A - B";
    case BinaryKind::kMul:
      return "A * B";
    case BinaryKind::kDiv:
      return "A / B";
    case BinaryKind::kMax:
      return maximum_function(helpers) + "(A, B)";
    case BinaryKind::kMin:
      return minimum_function(helpers) + "(A, B)";
    case BinaryKind::kPow:
      return "powf(A, B)";
    case BinaryKind::kPRelu:
      return "A < 0.0f ? A * B : A";
    case BinaryKind::kFmod:
      return "fmodf(A, B)";
  }
  return "A";
}

/// The axes of the output, and how the inputs walk along them: one of extent 1 stays where it is,
/// and a constant has no batch.
std::vector<LoopAxis> broadcast_axes(const Shape& output, const std::vector<Shape>& inputs) {
  std::vector<LoopAxis> axes;
  for (int axis = 1; axis < output.rank(); ++axis) {
    LoopAxis loop{.extent = output[axis],
                  .steps = {row_major_steps(output)[static_cast<std::size_t>(axis)]}};
    for (const Shape& input : inputs) {
      const int own = axis - (output.rank() - input.rank());
      const bool moves = own >= 0 && input[own] != 1;
      loop.steps.push_back(moves ? row_major_steps(input)[static_cast<std::size_t>(own)] : 0);
    }
    axes.push_back(std::move(loop));
  }
  return axes;
}

}  // namespace

void emit(const Binary& op, StepWriter& writer) {
  const LoopNest nest(
      "i", broadcast_axes(writer.output_shape(), {writer.input_shape(0), writer.input_shape(1)}));
  const std::string a = writer.operand(0) + "[" + nest.index(1) + "]";
  const std::string b = writer.operand(1) + "[" + nest.index(2) + "]";
  const std::string value = expression(op.kind, writer.helpers());
  writer.body(
      indented(nest.around("const float a = " + a + ", b = " + b + ";\n" + "y[" + nest.index(0) +
                           "] = " + replaced(value, {{"A", "a"}, {"B", "b"}}) + ";\n"),
               2));
}

void emit(const BatchNorm&, StepWriter& writer) {
  const AffineMap map = affine_map(writer.graph(), writer.node());
  const Shape& shape = writer.output_shape();
  writer.constant("CHANNELS", shape[1]);
  writer.constant("PIXELS", shape.elements() / shape[1]);
  writer.floats("factor", std::vector<float>(map.factor.begin(), map.factor.end()));
  writer.floats("shift", std::vector<float>(map.shift.begin(), map.shift.end()));
  writer.body(R"(  for (int c = 0; c < CHANNELS; ++c)
    for (int i = c * PIXELS; i < (c + 1) * PIXELS; ++i) y[i] = factor[c] * x[i] + shift[c];
)");
}

void emit(const FakeQuantize& op, StepWriter& writer) {
  const reference::Lines lines(writer.output_shape().with_batch(1), op.axis);
  const QuantizedRange range = range_of(op.type);
  const bool is_per_axis = writer.input_shape(1)[0] > 1;
  writer.constant("OUTER", lines.outer);
  writer.constant("EXTENT", lines.extent);
  writer.constant("INNER", lines.inner);
  writer.body(replaced(
      R"(  for (int o = 0; o < OUTER; ++o)
    for (int k = 0; k < EXTENT; ++k)
      for (int i = (o * EXTENT + k) * INNER; i < (o * EXTENT + k + 1) * INNER; ++i) {
        const float zero = ZERO[AT], scale = SCALE[AT];
        const float q = nearbyintf(x[i] / scale) + zero;
        const float cut = q > LEAST ? (q > MOST ? MOST : q) : LEAST; /* also what is no number */
        y[i] = (cut - zero) * scale;
      }
)",
      {{"ZERO", writer.operand(2)},
       {"SCALE", writer.operand(1)},
       {"LEAST", literal(range.least)},
       {"MOST", literal(range.most)},
       {"AT", is_per_axis ? "k" : "0"}}));
}

}  // namespace ockham::converters::c_code
