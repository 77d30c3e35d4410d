// Small models for the tests of the public interfaces. Knows nothing of the internal headers, so
// that a test can include it beside the public ones.
#pragma once

#include <string>
#include <vector>

#include "tests/cases/temporary_folder.h"

namespace ockham::tests {

/// A folder for the model files of one test.
class ModelFolder {
 public:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  TemporaryFolder folder_;
};

/// Input "image" [N, 2, 4, 4], a padded convolution with ReLU, output "scores" [N, 3]; with
/// preprocessing (scale 1/255, mean {0.25, 0.5}, standard deviation {1, 2}), provenance ("method":
/// "group-ard", "seed": "7") and a self-test.
void write_classifier(const std::string& path);

/// The same, but its self-test expects other scores.
void write_failing_classifier(const std::string& path);

/// What the classifier answers on `images`, according to the reference executor.
std::vector<float> classifier_scores(const std::vector<float>& images);

/// Inputs "left" and "right" [N, 3], outputs "sum" = left + right and "positive" = relu(sum); with
/// no preprocessing, provenance or self-test.
void write_adder(const std::string& path);

/// Input "x" [N, 1000], a linear layer that is worth sharing between threads, output "y" [N, 1000].
/// With two layers, both are.
void write_large_layer(const std::string& path, int layers = 1);

/// Input "scores" [N, 4], output "class" [N], int64: where the largest of them stands.
void write_arg_max(const std::string& path);

/// `count` numbers between -1 and 1, the same for the same seed.
std::vector<float> numbers(std::size_t count, unsigned seed);

/// The bytes of a file.
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

}  // namespace ockham::tests
