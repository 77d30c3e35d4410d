#include "tests/converters/emit_c/emitted_program.h"

#include <gtest/gtest.h>

#include <fstream>

#include "converters/emit_c/emit_c.h"
#include "tests/cases/program.h"

namespace ockham::tests {
namespace {

constexpr const char* kOptions =
    " -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Werror ";

constexpr const char* kReadAndWrite = R"(
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void* new_array(size_t count, size_t size) {
  void* const array = malloc(count * size);
  if (array == NULL) exit(3);
  memset(array, 0xff, count * size); /* not a number */
  return array;
}

static float* read_array(size_t count) {
  float* const array = new_array(count, sizeof *array);
  if (fread(array, sizeof *array, count, stdin) != count) exit(4);
  return array;
}

static void write_array(const void* array, size_t count, size_t size) {
  if (fwrite(array, size, count, stdout) != count) exit(5);
}
)";

bool is_int64(const Graph& graph, ValueId id) {
  return graph.value(id).type == ElementType::kInt64;
}

std::string name_of_network(std::size_t number) { return "network" + std::to_string(number); }

/// A function that reads one image, runs the network and writes its outputs.
std::string run_function(const std::string& name, const Graph& graph) {
  std::string before, arguments = "workspace", behind;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const std::string array = "input" + std::to_string(i);
    before += "  float* " + array + " = read_array(" +
              std::to_string(graph.value(graph.inputs[i]).shape.elements()) + ");\n";
    arguments += ", " + array;
    behind += "  free(" + array + ");\n";
  }
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const std::string array = "output" + std::to_string(i);
    const std::string count = std::to_string(graph.value(graph.outputs[i]).shape.elements());
    const std::string type = is_int64(graph, graph.outputs[i]) ? "int64_t" : "float";
    before += "  " + type + "* " + array + " = new_array(" + count + ", sizeof *" + array + ");\n";
    arguments += ", " + array;
    behind += "  write_array(" + array + ", " + count + ", sizeof *" + array + ");\n";
    behind += "  free(" + array + ");\n";
  }
  std::string capitals = name;
  for (char& c : capitals) c = static_cast<char>(std::toupper(c));
  return "static void run_" + name + "(void) {\n" + before + "  void* workspace = new_array(" +
         capitals + "_WORKSPACE_BYTES, 1);\n  " + name + "_run_in(" + arguments +
         ");\n  free(workspace);\n" + behind + "}\n\n";
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  ASSERT_TRUE(file.good()) << path;
}

/// The next `count` numbers of type `T` in the file.
template <class T>
std::vector<float> read_floats(std::ifstream& file, std::int64_t count) {
  std::vector<T> numbers(static_cast<std::size_t>(count));
  file.read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(T)));
  EXPECT_TRUE(file.good()) << "the program wrote too little";
  return {numbers.begin(), numbers.end()};
}

}  // namespace

EmittedProgram::EmittedProgram(std::filesystem::path folder, const std::vector<EmittedRun>& runs)
    : folder_(std::move(folder)), runs_(runs) {
  std::string networks, functions, main = "int main(void) {\n";
  std::ofstream inputs(folder_ / "inputs", std::ios::binary);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    ModelContents contents;
    contents.graph = runs[i].graph;
    const converters::EmittedC emitted = converters::emit_c(name_of_network(i), contents);
    write_text(folder_ / (emitted.name + ".h"), emitted.header);
    networks += emitted.source + "\n";
    functions += run_function(emitted.name, runs[i].graph);
    for (const Arrays& image : runs[i].images) {
      main += "  run_" + emitted.name + "();\n";
      for (const std::vector<float>& array : image) {
        inputs.write(reinterpret_cast<const char*>(array.data()),
                     static_cast<std::streamsize>(array.size() * sizeof(float)));
      }
    }
  }
  write_text(folder_ / "networks.c",
             networks + kReadAndWrite + "\n" + functions + main + "  return 0;\n}\n");
}

std::string EmittedProgram::outcome_of(const std::string& command) const {
  const Outcome outcome = run_program(command, "", folder_);
  if (outcome.status == 0) return outcome.error;
  return command + ": status " + std::to_string(outcome.status) + "\n" + outcome.error;
}

std::string EmittedProgram::compile(const std::string& compiler) const {
  return outcome_of("cd " + folder_.string() + " && " + compiler + kOptions +
                    "networks.c -o program -lm");
}

std::string EmittedProgram::compile_only(const std::string& compiler) const {
  return outcome_of("cd " + folder_.string() + " && " + compiler + kOptions +
                    "-c networks.c -o networks.o");
}

std::vector<std::vector<Arrays>> EmittedProgram::run(const std::string& launcher) const {
  EXPECT_EQ(outcome_of("cd " + folder_.string() + " && " + launcher + " ./program < inputs"), "");
  std::ifstream outputs(folder_ / "output.txt", std::ios::binary);
  std::vector<std::vector<Arrays>> all;
  for (const EmittedRun& run : runs_) {
    std::vector<Arrays>& of_network = all.emplace_back();
    for (std::size_t image = 0; image < run.images.size(); ++image) {
      Arrays& arrays = of_network.emplace_back();
      for (const ValueId id : run.graph.outputs) {
        const std::int64_t count = run.graph.value(id).shape.elements();
        arrays.push_back(is_int64(run.graph, id) ? read_floats<std::int64_t>(outputs, count)
                                                 : read_floats<float>(outputs, count));
      }
    }
  }
  EXPECT_EQ(outputs.peek(), std::ifstream::traits_type::eof()) << "the program wrote too much";
  return all;
}

}  // namespace ockham::tests
