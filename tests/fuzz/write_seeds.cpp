// Writes the networks that all tests share as ONNX files and as model files: what the seeds of the
// fuzz targets are chosen from, beside what others made. write_fuzz_seeds FOLDER
#include <filesystem>
#include <string>
#include <vector>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "tests/cases/operator_cases.h"
#include "tests/cases/test_networks.h"
#include "tests/programs/model_writer.h"
#include "tests/runtime/format/sample_model.h"

namespace ockham::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRandomNetworks = 200;

std::vector<OperatorCase> networks() {
  std::vector<OperatorCase> all = operator_cases();
  all.push_back({"residual", residual_network(1)});
  for (std::uint64_t seed = 0; seed < kRandomNetworks; ++seed) {
    all.push_back({"random" + std::to_string(seed), random_network(seed)});
  }
  return all;
}

/// A file with all the metadata that training leaves.
converters::OnnxModel trained() {
  const ModelContents sample = sample_model();
  const converters::TrainingRecord record{.provenance = sample.provenance,
                                          .preprocessing = sample.preprocessing,
                                          .sample = sample.self_test};
  return {sample.graph, converters::to_metadata(record)};
}

void write_seeds(const fs::path& folder) {
  const fs::path onnx = folder / "onnx", model_file = folder / "model_file";
  fs::create_directories(onnx);
  fs::create_directories(model_file);
  for (const OperatorCase& network : networks()) {
    converters::export_onnx(onnx / (network.name + ".onnx"), {network.graph, {}});
    write_model(model_file / (network.name + ".ockham"), {.graph = network.graph});
  }
  converters::export_onnx(onnx / "trained.onnx", trained());
  write_model(model_file / "sample.ockham", sample_model());
  write_model(model_file / "smallest.ockham", smallest_model());
}

}  // namespace
}  // namespace ockham::tests

int main(int argc, char** argv) {
  return ockham::tests::write_to_folder(argc, argv, ockham::tests::write_seeds);
}
