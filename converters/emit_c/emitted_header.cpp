#include "converters/emit_c/emitted_header.h"

#include "converters/emit_c/c_text.h"
#include "converters/emit_c/identifiers.h"

namespace ockham::converters::c_code {
namespace {

/// "[1, 28, 28]".
std::string image_text(const Shape& shape) {
  std::string text = "[";
  for (int axis = 1; axis < shape.rank(); ++axis) {
    text += (axis == 1 ? "" : ", ") + std::to_string(shape[axis]);
  }
  return text + "]";
}

/// "#define LENET5_IMAGE_FLOATS 784", a comment before it.
std::string size_text(const Value& value, const std::string& role, const std::string& prefix,
                      const std::string& name) {
  const bool is_int64 = value.type == ElementType::kInt64;
  return "/* " + role + " '" + comment(value.name) + "', " + image_text(value.shape) +
         ", row-major */\n#define " + in_capitals(prefix + "_" + name) +
         (is_int64 ? "_INTEGERS " : "_FLOATS ") + std::to_string(value.shape.elements()) + "\n";
}

std::string list_text(const std::vector<float>& numbers) {
  std::string text;
  for (const float number : numbers) text += (text.empty() ? "" : ", ") + literal(number);
  return text;
}

/// How bytes of a picture become this input.
std::string preprocessing_text(const InputPreprocessing& input) {
  std::string text = "/* A picture's byte becomes (byte * " + literal(input.scale) + " - mean[c])";
  text += " / standard_deviation[c];\n";
  text += " * mean: " + (input.mean.empty() ? "0" : list_text(input.mean)) + "\n";
  text += " * standard_deviation: " +
          (input.standard_deviation.empty() ? "1" : list_text(input.standard_deviation)) + " */\n";
  return text;
}

std::string provenance_text(const Provenance& provenance) {
  std::string text;
  for (const auto& [key, value] : provenance.entries) {
    text += " * " + comment(key) + ": " + comment(value) + "\n";
  }
  return text;
}

std::string sizes_text(const ModelContents& contents, const EmittedNames& names) {
  const Graph& graph = contents.graph;
  std::string text;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    text += size_text(graph.value(graph.inputs[i]), "Input", names.prefix, names.inputs[i]);
    if (i < contents.preprocessing.size()) text += preprocessing_text(contents.preprocessing[i]);
  }
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    text += size_text(graph.value(graph.outputs[i]), "Output", names.prefix, names.outputs[i]);
  }
  return text;
}

}  // namespace

std::string emit_header(const ModelContents& contents, const EmittedNames& names,
                        std::size_t workspace_bytes) {
  const std::string capitals = in_capitals(names.prefix);
  const std::string list = parameters(contents.graph, names, "");
  return "/* Network '" + comment(contents.graph.name) + "', written by ockham-convert.\n" +
         provenance_text(contents.provenance) + " */\n#ifndef " + capitals + "_H\n#define " +
         capitals + "_H\n\n#include <stdint.h>\n\n" +
         "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n" + sizes_text(contents, names) +
         "\n/* What a run needs besides. */\n#define " + capitals + "_WORKSPACE_BYTES " +
         std::to_string(workspace_bytes) +
         "\n\n/* Runs the network on one image. Arrays do not overlap. No two threads at a time:\n"
         " * the workspace is static. */\nvoid " +
         names.prefix + "_run(" + list +
         ");\n\n/* The same in the caller's workspace, aligned as floats are: one for each thread "
         "that runs.\n * What it holds before and afterwards does not matter. */\nvoid " +
         names.prefix + "_run_in(void* workspace, " + list +
         ");\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

}  // namespace ockham::converters::c_code
