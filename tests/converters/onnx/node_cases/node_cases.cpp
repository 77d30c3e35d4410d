#include "tests/converters/onnx/node_cases/node_cases.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <type_traits>

#include "converters/onnx/onnx.h"
#include "converters/onnx/operators/registry.h"
#include "onnx_schema/onnx.pb.h"
#include "runtime/format/float16.h"
#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"
#include "tests/cases/run_session.h"

namespace ockham::converters::tests {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance = 1e-4;  ///< of the largest element

/// For answers in 16 bits, which we give in float32: what those lose.
double tolerance_of(std::int32_t data_type) {
  if (data_type == ::onnx::TensorProto::FLOAT16) return 1e-3;
  return data_type == ::onnx::TensorProto::BFLOAT16 ? 1e-2 : kTolerance;
}

using Floats = reference::Tensor<float>;

template <class Message>
std::optional<Message> read_message(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Message message;
  if (!file || !message.ParseFromIstream(&file)) return std::nullopt;
  return message;
}

/// Elements of a type that networks compute in float32.
template <class Element, class Typed>
std::vector<float> rounded(const ::onnx::TensorProto& proto, const Typed& typed) {
  std::vector<Element> elements(typed.begin(), typed.end());
  if (!proto.raw_data().empty()) {
    elements.resize(proto.raw_data().size() / sizeof(Element));
    std::memcpy(elements.data(), proto.raw_data().data(), elements.size() * sizeof(Element));
  }
  std::vector<float> floats;
  for (const Element element : elements) {
    if constexpr (std::is_same_v<Element, std::uint16_t>) {
      const bool brain = proto.data_type() == ::onnx::TensorProto::BFLOAT16;
      floats.push_back(brain ? std::bit_cast<float>(std::uint32_t{element} << 16)
                             : float16_to_float(element));
    } else {
      floats.push_back(static_cast<float>(element));
    }
  }
  return floats;
}

/// A tensor of float32, or of double, float16 or bfloat16 in float32; nothing for other types.
std::optional<Floats> floats_of(const ::onnx::TensorProto& proto) {
  const Shape shape(std::vector<std::int64_t>(proto.dims().begin(), proto.dims().end()));
  if (proto.data_type() == ::onnx::TensorProto::DOUBLE) {
    return Floats{shape, rounded<double>(proto, proto.double_data())};
  }
  if (proto.data_type() == ::onnx::TensorProto::FLOAT16 ||
      proto.data_type() == ::onnx::TensorProto::BFLOAT16) {
    return Floats{shape, rounded<std::uint16_t>(proto, proto.int32_data())};
  }
  if (proto.data_type() != ::onnx::TensorProto::FLOAT) return std::nullopt;
  Floats tensor{Shape(std::vector<std::int64_t>(proto.dims().begin(), proto.dims().end())), {}};
  if (proto.raw_data().empty()) {
    tensor.data.assign(proto.float_data().begin(), proto.float_data().end());
  } else {
    tensor.data.resize(proto.raw_data().size() / sizeof(float));
    std::memcpy(tensor.data.data(), proto.raw_data().data(), tensor.data.size() * sizeof(float));
  }
  return tensor;
}

/// What a network reads: floats, or bytes as floats; nothing for other types.
std::optional<Floats> input_of(const ::onnx::TensorProto& proto) {
  if (proto.data_type() != ::onnx::TensorProto::UINT8) return floats_of(proto);
  Floats tensor{Shape(std::vector<std::int64_t>(proto.dims().begin(), proto.dims().end())), {}};
  tensor.data.assign(proto.int32_data().begin(), proto.int32_data().end());
  for (const char byte : proto.raw_data()) {
    tensor.data.push_back(static_cast<float>(static_cast<unsigned char>(byte)));
  }
  return tensor;
}

/// What a network answers in this type; nothing when the tensor has another.
std::optional<Floats> answer_of(const ::onnx::TensorProto& proto, ElementType type) {
  if (type == ElementType::kFloat32) return floats_of(proto);
  if (proto.data_type() != ::onnx::TensorProto::INT64) return std::nullopt;
  std::vector<std::int64_t> indices(proto.int64_data().begin(), proto.int64_data().end());
  if (!proto.raw_data().empty()) {
    indices.resize(proto.raw_data().size() / sizeof(std::int64_t));
    std::memcpy(indices.data(), proto.raw_data().data(), indices.size() * sizeof(std::int64_t));
  }
  return Floats{Shape(std::vector<std::int64_t>(proto.dims().begin(), proto.dims().end())),
                std::vector<float>(indices.begin(), indices.end())};
}

/// One test: a model, and what it answers to one set of inputs.
struct Sample {
  ::onnx::ModelProto model;
  std::vector<::onnx::TensorProto> inputs, outputs;
};

std::vector<::onnx::TensorProto> read_tensors(const fs::path& folder, const std::string& kind) {
  std::vector<::onnx::TensorProto> tensors;
  for (int i = 0;; ++i) {
    auto tensor = read_message<::onnx::TensorProto>(folder / fmt::format("{}_{}.pb", kind, i));
    if (!tensor) return tensors;
    tensors.push_back(*std::move(tensor));
  }
}

/// The files of these tests say uint16 of bfloat16; the model has the right type.
void correct_types(const google::protobuf::RepeatedPtrField<::onnx::ValueInfoProto>& declared,
                   std::vector<::onnx::TensorProto>& tensors) {
  for (int i = 0; i < declared.size() && i < static_cast<int>(tensors.size()); ++i) {
    const auto type = declared.Get(i).type().tensor_type().elem_type();
    if (type == ::onnx::TensorProto::BFLOAT16) {
      tensors[static_cast<std::size_t>(i)].set_data_type(type);
    }
  }
}

/// The model with some of its inputs made constants of the test's values.
std::string with_constants(const Sample& sample, const std::set<int>& constants) {
  ::onnx::ModelProto model = sample.model;
  auto& graph = *model.mutable_graph();
  auto* inputs = graph.mutable_input();
  for (auto i = constants.rbegin(); i != constants.rend(); ++i) {
    ::onnx::TensorProto& constant = *graph.add_initializer();
    constant = sample.inputs[static_cast<std::size_t>(*i)];
    constant.set_name(inputs->Get(*i).name());
    inputs->DeleteSubrange(*i, 1);
  }
  return model.SerializeAsString();
}

std::string difference(const Floats& found, const Floats& expected, double tolerance) {
  if (!(found.shape == expected.shape)) {
    return fmt::format("shape {}, expected {}", found.shape.text(), expected.shape.text());
  }
  double largest = 0.0, most = 0.0;
  for (std::size_t i = 0; i < expected.data.size(); ++i) {
    const auto ours = static_cast<double>(found.data[i]);
    const auto theirs = static_cast<double>(expected.data[i]);
    if (ours == theirs || (std::isnan(ours) && std::isnan(theirs))) continue;
    if (!std::isfinite(ours) || !std::isfinite(theirs)) {
      return fmt::format("{} where {} is expected", ours, theirs);
    }
    largest = std::max(largest, std::abs(theirs));
    most = std::max(most, std::abs(ours - theirs));
  }
  if (most <= tolerance * std::max(largest, 1e-3)) return {};
  return fmt::format("off by {:.2g}, the largest element is {:.2g}", most, largest);
}

/// Compares both executors with the expected outputs; empty when they agree.
std::string what_is_wrong(const Graph& graph, const Sample& sample,
                          const std::set<int>& constants) {
  std::vector<Floats> inputs;
  for (int i = 0; i < static_cast<int>(sample.inputs.size()); ++i) {
    if (constants.contains(i)) continue;
    const auto input = input_of(sample.inputs[static_cast<std::size_t>(i)]);
    if (!input) return "an activation of another type was taken";
    inputs.push_back(*input);
  }
  if (graph.outputs.size() != sample.outputs.size()) {
    return fmt::format("{} outputs, expected {}", graph.outputs.size(), sample.outputs.size());
  }
  for (const bool on_cpu : {false, true}) {
    const std::vector<Floats> found =
        on_cpu ? ockham::tests::run_session(graph, inputs) : reference::run<float>(graph, inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto expected = answer_of(sample.outputs[i], graph.value(graph.outputs[i]).type);
      if (!expected) return "an output of another type was promised";
      const std::string apart =
          difference(found[i], *expected, tolerance_of(sample.outputs[i].data_type()));
      if (!apart.empty()) return fmt::format("{}: {}", on_cpu ? "CPU" : "reference", apart);
    }
  }
  return {};
}

/// Which inputs to make constants, in the order to try: those that cannot be activations; the
/// second one too, which is the weight where there is one; all but the first.
std::vector<std::set<int>> choices(const Sample& sample) {
  std::set<int> integers, rest;
  for (int i = 0; i < static_cast<int>(sample.inputs.size()); ++i) {
    if (sample.inputs[static_cast<std::size_t>(i)].data_type() != ::onnx::TensorProto::FLOAT) {
      integers.insert(i);
    }
    if (i > 0) rest.insert(i);
  }
  std::set<int> weight = integers;
  if (sample.inputs.size() > 1) weight.insert(1);
  std::vector<std::set<int>> sets = {integers};
  for (const auto& constants : {weight, rest}) {
    if (constants != sets.back()) sets.push_back(constants);
  }
  return sets;
}

/// Whether the operator is taken with some choice of constants. The last refusal says most: weights
/// and parameters are constants then.
bool judge_choices(const Sample& sample, NodeCase& result) {
  for (const std::set<int>& constants : choices(sample)) {
    Graph graph;
    try {
      graph = import_onnx_bytes(with_constants(sample, constants)).graph;
    } catch (const Error& error) {
      result.text = error.what();
      result.verdict = Verdict::kRefused;
      continue;
    }
    result.text = what_is_wrong(graph, sample, constants);
    result.verdict = result.text.empty() ? Verdict::kPassed : Verdict::kWrong;
    return true;
  }
  return false;
}

/// Operators that work on each element alone, so that a batch in front changes nothing.
bool is_elementwise(const std::string& op) {
  static const std::set<std::string> kOperators = {
      "Abs",         "Acos",       "Acosh",     "Add",   "Asin",     "Asinh",
      "Atan",        "Atanh",      "Ceil",      "Celu",  "Clip",     "Cos",
      "Cosh",        "Div",        "Dropout",   "Elu",   "Exp",      "Floor",
      "HardSigmoid", "Identity",   "LeakyRelu", "Log",   "Max",      "Mean",
      "Min",         "Mish",       "Mod",       "Mul",   "Neg",      "PRelu",
      "Pow",         "Reciprocal", "Relu",      "Round", "Selu",     "Shrink",
      "Sigmoid",     "Sign",       "Sin",       "Sinh",  "Softplus", "Softsign",
      "Sqrt",        "Sub",        "Sum",       "Tan",   "Tanh",     "ThresholdedRelu"};
  return kOperators.contains(op);
}

void put_batch_in_front(::onnx::TensorProto& tensor) {
  if (tensor.data_type() != ::onnx::TensorProto::FLOAT) return;
  const std::vector<std::int64_t> dims(tensor.dims().begin(), tensor.dims().end());
  tensor.clear_dims();
  tensor.add_dims(1);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
}

/// The same test with a batch of one image in front of all its tensors of float.
Sample with_batch(Sample sample) {
  for (auto* tensors : {&sample.inputs, &sample.outputs}) {
    for (::onnx::TensorProto& tensor : *tensors) put_batch_in_front(tensor);
  }
  for (int i = 0; i < sample.model.graph().input_size(); ++i) {
    auto& shape = *sample.model.mutable_graph()
                       ->mutable_input(i)
                       ->mutable_type()
                       ->mutable_tensor_type()
                       ->mutable_shape();
    shape.clear_dim();
    for (const std::int64_t dim : sample.inputs[static_cast<std::size_t>(i)].dims()) {
      shape.add_dim()->set_dim_value(dim);
    }
  }
  return sample;
}

void judge(const Sample& sample, NodeCase& result) {
  if (std::ssize(sample.inputs) != sample.model.graph().input_size() || sample.inputs.empty()) {
    result.verdict = Verdict::kRefused;
    result.text = "an input is no tensor, or there is none";
    return;
  }
  if (judge_choices(sample, result) || !is_elementwise(result.op)) return;
  NodeCase again = result;
  if (judge_choices(with_batch(sample), again)) result = again;
}

/// The opset versions of the tests are those in which the operator last changed, even where that
/// was before 7: it means the same in 7.
void raise_opset(::onnx::ModelProto& model) {
  for (auto& opset : *model.mutable_opset_import()) {
    if (opset.domain().empty()) opset.set_version(std::max<std::int64_t>(opset.version(), 7));
  }
}

NodeCase run_node_case(const fs::path& folder) {
  NodeCase result{.name = folder.filename().string()};
  Sample sample;
  const auto model = read_message<::onnx::ModelProto>(folder / "model.onnx");
  if (!model || model->graph().node_size() == 0) {
    result.text = "the test cannot be read";
    return result;
  }
  sample.model = *model;
  raise_opset(sample.model);
  sample.inputs = read_tensors(folder / "test_data_set_0", "input");
  sample.outputs = read_tensors(folder / "test_data_set_0", "output");
  correct_types(model->graph().input(), sample.inputs);
  correct_types(model->graph().output(), sample.outputs);
  const auto& nodes = model->graph().node();
  const auto tested = std::ranges::find_if(
      nodes, [](const ::onnx::NodeProto& node) { return node.op_type() != "Constant"; });
  result.op = (tested == nodes.end() ? nodes.begin() : tested)->op_type();
  for (const auto* tensors : {&sample.inputs, &sample.outputs}) {
    const bool is_float =
        !tensors->empty() && tensors->front().data_type() == ::onnx::TensorProto::FLOAT;
    result.is_of_another_type |= !is_float;
  }
  try {
    judge(sample, result);
  } catch (const std::exception& error) {
    result.verdict = Verdict::kWrong;
    result.text = error.what();
  }
  return result;
}

/// What is particular about a refusal: the part behind "node 'x' (Op): ".
std::string reason(const NodeCase& refused) {
  const std::size_t node = refused.text.find("): ");
  return node == std::string::npos ? refused.text : refused.text.substr(node + 3);
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_taken(const NodeCase& one) { return onnx_io::find_import_rule(one.op) != nullptr; }

/// Refused because its tensors are not float32.
bool is_of_another_type(const NodeCase& one) {
  return one.verdict == Verdict::kRefused &&
         (one.is_of_another_type || one.text.find("element type") != std::string::npos);
}

struct OperatorRow {
  int passed = 0;
  std::map<std::string, std::vector<std::string>> refused;  ///< reason: tests
  std::vector<std::string> wrong;
};

/// What the table says.
struct Tally {
  std::map<std::string, OperatorRow> rows;  ///< of operators that are taken
  std::set<std::string> not_taken;          ///< operators
  int passed = 0, refused = 0, of_other_types = 0, of_other_operators = 0;
};

void count(const NodeCase& one, Tally& tally) {
  if (!is_taken(one)) {
    tally.not_taken.insert(one.op);
    ++tally.of_other_operators;
    return;
  }
  OperatorRow& row = tally.rows[one.op];
  if (one.verdict == Verdict::kPassed) {
    ++row.passed, ++tally.passed;
  } else if (one.verdict == Verdict::kWrong) {
    row.wrong.push_back(one.name + ": " + one.text);
  } else if (is_of_another_type(one)) {
    ++tally.of_other_types;
  } else {
    row.refused[reason(one)].push_back(one.name);
    ++tally.refused;
  }
}

/// Operators that are taken and that no test has.
std::vector<std::string> untested(const Tally& tally) {
  std::vector<std::string> names;
  std::stringstream supported(onnx_io::supported_operators());
  for (std::string name; std::getline(supported >> std::ws, name, ',');) {
    if (!tally.rows.contains(name)) names.push_back(name);
  }
  return names;
}

std::string rows_text(const std::map<std::string, OperatorRow>& rows) {
  std::string text = "| operator | passed | refused: why (tests) |\n| --- | --- | --- |\n";
  for (const auto& [op, row] : rows) {
    std::vector<std::string> reasons = row.wrong;
    for (const auto& [why, names] : row.refused) {
      reasons.push_back(fmt::format("{} ({})", why, joined(names)));
    }
    text += fmt::format("| {} | {} | {} |\n", op, row.passed, fmt::join(reasons, "<br>"));
  }
  return text;
}

}  // namespace

fs::path node_case_folder() {
  const char* given = std::getenv("OCKHAM_ONNX_TESTDATA");
  const fs::path folder = given != nullptr ? given : "/usr/share/libonnx-testdata/data/node";
  return fs::is_directory(folder) ? folder : fs::path();
}

std::vector<NodeCase> run_node_cases(const fs::path& folder) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(folder)) {
    // Those named "expanded" spell an operator out as a network of others.
    const bool expanded = entry.path().filename().string().ends_with("_expanded");
    if (!expanded && fs::exists(entry.path() / "model.onnx")) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  std::vector<NodeCase> cases;
  for (const fs::path& one : folders) cases.push_back(run_node_case(one));
  return cases;
}

std::string node_case_version(const fs::path& folder) {
  const fs::path changelog =
      folder / "../../../doc/libonnx-testdata/changelog.Debian.gz";  // beside the package's data
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(changelog.c_str(), "rb"), gzclose);
  std::array<char, 256> line{};  // "onnx (1.12.0-2) unstable; urgency=medium"
  if (!file || gzgets(file.get(), line.data(), static_cast<int>(line.size())) == nullptr) return {};
  const std::string_view text = line.data();
  const std::size_t open = text.find('('), close = text.find(')');
  if (open == text.npos || close == text.npos || close < open) return {};
  return std::string(text.substr(open + 1, close - open - 1));
}

std::string node_case_table(const std::vector<NodeCase>& cases, const std::string& version) {
  Tally tally;
  for (const NodeCase& one : cases) count(one, tally);
  return fmt::format(
             "{} tests of libonnx-testdata {}: {} passed, {} refused for the reasons below, {} "
             "refused as they are not of float32, {} of operators that are not taken.\n\n",
             cases.size(), version, tally.passed, tally.refused, tally.of_other_types,
             tally.of_other_operators) +
         rows_text(tally.rows) + "\nTaken, but not in these tests: " + joined(untested(tally)) +
         ".\n\nNot taken: " + joined({tally.not_taken.begin(), tally.not_taken.end()}) + ".\n";
}

}  // namespace ockham::converters::tests
