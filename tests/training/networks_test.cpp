// The built-in networks: what they cost says whether they are what their names promise.
#include "training/networks/networks.h"

#include <gmock/gmock.h>

#include "converters/onnx/onnx.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/validate.h"
#include "tests/cases/expect_error.h"
#include "tests/training/small_networks.h"
#include "training/trainer/start.h"

namespace ockham::training::test {
namespace {

using tests::expect_error;

const Shape kDigit = {1, 28, 28}, kPhoto = {3, 32, 32};

Graph made(const std::string& name, const Shape& image, std::int64_t classes = 10) {
  Graph graph = make_network(name, image, classes, 1).graph;
  validate(graph);
  EXPECT_EQ(graph.name, name);
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Shape{Shape::kBatch, classes}));
  return graph;
}

NodeCost cost_of(const std::string& name, const Shape& image) {
  return cost(made(name, image)).total;
}

TEST(Networks, CostWhatTheirNamesPromise) {
  EXPECT_EQ(cost_of("lenet5", kDigit).macs, 2'293'000);
  EXPECT_EQ(cost_of("lenet-300-100", kDigit).params,
            784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10);
  EXPECT_EQ(cost_of("lenet-500-300", kDigit).params,
            784 * 500 + 500 + 500 * 300 + 300 + 300 * 10 + 10);
}

// Papers have 313.46 M (14.98 M parameters), 40.55 M (0.27 M) and 125.49 M (0.85 M).
TEST(Networks, CostWhatPapersSay) {
  const NodeCost vgg = cost_of("vgg-like", kPhoto), resnet20 = cost_of("resnet20", kPhoto),
                 resnet56 = cost_of("resnet56", kPhoto);
  EXPECT_EQ(vgg.macs, 313'463'808);
  EXPECT_EQ(resnet20.macs, 40'551'040);
  EXPECT_EQ(resnet56.macs, 125'485'696);
  EXPECT_NEAR(static_cast<double>(vgg.params), 14.98e6, 2e4);
  EXPECT_NEAR(static_cast<double>(resnet20.params), 0.27e6, 5e3);
  EXPECT_NEAR(static_cast<double>(resnet56.params), 0.85e6, 5e3);
}

TEST(Networks, TakeOtherImagesAndClasses) {
  made("vgg-like", {1, 64, 40}, 100);
  made("resnet20", {1, 7, 5}, 3);
  made("resnet56", kDigit, 2);
}

TEST(Networks, RefuseImagesThatAreTooSmall) {
  expect_error(Status::kInvalidArgument, {"vgg-like", "[1, 28, 28]", "pool5"},
               [] { make_network("vgg-like", kDigit, 10, 1); });
  expect_error(Status::kInvalidArgument, {"lenet5", "[1, 12, 12]", "conv2"}, [] {
    make_network("lenet5", {1, 12, 12}, 10, 1);
  });
}

TEST(Networks, ComeBackFromOnnxAsTheyWere) {
  for (const std::string& name : network_names()) {
    const Graph graph = made(name, kPhoto);
    const std::string bytes = converters::export_onnx_bytes({graph, {}});
    EXPECT_EQ(fingerprint(converters::import_onnx_bytes(bytes).graph), fingerprint(graph)) << name;
  }
}

std::vector<std::int64_t> widths_of_groups(const std::string& name) {
  std::vector<std::int64_t> widths;
  for (const auto& group : groups_of(training_form(made(name, kPhoto)))) {
    widths.push_back(group.width);
  }
  return widths;
}

// Each filter and neuron of the VGG may go by itself; of a ResNet the inner filters of each block,
// and the channels of each stage's sums.
TEST(Networks, LoseChannelsWhereTheyShould) {
  EXPECT_THAT(
      widths_of_groups("vgg-like"),
      testing::ElementsAre(64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512));
  EXPECT_THAT(widths_of_groups("resnet20"),
              testing::UnorderedElementsAre(16, 16, 16, 16, 32, 32, 32, 32, 64, 64, 64, 64));
  EXPECT_EQ(widths_of_groups("resnet56").size(), 27 + 3);
}

TEST(Networks, DropOutValuesThatTheyHave) {
  for (const std::string& name : network_names()) {
    const BuiltInNetwork network = make_network(name, kPhoto, 10, 1);
    EXPECT_EQ(network.dropout.empty(), name != "vgg-like");
    const Graph trained = training_form(network.graph);
    for (const auto& [value, rate] : network.dropout) {
      EXPECT_NE(trained.find_value(value), -1) << value;
      EXPECT_GT(rate, 0.0);
      EXPECT_LE(rate, 0.5);
    }
  }
}

}  // namespace
}  // namespace ockham::training::test
