// Operators that only move elements.
#include "converters/emit_c/loop_nest.h"
#include "converters/emit_c/operators/emitters.h"
#include "runtime/reference/lines.h"

namespace ockham::converters::c_code {
namespace {

void copy_all(StepWriter& writer) { writer.loop(writer.output_shape().elements(), "y[i] = x[i];"); }

/// Copies from `x` to `y`, the nest's arrays 0 and 1, whose first element in use is number `first`.
void copy(StepWriter& writer, const std::string& x, const std::vector<LoopAxis>& axes,
          std::int64_t first = 0) {
  const LoopNest nest("i", axes);
  const std::string offset = first == 0 ? "" : std::to_string(first) + " + ";
  writer.body(indented(
      nest.around("y[" + offset + nest.index(1) + "] = " + x + "[" + nest.index(0) + "];\n"), 2));
}

/// Positions `indices` of `lines`; zeros for what is negative.
void pick(StepWriter& writer, const reference::Lines& lines,
          const std::vector<std::int64_t>& indices) {
  writer.integers("indices", indices);
  writer.constant("OUTER", lines.outer);
  writer.constant("EXTENT", lines.extent);
  writer.constant("INNER", lines.inner);
  writer.constant("PICKED", std::ssize(indices));
  writer.body(R"(  for (int o = 0; o < OUTER; ++o)
    for (int k = 0; k < PICKED; ++k) {
      const int from = indices[k];
      for (int i = 0; i < INNER; ++i)
        y[(o * PICKED + k) * INNER + i] = from < 0 ? 0.0f : x[(o * EXTENT + from) * INNER + i];
    }
)");
}

}  // namespace

void emit(const Flatten&, StepWriter& writer) { copy_all(writer); }

void emit(const Reshape&, StepWriter& writer) { copy_all(writer); }

void emit(const Gather& op, StepWriter& writer) {
  pick(writer, {writer.input_shape(0).with_batch(1), 1}, op.indices);
}

void emit(const SpatialGather& op, StepWriter& writer) {
  pick(writer, {writer.input_shape(0).with_batch(1), op.axis}, op.indices);
}

void emit(const Concat& op, StepWriter& writer) {
  const reference::Lines to(writer.output_shape().with_batch(1), op.axis);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < writer.node().inputs.size(); ++i) {
    const reference::Lines from(writer.input_shape(i).with_batch(1), op.axis);
    const std::int64_t part = from.extent * from.inner;
    copy(writer, writer.operand(i), {{to.outer, {part, to.extent * to.inner}}, {part, {1, 1}}},
         first);
    first += part;
  }
}

void emit(const Pad& op, StepWriter& writer) {
  const Shape& from = writer.input_shape(0);
  const std::vector<std::int64_t> from_steps = row_major_steps(from),
                                  to_steps = row_major_steps(writer.output_shape());
  std::vector<LoopAxis> axes;
  std::int64_t first = 0;
  for (int axis = 1; axis < from.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    axes.push_back({from[axis], {from_steps[i], to_steps[i]}});
    if (axis >= 2) first += op.begin[i - 2] * to_steps[i];
  }
  writer.loop(writer.output_shape().elements(), "y[i] = " + literal(op.value) + ";");
  copy(writer, "x", axes, first);
}

void emit(const Transpose& op, StepWriter& writer) {
  const std::vector<std::int64_t> from = row_major_steps(writer.input_shape(0)),
                                  to = row_major_steps(writer.output_shape());
  std::vector<LoopAxis> axes;
  for (std::size_t axis = 1; axis < op.order.size(); ++axis) {
    axes.push_back({writer.output_shape()[static_cast<int>(axis)],
                    {from[static_cast<std::size_t>(op.order[axis])], to[axis]}});
  }
  copy(writer, "x", axes);
}

void emit(const DepthToSpace& op, StepWriter& writer) {
  const Shape &from = writer.input_shape(0), &to = writer.output_shape();
  const std::int64_t rows = op.block[0], columns = op.block[1], plane = from[2] * from[3];
  copy(writer, "x",
       {{to[1], {rows * columns * plane, to[2] * to[3]}},
        {from[2], {from[3], rows * to[3]}},
        {rows, {columns * plane, to[3]}},
        {from[3], {1, columns}},
        {columns, {plane, 1}}});
}

}  // namespace ockham::converters::c_code
