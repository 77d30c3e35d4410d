// ONNX's own tests of single operators (Debian: libonnx-testdata): import, reference, CPU.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ockham::converters::tests {

enum class Verdict {
  kPassed,   ///< reference and CPU give the expected outputs
  kRefused,  ///< import says why it does not take the model
  kWrong,    ///< an output differs, or something failed behind the import
};

struct NodeCase {
  std::string name;  ///< "test_conv_with_strides_padding"
  std::string op;    ///< "Conv"; of the first node that is no Constant
  Verdict verdict = Verdict::kWrong;
  std::string text;                 ///< why it was refused, or what is wrong
  bool is_of_another_type = false;  ///< its first input or output is not of float32
};

/// Where the tests lie: the environment's OCKHAM_ONNX_TESTDATA, else where Debian puts them. Empty
/// when there is no such folder.
std::filesystem::path node_case_folder();

/// Runs every test below `folder`, by name. Inputs of the model that can be activations are; where
/// that is refused, all but the first become constants, as weights and shapes are in networks.
std::vector<NodeCase> run_node_cases(const std::filesystem::path& folder);

/// The version of the Debian package that `folder` is of ("1.12.0-2"), installed or unpacked, by
/// its changelog. Empty when that is not there.
std::string node_case_version(const std::filesystem::path& folder);

/// The table of docs/onnx_operators.md.
std::string node_case_table(const std::vector<NodeCase>& cases, const std::string& version);

}  // namespace ockham::converters::tests
