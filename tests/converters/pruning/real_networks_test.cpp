// Networks made by others, where OCKHAM_MODELS names a folder that holds them: what is dead in them
// is found and removed, exactly.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "converters/onnx/onnx.h"
#include "converters/pruning/conversion.h"
#include "converters/pruning/plan_json.h"
#include "converters/pruning/verify.h"
#include "runtime/graph/cost.h"

namespace ockham::converters {
namespace {

namespace fs = std::filesystem;

class RealNetworks : public testing::Test {
 protected:
  /// Skips the test when the file is not there.
  void import(const std::string& name) {
    const char* folder = std::getenv("OCKHAM_MODELS");
    if (folder == nullptr) GTEST_SKIP() << "OCKHAM_MODELS is not set";
    const fs::path file = fs::path(folder) / name;
    if (!fs::exists(file)) GTEST_SKIP() << file << " does not exist";
    network_ = import_onnx(file).graph;
  }

  void expect_exact_and_final(const Conversion& once) const {
    const Compacted& compacted = once.compacted;
    EXPECT_NO_THROW(verify(network_, compacted.graph, compacted.exact, std::nullopt, 1))
        << once.explanation.text();
    const Conversion twice = convert(compacted.graph);
    EXPECT_FALSE(twice.plan.changes_anything()) << twice.explanation.text();
    EXPECT_EQ(cost(twice.compacted.graph).total.macs, cost(compacted.graph).total.macs);
  }

  /// Sets one filter of the layer, with its bias, to zero.
  void zero_filter(const Node& layer, std::int64_t filter) {
    for (std::size_t i = 1; i < layer.inputs.size(); ++i) {
      const Value& value = network_.value(layer.inputs[i]);
      std::vector<float> elements(value.constant.floats.begin(), value.constant.floats.end());
      const std::int64_t run = value.shape.elements() / value.shape[0];
      std::fill_n(elements.begin() + filter * run, run, 0.0f);
      network_.set_constant(layer.inputs[i], value.shape, std::move(elements));
    }
  }

  Graph network_;
};

TEST_F(RealNetworks, LoseTheirChannelsOfZerosAndTheFiltersThatFedThem) {
  import("distiller/checkpoint_trained_ch_regularized_dense.onnx");
  if (IsSkipped()) return;
  const Conversion once = convert(network_);
  expect_exact_and_final(once);
  // The models' README: input channels of zeros in the second convolutions of seven blocks.
  std::vector<std::int64_t> removed;
  for (const LayerPlan& layer : once.explanation.layers) {
    if (layer.inputs_after < layer.inputs_before) {
      removed.push_back(layer.inputs_before - layer.inputs_after);
    }
  }
  EXPECT_THAT(removed, testing::ElementsAre(5, 8, 8, 9, 14, 13, 12)) << once.explanation.text();
  std::int64_t filters = 0;
  for (const LayerPlan& layer : once.explanation.layers)
    filters += layer.width_before - layer.width_after;
  EXPECT_EQ(filters, 69) << "each channel of zeros was computed by one filter";

  std::size_t named = 0;
  for (std::size_t g = 0; g < once.plan.decisions.groups.size(); ++g) {
    named += static_cast<std::size_t>(once.plan.decisions.group(g).width) -
             once.plan.decisions.groups[g].keep.size();
  }
  EXPECT_EQ(named, 69u);
}

TEST_F(RealNetworks, LoseZeroedFiltersOfEveryKindOfLayer) {
  import("ultraface/version-RFB-320_simplified.onnx");
  if (IsSkipped()) return;
  std::int64_t zeroed = 0, depthwise = 0;
  for (const Node& node : network_.nodes) {
    const auto* conv = std::get_if<Conv2d>(&node.op);
    if (conv == nullptr || network_.is_output(node.outputs[0])) continue;
    const std::int64_t filters = network_.value(node.inputs[1]).shape[0];
    if (filters < 8) continue;
    for (const std::int64_t filter : {std::int64_t{1}, filters / 2}) zero_filter(node, filter);
    zeroed += 2;
    depthwise += conv->groups > 1 ? 1 : 0;
  }
  ASSERT_GT(zeroed, 40);
  ASSERT_GT(depthwise, 5);
  const Conversion once = convert(network_);
  expect_exact_and_final(once);
  EXPECT_LT(cost(once.compacted.graph).total.macs, cost(network_).total.macs * 9 / 10);
  for (const LayerPlan& layer : once.explanation.layers) {
    const Node& node = once.masked.node(layer.node);
    const bool was_zeroed =
        layer.op == "conv2d" && layer.width_before >= 8 && !once.masked.is_output(node.outputs[0]);
    if (!was_zeroed) continue;
    const bool is_cut = layer.width_after <= layer.width_before - 2;
    const bool is_told = layer.reason.find("zero") != std::string::npos ||
                         layer.reason.find("coupled") != std::string::npos ||
                         layer.reason.find("moved to another axis") != std::string::npos;
    EXPECT_TRUE(is_cut || is_told) << layer.name << ": " << layer.reason;
  }
}

}  // namespace
}  // namespace ockham::converters
