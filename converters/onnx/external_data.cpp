#include "converters/onnx/external_data.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "converters/onnx/functions.h"
#include "converters/onnx/text.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& where, const std::string& text) {
  throw Error(Status::kInvalidModel, where + ": external data: " + text);
}

/// Where a tensor's elements lie, as the model claims.
struct Claim {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

std::uint64_t parse_number(const std::string& where, const ::onnx::StringStringEntryProto& entry) {
  const std::string& digits = entry.value();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    refuse(where, entry.key() + " is " + shown(digits) + ", expected a number of bytes");
  }
  return number;
}

Claim read_claim(const ::onnx::TensorProto& tensor, const std::string& where) {
  Claim claim;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") claim.location = entry.value();
    if (entry.key() == "offset") claim.offset = parse_number(where, entry);
    if (entry.key() == "length") claim.length = parse_number(where, entry);
  }
  return claim;
}

/// Goes through all of a model that can hold a tensor.
class LocationCollector {
 public:
  void add(const ::onnx::ModelProto& model) {
    add(model.graph());
    for (const auto& function : model.functions()) {
      add_nodes(function.node());
      for (const auto& attribute : default_attributes(function)) add(attribute);
    }
    for (const auto& training : model.training_info()) {
      add(training.initialization());
      add(training.algorithm());
    }
  }

  const std::set<std::string>& locations() const { return locations_; }

 private:
  void add(const ::onnx::GraphProto& graph) {
    add_tensors(graph.initializer());
    for (const auto& sparse : graph.sparse_initializer()) add(sparse);
    add_nodes(graph.node());
  }

  void add_nodes(const auto& nodes) {
    for (const ::onnx::NodeProto& node : nodes) {
      for (const ::onnx::AttributeProto& attribute : node.attribute()) add(attribute);
    }
  }

  void add(const ::onnx::AttributeProto& attribute) {
    add(attribute.t());
    add(attribute.sparse_tensor());
    if (attribute.has_g()) add(attribute.g());
    add_tensors(attribute.tensors());
    for (const auto& sparse : attribute.sparse_tensors()) add(sparse);
    for (const auto& graph : attribute.graphs()) add(graph);
  }

  void add(const ::onnx::SparseTensorProto& sparse) {
    add(sparse.values());
    add(sparse.indices());
  }

  void add_tensors(const auto& tensors) {
    for (const ::onnx::TensorProto& tensor : tensors) add(tensor);
  }

  void add(const ::onnx::TensorProto& tensor) {
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") locations_.insert(entry.value());
    }
  }

  std::set<std::string> locations_;
};

fs::path folder_of(const fs::path& model) {
  return model.has_parent_path() ? model.parent_path() : ".";
}

bool is_inside(const fs::path& folder, const fs::path& file) {
  const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end();
}

void check_extent(const Claim& claim, const fs::path& file, const std::string& where,
                  std::uint64_t bytes) {
  if (claim.length && *claim.length != bytes) {
    refuse(where, "length is " + std::to_string(*claim.length) + ", expected " +
                      std::to_string(bytes) + " for the tensor's shape");
  }
  std::error_code error;
  const std::uint64_t size = fs::file_size(file, error);
  if (error || claim.offset > size || bytes > size - claim.offset) {
    refuse(where, std::to_string(bytes) + " bytes at offset " + std::to_string(claim.offset) +
                      " of " + shown(claim.location) + ", which has " +
                      std::to_string(error ? 0 : size) + " bytes");
  }
}

fs::path check_claim(const Claim& claim, const DataFolders& folders, const std::string& where,
                     std::uint64_t bytes) {
  fs::path file = folders.find(claim.location, where);
  check_extent(claim, file, where, bytes);
  return file;
}

}  // namespace

DataFolders::DataFolders(const fs::path& model) : folder_(folder_of(model)) {
  std::error_code error;
  inside_ = fs::canonical(folder_, error);
  const fs::path real = fs::canonical(model, error);
  if (!error && fs::is_symlink(model, error)) of_real_model_ = real.parent_path();
}

bool DataFolders::may_hold(const fs::path& file) const {
  const bool lies_with_the_real_model =
      !of_real_model_.empty() && file.parent_path() == of_real_model_;
  return is_inside(inside_, file) || lies_with_the_real_model;
}

fs::path DataFolders::find(const std::string& location, const std::string& where) const {
  if (location.empty()) refuse(where, "location is missing");
  if (!is_plain_text(location)) refuse(where, "location " + shown(location) + " is not a path");
  const fs::path relative = location;
  const bool climbs = std::ranges::find(relative, fs::path("..")) != relative.end();
  if (relative.is_absolute() || climbs) {
    refuse(where, "location " + shown(location) + " leaves the model's folder");
  }
  std::error_code error;
  fs::path file = fs::canonical(folder_ / relative, error);
  if (error || inside_.empty()) {
    throw Error(Status::kNotFound, where + ": external data: cannot open " + shown(location) +
                                       " in the model's folder: " + error.message());
  }
  if (!may_hold(file)) {
    refuse(where, "location " + shown(location) + " is a link out of the model's folder" +
                      (of_real_model_.empty() ? "" : " and that of the file that it links to"));
  }
  if (!fs::is_regular_file(file, error)) {
    refuse(where, "location " + shown(location) + " is not a regular file");
  }
  return file;
}

void check_external_data(const DataFolders& folders, const ::onnx::TensorProto& tensor,
                         const std::string& where, std::size_t bytes) {
  check_claim(read_claim(tensor, where), folders, where, bytes);
}

void read_external_data(const DataFolders& folders, const ::onnx::TensorProto& tensor,
                        const std::string& where, std::span<std::byte> bytes) {
  const Claim claim = read_claim(tensor, where);
  std::ifstream file(check_claim(claim, folders, where, bytes.size()), std::ios::binary);
  file.seekg(static_cast<std::streamoff>(claim.offset));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) {
    throw Error(Status::kIo,
                where + ": external data: reading " + shown(claim.location) + " failed");
  }
}

std::vector<fs::path> external_files(const fs::path& path, const ::onnx::ModelProto& model) {
  LocationCollector collector;
  collector.add(model);
  std::vector<fs::path> files;
  for (const std::string& location : collector.locations()) {
    files.push_back(folder_of(path) / location);
  }
  return files;
}

}  // namespace ockham::converters::onnx_io
