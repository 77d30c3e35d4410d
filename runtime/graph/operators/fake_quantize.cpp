#include "runtime/graph/operators/fake_quantize.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

std::string_view name_of(QuantizedType type) {
  switch (type) {
    case QuantizedType::kUint8:
      return "uint8";
    case QuantizedType::kInt8:
      return "int8";
    case QuantizedType::kUint16:
      return "uint16";
    case QuantizedType::kInt16:
      return "int16";
  }
  return "of an unknown kind";
}

QuantizedRange range_of(QuantizedType type) {
  switch (type) {
    case QuantizedType::kUint8:
      return {0.0f, 255.0f};
    case QuantizedType::kInt8:
      return {-128.0f, 127.0f};
    case QuantizedType::kUint16:
      return {0.0f, 65535.0f};
    case QuantizedType::kInt16:
      return {-32768.0f, 32767.0f};
  }
  return {0.0f, 0.0f};
}

Shape infer_shape(const FakeQuantize& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 3, 3);
  expect_activation(inputs, 0, 0);
  expect_kind(inputs, op.type, kLastQuantizedType);
  expect_axis(inputs, op.axis);
  expect_constant(inputs, 1, 1);
  expect_constant(inputs, 2, 1);
  if (inputs[1].shape[0] != 1) {
    expect_shape(inputs, 1, {inputs[0].shape[static_cast<int>(op.axis)]}, "scale");
  }
  expect_shape(inputs, 2, inputs[1].shape, "zero point");
  return inputs[0].shape;
}

NodeCost operator_cost(const FakeQuantize&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
