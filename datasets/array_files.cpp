#include "datasets/array_files.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>

#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"

namespace ockham::datasets {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::kInvalidArgument, text); }

[[noreturn]] void refuse_argument(const std::string& kind, const std::string& argument,
                                  const std::string& text) {
  refuse("--" + kind + " " + argument + ": " + text);
}

[[noreturn]] void refuse_missing(const std::string& kind, const std::string& name) {
  refuse("no file for " + kind + " '" + name + "': add --" + kind + " " + name + "=FILE");
}

std::string unknown_name_text(const std::string& argument, const std::string& names) {
  return "expected NAME=FILE, NAME one of " + names + "; write a file whose name has a '=' as ./" +
         argument;
}

std::string twice_text(const std::string& first) { return "given twice, the first is " + first; }

std::string names_of(const Graph& graph, const std::vector<ValueId>& values) {
  std::string names;
  for (const ValueId id : values)
    names += (names.empty() ? "'" : ", '") + graph.value(id).name + "'";
  return names;
}

/// An argument taken apart: the position of the value it names (-1 for none known), and the file.
struct NamedFile {
  std::ptrdiff_t position = -1;
  std::string file;
};

/// Whether all of an argument that names no value may be a file, which has a '=' in its own name:
/// an input that is there, or a path with a folder before the sign. Else the name is a mistake.
bool may_be_file(const std::string& argument, bool is_input) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || argument.find('/') < equals) return true;
  return is_input && std::filesystem::exists(argument);
}

NamedFile take_apart(const std::string& argument, const Graph& graph,
                     const std::vector<ValueId>& values) {
  std::ptrdiff_t position = -1;
  std::size_t name_size = 0;  // the longest that fits: a name may have a '=', too
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string& name = graph.value(values[i]).name;
    if (!argument.starts_with(name + "=") || name.size() < name_size) continue;
    position = static_cast<std::ptrdiff_t>(i);
    name_size = name.size();
  }
  if (position >= 0) return {position, argument.substr(name_size + 1)};
  const bool is_file = may_be_file(argument, values == graph.inputs);
  return {values.size() == 1 && is_file ? 0 : -1, argument};
}

bool same_dims(const Shape& shape, int first_axis, const std::vector<std::int64_t>& dims) {
  return std::equal(shape.dims().begin() + first_axis, shape.dims().end(), dims.begin(),
                    dims.end());
}

/// Gives a single image its batch axis, and checks everything behind it.
void check_input(Array& array, const Value& value, const std::string& file) {
  if (same_dims(value.shape, 1, array.shape)) array.shape.insert(array.shape.begin(), 1);
  const bool has_images = !array.shape.empty() && array.shape[0] >= 1;
  if (!has_images || !same_dims(value.shape.with_batch(array.shape[0]), 0, array.shape)) {
    refuse(file + ": shape " + Shape(array.shape).text() + ", but input '" + value.name +
           "' takes " + value.shape.text());
  }
}

}  // namespace

std::vector<std::string> assign_files(const std::vector<std::string>& arguments, const Graph& graph,
                                      const std::vector<ValueId>& values, const std::string& kind) {
  std::vector<std::string> files(values.size());
  for (const std::string& argument : arguments) {
    const NamedFile named = take_apart(argument, graph, values);
    if (named.position < 0) {
      refuse_argument(kind, argument, unknown_name_text(argument, names_of(graph, values)));
    }
    std::string& file = files[static_cast<std::size_t>(named.position)];
    if (!file.empty()) refuse_argument(kind, argument, twice_text(file));
    file = named.file;
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].empty()) refuse_missing(kind, graph.value(values[i]).name);
  }
  return files;
}

std::vector<Array> read_inputs(const std::vector<std::string>& files, const Graph& graph) {
  std::vector<Array> inputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    inputs.push_back(read_npy(files[i]));
    check_input(inputs.back(), graph.value(graph.inputs[i]), files[i]);
    if (inputs.back().shape[0] != inputs.front().shape[0]) {
      refuse(files[i] + ": found " + images_text(inputs.back().shape[0]) + ", but " +
             files.front() + " has " + images_text(inputs.front().shape[0]));
    }
  }
  return inputs;
}

}  // namespace ockham::datasets
