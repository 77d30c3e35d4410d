#include <algorithm>
#include <string>

#include "runtime/format/container.h"
#include "runtime/format/flat_section.h"
#include "runtime/format/format_error.h"
#include "runtime/format/model_generated.h"
#include "runtime/format/operator_codec.h"
#include "runtime/format/sections.h"
#include "runtime/graph/error.h"
#include "runtime/graph/node_inputs.h"

namespace ockham::format {
namespace {

constexpr const char* kIdentifier = "OKGR";

class GraphEncoder {
 public:
  explicit GraphEncoder(const Graph& graph) : graph_(graph) {}

  EncodedGraph encode() {
    std::vector<flatbuffers::Offset<file::Value>> values;
    for (const Value& value : graph_.values) values.push_back(encode(value));
    std::vector<flatbuffers::Offset<file::Node>> nodes;
    for (const Node& node : graph_.nodes) nodes.push_back(encode(node));
    const auto root = file::CreateGraph(builder_, builder_.CreateString(graph_.name),
                                        builder_.CreateVector(values), builder_.CreateVector(nodes),
                                        builder_.CreateVector(graph_.inputs),
                                        builder_.CreateVector(graph_.outputs));
    return {finish_section(builder_, root, kIdentifier), std::move(weights_), minimum_reader_};
  }

 private:
  flatbuffers::Offset<file::Value> encode(const Value& value) {
    const auto name = builder_.CreateString(value.name);
    const auto shape = builder_.CreateVector(value.shape.dims());
    const file::ElementType type{static_cast<std::uint8_t>(value.type)};
    if (!value.is_constant) return file::CreateValue(builder_, name, type, shape);
    const file::WeightRange range = append_weights(std::as_bytes(value.constant.floats));
    return file::CreateValue(builder_, name, type, shape, &range);
  }

  flatbuffers::Offset<file::Node> encode(const Node& node) {
    const EncodedOperator op = encode_operator(builder_, node.op, operator_inputs(graph_, node));
    minimum_reader_ = std::max(minimum_reader_, op.reader_version);
    return file::CreateNode(builder_, builder_.CreateString(node.name), op.type, op.table,
                            builder_.CreateVector(node.inputs),
                            builder_.CreateVector(node.outputs));
  }

  file::WeightRange append_weights(std::span<const std::byte> bytes) {
    weights_.resize(aligned(weights_.size()));
    const file::WeightRange range(weights_.size(), bytes.size());
    weights_.insert(weights_.end(), bytes.begin(), bytes.end());
    return range;
  }

  const Graph& graph_;
  flatbuffers::FlatBufferBuilder builder_;
  std::vector<std::byte> weights_;
  std::uint32_t minimum_reader_ = 1;
};

/// Hands out the constants of section weights, which lie in it in the order of the values, each at
/// the next multiple of kAlignment, with zeros between them.
class WeightsReader {
 public:
  WeightsReader(std::span<const std::byte> bytes, std::shared_ptr<const void> owner)
      : bytes_(bytes), owner_(std::move(owner)) {}

  ConstantView next(const file::WeightRange& range, std::uint64_t expected_bytes,
                    const std::string& field) {
    const std::size_t begin = aligned(end_);
    if (range.offset() != begin) {
      refuse(kGraph, field + ".offset", std::to_string(range.offset()),
             std::to_string(begin) + ", right behind the constant before it");
    }
    if (range.length() != expected_bytes) {
      refuse(kGraph, field + ".length", std::to_string(range.length()) + " bytes",
             std::to_string(expected_bytes) + " for its shape");
    }
    if (begin > bytes_.size() || range.length() > bytes_.size() - begin) {
      refuse(kGraph, field + ".length", std::to_string(range.length()) + " bytes",
             "a range within the " + std::to_string(bytes_.size()) + " bytes of section weights");
    }
    check_padding(begin);
    end_ = begin + range.length();
    const auto* floats = reinterpret_cast<const float*>(bytes_.data() + begin);
    return {std::span(floats, range.length() / sizeof(float)), owner_};
  }

  void finish() const {
    if (end_ != bytes_.size()) {
      refuse(kWeights, "length", std::to_string(bytes_.size()) + " bytes",
             std::to_string(end_) + ", the end of the last constant");
    }
  }

 private:
  static constexpr std::string_view kGraph = "graph";
  static constexpr std::string_view kWeights = "weights";

  void check_padding(std::size_t begin) const {
    if (const auto nonzero = find_nonzero(bytes_.subspan(end_, begin - end_))) {
      refuse(kWeights, "padding at byte " + std::to_string(end_ + *nonzero), "a value", "0");
    }
  }

  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  std::size_t end_ = 0;
};

class GraphDecoder {
 public:
  GraphDecoder(std::span<const std::byte> graph, WeightsReader weights)
      : section_(SectionKind::kGraph, graph), weights_(std::move(weights)) {}

  Graph decode() {
    const auto& root = section_.root<file::Graph>(kIdentifier);
    Graph graph;
    graph.name = section_.text(root.name());
    for (flatbuffers::uoffset_t i = 0; i < root.values()->size(); ++i) {
      graph.values.push_back(decode(*root.values()->Get(i), indexed("values", i)));
    }
    weights_.finish();
    for (flatbuffers::uoffset_t i = 0; i < root.nodes()->size(); ++i) {
      graph.nodes.push_back(decode(*root.nodes()->Get(i), indexed("nodes", i)));
    }
    graph.inputs = section_.elements(root.inputs());
    graph.outputs = section_.elements(root.outputs());
    return graph;
  }

 private:
  Value decode(const file::Value& encoded, const std::string& field) {
    Value value;
    value.name = section_.text(encoded.name());
    value.type = decode(encoded.type(), field);
    value.shape = Shape(section_.elements(encoded.shape()));
    if (const file::WeightRange* range = encoded.constant()) {
      value.is_constant = true;
      value.constant =
          weights_.next(*range, constant_bytes(value.shape, field), field + ".constant");
    }
    return value;
  }

  Node decode(const file::Node& encoded, const std::string& field) {
    return {.name = section_.text(encoded.name()),
            .op = decode_operator(encoded, field + ".op", section_),
            .inputs = section_.elements(encoded.inputs()),
            .outputs = section_.elements(encoded.outputs())};
  }

  ElementType decode(file::ElementType type, const std::string& field) const {
    switch (type) {
      case file::ElementType::Float32:
        return ElementType::kFloat32;
      case file::ElementType::Int64:
        return ElementType::kInt64;
    }
    section_.refuse(field + ".type", std::to_string(static_cast<int>(type)),
                    "1 (float32) or 2 (int64)");
  }

  static std::uint64_t constant_bytes(const Shape& shape, const std::string& field) {
    try {
      return static_cast<std::uint64_t>(shape.elements()) * sizeof(float);
    } catch (const Error& error) {
      throw Error(error.status(), "section graph, " + field + ".shape: " + error.what());
    }
  }

  SectionReader section_;
  WeightsReader weights_;
};

}  // namespace

EncodedGraph encode_graph(const Graph& graph) { return GraphEncoder(graph).encode(); }

Graph decode_graph(std::span<const std::byte> graph, std::span<const std::byte> weights,
                   const std::shared_ptr<const void>& owner) {
  return GraphDecoder(graph, WeightsReader(weights, owner)).decode();
}

}  // namespace ockham::format
