#include "converters/emit_c/emit_c.h"

#include "converters/emit_c/emitted_header.h"
#include "converters/emit_c/emitted_source.h"
#include "converters/emit_c/identifiers.h"

namespace ockham::converters {
namespace {

/// Parameters named after the values.
c_code::EmittedNames names_of(std::string prefix, const Graph& graph) {
  c_code::Identifiers used({"workspace", "arena"});
  c_code::EmittedNames names{.prefix = std::move(prefix), .inputs = {}, .outputs = {}};
  for (const ValueId id : graph.inputs) {
    names.inputs.push_back(used.add(graph.value(id).name, "input"));
  }
  for (const ValueId id : graph.outputs) {
    names.outputs.push_back(used.add(graph.value(id).name, "output"));
  }
  return names;
}

}  // namespace

std::string emitted_name(std::string_view wanted) { return c_code::identifier(wanted, "net"); }

EmittedC emit_c(std::string_view wanted_name, const ModelContents& contents) {
  const c_code::EmittedNames names = names_of(emitted_name(wanted_name), contents.graph);
  c_code::EmittedSource source = c_code::emit_source(contents.graph, names);
  return {names.prefix, c_code::emit_header(contents, names, source.workspace_bytes),
          std::move(source.text)};
}

}  // namespace ockham::converters
