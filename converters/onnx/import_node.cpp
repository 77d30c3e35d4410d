#include "converters/onnx/import_node.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "converters/onnx/text.h"
#include "runtime/graph/error.h"
#include "runtime/graph/node_inputs.h"

namespace ockham::converters::onnx_io {

namespace {

bool is_of_floats(const Constant& constant) {
  if (constant.floats) return true;
  return constant.tensor != nullptr && is_float_type(constant.tensor->data_type());
}

}  // namespace

NodeImport::NodeImport(const FileNode& node, ImportState& state)
    : node_(*node.proto),
      name_(node.name),
      where_(node_text(name_, node_)),
      opset_(node.opset),
      state_(state),
      attributes_(node_, where_) {
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (!has_input(i) || state_.scope.contains(input_name(i))) continue;
    invalid(input_text(i) + " is not an input, an initializer, or the output of a node");
  }
}

void NodeImport::expect_inputs(std::size_t least, std::size_t most) const {
  std::size_t given = 0;
  while (has_input(given)) ++given;
  if (given >= least && input_count() <= most) return;
  invalid(std::to_string(input_count()) + " inputs, expected " +
          (least == most ? std::to_string(least)
                         : std::to_string(least) + " to " + std::to_string(most)));
}

bool NodeImport::has_input(std::size_t i) const {
  return i < input_count() && !input_name(i).empty();
}

bool NodeImport::is_constant(std::size_t i) const {
  return std::holds_alternative<std::shared_ptr<Constant>>(binding(i));
}

bool NodeImport::has_only_constants() const {
  bool any = false;
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (!has_input(i)) continue;
    if (!is_constant(i)) return false;
    any = true;
  }
  return any;
}

ValueId NodeImport::typed_activation(std::size_t i) const {
  if (is_constant(i)) {
    unsupported(input_text(i) + " is a constant; supported: a value that the network computes");
  }
  return std::get<ValueId>(binding(i));
}

ValueType NodeImport::type(std::size_t i) const {
  const auto found = state_.types.find(input_name(i));
  return found == state_.types.end() ? ValueType{} : found->second;
}

ValueId NodeImport::activation(std::size_t i) const {
  const ValueId value = typed_activation(i);
  const ValueType found = type(i);
  if (found.quantization) {
    unsupported(input_text(i) + " is quantised (" + element_type_name(found.element) +
                "); supported: behind QuantizeLinear a DequantizeLinear with the same scale and " +
                "zero point, or the network before its quantisation");
  }
  if (found.element == ::onnx::TensorProto::FLOAT) return value;
  const bool is_index = graph_value(value).type == ElementType::kInt64;
  unsupported(input_text(i) + " has elements of " + element_type_name(found.element) +
              (is_index ? ", which are indices; supported: as output of the network"
                        : "; supported: float, behind a Cast"));
}

ValueId NodeImport::moved_activation(std::size_t i) {
  const ValueType moved = type(i);
  const bool is_per_axis = moved.quantization && moved.quantization->scale.size() > 1;
  const ValueId value = typed_activation(i);
  if (is_per_axis || graph_value(value).type == ElementType::kInt64) return activation(i);
  set_type(0, moved);
  return value;
}

bool NodeImport::is_extent(const Extent& number, std::int64_t extent) const {
  if (extent != Shape::kBatch) return number == Extent{extent};
  return number == Extent{1, true} || (!number.of_batch && number.factor == state_.fixed_batch);
}

Binding& NodeImport::binding(std::size_t i) const {
  if (!has_input(i)) invalid("input " + std::to_string(i) + " is missing");
  return state_.scope.at(input_name(i));
}

Constant& NodeImport::constant_input(std::size_t i) const {
  if (!is_constant(i)) {
    unsupported(input_text(i) + " is computed by the network; supported: a constant");
  }
  return *std::get<std::shared_ptr<Constant>>(binding(i));
}

const FloatTensor& NodeImport::floats(std::size_t i) {
  Constant& constant = constant_input(i);
  if (constant.integers || constant.extents) {
    unsupported(input_text(i) + " holds integers; supported: float");
  }
  if (!constant.floats) {
    constant.floats = state_.reader.floats(*constant.tensor, where_ + ": " + input_text(i));
  }
  return *constant.floats;
}

const IntegerTensor& NodeImport::integers(std::size_t i) {
  Constant& constant = constant_input(i);
  if (constant.floats) unsupported(input_text(i) + " holds floats; supported: int64");
  if (constant.integers) return *constant.integers;
  if (!constant.extents) {
    constant.integers = state_.reader.integers(*constant.tensor, where_ + ": " + input_text(i));
    return *constant.integers;
  }
  IntegerTensor numbers{constant.extents->dims, {}};
  numbers.elements = room_for_indices(std::ssize(constant.extents->elements));
  for (const Extent& extent : constant.extents->elements) {
    if (extent.of_batch) {
      unsupported(input_text(i) + " holds " + extent_text(extent) +
                  ", N being the batch; supported: numbers that do not depend on the batch");
    }
    numbers.elements.push_back(extent.factor);
  }
  constant.integers = std::move(numbers);
  return *constant.integers;
}

const IntegerTensor& NodeImport::indices(std::size_t i) {
  Constant& constant = constant_input(i);
  const bool is_int32 = constant.tensor != nullptr && !constant.integers && !constant.extents &&
                        constant.tensor->data_type() == ::onnx::TensorProto::INT32;
  if (is_int32) {
    constant.integers = state_.reader.any_integers(*constant.tensor, where_ + ": " + input_text(i));
  }
  return integers(i);
}

std::pair<IntegerTensor, std::int32_t> NodeImport::whole_numbers(std::size_t i) {
  const Constant& constant = constant_input(i);
  if (constant.tensor == nullptr) {
    unsupported(input_text(i) + " is computed from constants; supported: an initializer");
  }
  return {state_.reader.any_integers(*constant.tensor, where_ + ": " + input_text(i)),
          constant.tensor->data_type()};
}

ExtentTensor NodeImport::read_extents(const Constant& constant, const std::string& where) {
  IntegerTensor read;
  if (constant.integers) {
    read = *constant.integers;
  } else if (constant.tensor->data_type() == ::onnx::TensorProto::BOOL) {
    read = state_.reader.truths(*constant.tensor, where);
  } else {
    read = state_.reader.any_integers(*constant.tensor, where);
  }
  charge(read.elements.size() * sizeof(Extent));
  ExtentTensor extents{std::move(read.dims), {}};
  extents.elements.reserve(read.elements.size());
  for (const std::int64_t element : read.elements) extents.elements.push_back({element});
  return extents;
}

const ExtentTensor& NodeImport::extents(std::size_t i) {
  Constant& constant = constant_input(i);
  if (holds_floats(i)) unsupported(input_text(i) + " holds floats; supported: int64, int32, bool");
  if (!constant.extents) {
    constant.extents = read_extents(constant, where_ + ": " + input_text(i));
  }
  return *constant.extents;
}

bool NodeImport::holds_floats(std::size_t i) const { return is_of_floats(constant_input(i)); }

Constant NodeImport::attribute_constant(std::string_view name) {
  Constant constant{.tensor = &attributes_.tensor(name)};
  const std::string where = where_ + ": attribute '" + std::string(name) + "'";
  if (is_of_floats(constant)) {
    constant.floats = state_.reader.floats(*constant.tensor, where);
  } else {
    constant.extents = read_extents(constant, where);
  }
  return constant;
}

bool NodeImport::flag(std::size_t i) const {
  const Constant& constant = constant_input(i);
  if (constant.tensor == nullptr) unsupported(input_text(i) + " is a number; supported: bool");
  return state_.reader.flag(*constant.tensor, where_ + ": " + input_text(i));
}

ValueId NodeImport::constant(std::size_t i) {
  const FloatTensor& tensor = floats(i);
  Constant& constant = constant_input(i);
  if (constant.value < 0) {
    constant.value =
        state_.builder.add_constant(constant.name, Shape(tensor.dims), tensor.elements);
  }
  return constant.value;
}

std::vector<float> NodeImport::new_floats(std::size_t count) {
  charge(std::min(count, SIZE_MAX / sizeof(float)) * sizeof(float));
  return std::vector<float>(count);
}

std::vector<std::int64_t> NodeImport::room_for_indices(std::int64_t count) {
  charge(static_cast<std::size_t>(count) * sizeof(std::int64_t));
  std::vector<std::int64_t> indices;
  indices.reserve(static_cast<std::size_t>(count));
  return indices;
}

ValueId NodeImport::reshaped_constant(std::size_t i, Shape shape) {
  const FloatTensor& tensor = floats(i);
  return state_.builder.add_constant(constant_input(i).name, std::move(shape), tensor.elements);
}

ValueId NodeImport::derived_constant(std::size_t i, Shape shape, std::vector<float> elements) {
  return state_.builder.add_constant(constant_input(i).name, std::move(shape),
                                     own(std::move(elements)));
}

ValueId NodeImport::made_constant(std::string_view what, Shape shape, std::vector<float> elements) {
  return state_.builder.add_constant(name_ + "." + std::string(what), std::move(shape),
                                     own(std::move(elements)));
}

Shape NodeImport::shape_of(const Operator& op, const std::vector<ValueId>& inputs) const {
  const Node node{.name = name_, .op = op, .inputs = inputs};
  return infer_shape(op, operator_inputs(state_.builder.graph(), node));
}

void NodeImport::emit(Operator op, std::vector<ValueId> inputs) {
  bind_output(state_.builder.add_node(name_, std::move(op), std::move(inputs), node_.output(0)));
}

void NodeImport::emit_output(std::size_t i, Operator op, std::vector<ValueId> inputs) {
  const std::string& output = node_.output(static_cast<int>(i));
  if (output.empty()) return;
  const auto before = node_.output().begin();
  const bool is_first =
      std::none_of(before, before + static_cast<std::ptrdiff_t>(i),
                   [&](const std::string& earlier) { return state_.scope.contains(earlier); });
  const std::string name = is_first ? name_ : state_.node_names.make_up(name_);
  bind_output(state_.builder.add_node(name, std::move(op), std::move(inputs), output), i);
}

ValueId NodeImport::compute(Operator op, std::vector<ValueId> inputs) {
  return state_.builder.add_inner_node(state_.node_names.make_up(name_), std::move(op),
                                       std::move(inputs), node_.output(0));
}

ValueId NodeImport::emit_before_view(Operator op, std::vector<ValueId> inputs) {
  return state_.builder.add_inner_node(name_, std::move(op), std::move(inputs), node_.output(0));
}

void NodeImport::emit_view(Operator op, ValueId value) {
  bind_output(state_.builder.add_node(state_.node_names.make_up(name_), std::move(op), {value},
                                      node_.output(0)));
}

ValueId NodeImport::viewed_constant(ValueId constant, Shape shape) {
  const Value& whole = graph_value(constant);
  return state_.builder.add_constant(std::string(whole.name), std::move(shape),
                                     ConstantView(whole.constant));
}

void NodeImport::emit_instead_of(std::initializer_list<NodeId> older, Operator op,
                                 std::vector<ValueId> inputs) {
  emit(std::move(op), std::move(inputs));
  const ValueId output = std::get<ValueId>(state_.scope.at(node_.output(0)));
  for (const NodeId node : older) state_.builder.replace(node, producer(output));
}

void NodeImport::emit_constant(Constant constant) {
  constant.name = node_.output(0);
  bind_output(std::make_shared<Constant>(std::move(constant)));
}

void NodeImport::pass_through(std::size_t i) {
  if (!is_constant(i)) set_type(0, type(i));
  bind_output(binding(i));
}

void NodeImport::pass_as(std::size_t i, ValueType type) {
  set_type(0, std::move(type));
  bind_output(binding(i));
}

void NodeImport::set_type(std::size_t i, ValueType type) {
  if (type.element == ::onnx::TensorProto::FLOAT && !type.quantization) return;
  state_.types.insert_or_assign(node_.output(static_cast<int>(i)), std::move(type));
}

bool NodeImport::is_read(std::size_t i) const {
  return state_.read.contains(node_.output(static_cast<int>(i)));
}

void NodeImport::bind_output(Binding binding, std::size_t i) {
  state_.scope.insert_or_assign(node_.output(static_cast<int>(i)), std::move(binding));
}

void NodeImport::unsupported(const std::string& text) const {
  throw Error(Status::kUnsupported, where_ + ": " + text);
}

void NodeImport::invalid(const std::string& text) const {
  throw Error(Status::kInvalidModel, where_ + ": " + text);
}

std::string NodeImport::input_text(std::size_t i) const {
  return "input " + std::to_string(i) + " (" + shown(has_input(i) ? input_name(i) : "") + ")";
}

}  // namespace ockham::converters::onnx_io
