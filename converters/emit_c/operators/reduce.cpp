#include <algorithm>

#include "converters/emit_c/loop_nest.h"
#include "converters/emit_c/operators/emitters.h"

namespace ockham::converters::c_code {
namespace {

/// Statements around the loops over what is reduced; `v` is the element in them, COUNT how many
/// there are, FIRST the first. Sums in double, as the reference's.
struct Accumulation {
  const char *start, *take, *result;
};

Accumulation accumulation(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kMax:
      return {"float found = FIRST;", "if (found < v || v != v) found = v;", "found"};
    case ReduceKind::kMin:
      return {"float found = FIRST;", "if (found > v || v != v) found = v;", "found"};
    case ReduceKind::kSum:
      return {"double sum = 0.0;", "sum += (double)v;", "(float)sum"};
    case ReduceKind::kMean:
      return {"double sum = 0.0;", "sum += (double)v;", "(float)(sum / COUNT)"};
    case ReduceKind::kProd:
      return {"float product = 1.0f;", "product *= v;", "product"};
    case ReduceKind::kL1:
      return {"double sum = 0.0;", "sum += (double)fabsf(v);", "(float)sum"};
    case ReduceKind::kL2:
      return {"double sum = 0.0;", "sum += (double)v * (double)v;", "(float)sqrt(sum)"};
    case ReduceKind::kLogSum:
      return {"double sum = 0.0;", "sum += (double)v;", "(float)log(sum)"};
    case ReduceKind::kLogSumExp:
      return {"double sum = 0.0;", "sum += (double)expf(v - base);",
              "(float)((double)base + log(sum))"};
    case ReduceKind::kSumSquare:
      return {"double sum = 0.0;", "sum += (double)v * (double)v;", "(float)sum"};
  }
  return {"", "", "0.0f"};
}

struct Nests {
  LoopNest kept, reduced;
};

Nests nests(const Reduce& op, const Shape& shape) {
  const std::vector<std::int64_t> steps = row_major_steps(shape);
  std::vector<LoopAxis> kept, reduced;
  std::int64_t outputs = 1;
  for (int axis = shape.rank() - 1; axis >= 1; --axis) {
    const std::int64_t step = steps[static_cast<std::size_t>(axis)];
    if (std::ranges::find(op.axes, axis) != op.axes.end()) {
      reduced.insert(reduced.begin(), {shape[axis], {step}});
    } else {
      kept.insert(kept.begin(), {shape[axis], {step, outputs}});
      outputs *= shape[axis];
    }
  }
  return {{"i", kept}, {"k", reduced}};
}

}  // namespace

void emit(const Reduce& op, StepWriter& writer) {
  const Shape& shape = writer.input_shape(0);
  const Nests axes = nests(op, shape);
  const LoopNest &kept = axes.kept, &reduced = axes.reduced;
  const Accumulation all = accumulation(op.kind);
  const std::string first = "x[" + kept.index(0) + "]";
  const std::string element = "x[" + kept.index(0) + " + " + reduced.index(0) + "]";
  const auto loop = [&](const Accumulation& part) {
    return std::string(part.start) + "\n" +
           reduced.around("const float v = " + element + ";\n" + part.take + "\n");
  };
  std::string text;
  if (op.kind == ReduceKind::kLogSumExp) {
    // Relative to the largest, so that exp does not overflow.
    text = loop(accumulation(ReduceKind::kMax)) +
           "const float base = found - found == 0.0f ? found : 0.0f;\n";
  }
  text += loop(all) + "y[" + kept.index(1) + "] = " + all.result + ";\n";
  const std::int64_t count = shape.elements() / writer.output_shape().elements();
  writer.body(indented(
      replaced(kept.around(text), {{"FIRST", first}, {"COUNT", std::to_string(count) + ".0"}}), 2));
}

}  // namespace ockham::converters::c_code
