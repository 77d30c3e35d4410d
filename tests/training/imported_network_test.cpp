// Networks that others trained: where they come from stays on record, and so does how their input
// is prepared; dead channels go before training, batch norms before pruning, and neither changes
// what the network computes.

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "runtime/graph/cost.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/training/small_networks.h"
#include "tests/training/synthetic_data.h"
#include "tests/training/tiny_runs.h"
#include "training/report/outputs.h"
#include "training/report/run_folder.h"

namespace ockham::training::test {
namespace {

using converters::TrainingRecord;
using tests::expect_error;

class ImportedNetwork : public testing::Test {
 protected:
  void SetUp() override { write_bar_data(data_); }

  /// A short run on the file, in a folder of --out.
  Settings settings(const std::filesystem::path& file, const std::string& out) const {
    Settings settings = tiny_settings(data_, folder_.path() / out);
    settings.network.clear();
    settings.from = file;
    settings.schedule = {0, 2, 1};
    return settings;
  }

  std::filesystem::path write(const Graph& graph, const TrainingRecord& record = {}) const {
    const bool is_empty = record.provenance.empty() && record.preprocessing.empty();
    const std::filesystem::path path = folder_.path() / "theirs.onnx";
    converters::export_onnx(
        path, {graph, is_empty ? std::map<std::string, std::string>() : to_metadata(record)});
    return path;
  }

  static TrainingRecord record_in(const std::filesystem::path& file) {
    const converters::OnnxModel model = converters::import_onnx(file);
    return converters::from_metadata(model.metadata, model.graph);
  }

  /// Runs to the end and writes what a run leaves; the settings it had then.
  static Settings run(const Settings& settings) {
    Trainer trainer(settings, {});
    write_outputs(trainer.settings(), trainer.data(), trainer.run());
    return trainer.settings();
  }

  /// What the run says on the way.
  static std::vector<std::string> notices(const Settings& settings) {
    std::vector<std::string> texts;
    Trainer(settings, {.notice = [&](const std::string& text) { texts.push_back(text); }});
    return texts;
  }

  tests::TemporaryFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
};

void expect_same_function(const Graph& found, const Graph& expected) {
  const torch::Tensor x = torch::rand({4, 1, 28, 28});
  EXPECT_TRUE(torch::allclose(TorchGraph(found, torch::kFloat32).evaluate(x),
                              TorchGraph(expected, torch::kFloat32).evaluate(x), 1e-4, 1e-4));
}

TEST_F(ImportedNetwork, IsNotSaidToBeTrainedByUs) {
  const Settings first = run(settings(write(residual_digits_network()), "first"));
  const Provenance dense = record_in(dense_path(first)).provenance;
  EXPECT_EQ(dense.get("imported_from"), "theirs.onnx");
  for (const char* key : {"trained_by", "trained_at", "seed", "settings", "training_seconds"}) {
    EXPECT_EQ(dense.get(key), "") << key;
  }
  const Provenance pruned = record_in(pruned_path(first)).provenance;
  EXPECT_EQ(pruned.get("imported_from"), "theirs.onnx");
  EXPECT_EQ(pruned.get("trained_by"), "");
  EXPECT_EQ(pruned.get("pruned_by"), "ockham-train");
  EXPECT_EQ(pruned.get("seed"), "0") << "of pruning";
  const auto summary = nlohmann::json::parse(std::ifstream(summary_path(first)));
  EXPECT_EQ(summary.at("imported_from"), "theirs.onnx");

  const Settings second = run(settings(dense_path(first), "second"));
  EXPECT_EQ(record_in(pruned_path(second)).provenance.get("imported_from"), "theirs.onnx");
}

const InputPreprocessing kTheirs{
    .scale = 1.0f / 255.0f, .mean = {0.25f}, .standard_deviation = {0.5f}};
const InputPreprocessing kOurs{
    .scale = 0.5f / 255.0f, .mean = {0.125f}, .standard_deviation = {0.75f}};

void expect_preprocessing(const TrainingRecord& found, const InputPreprocessing& expected) {
  ASSERT_EQ(found.preprocessing.size(), 1u);
  EXPECT_EQ(found.preprocessing[0].scale, expected.scale);
  EXPECT_EQ(found.preprocessing[0].mean, expected.mean);
  EXPECT_EQ(found.preprocessing[0].standard_deviation, expected.standard_deviation);
}

TEST_F(ImportedNetwork, KeepsItsInputPreprocessing) {
  TrainingRecord record;
  record.provenance.set("trained_by", "someone else");
  record.preprocessing = {kTheirs};
  const std::filesystem::path file = write(residual_digits_network(), record);
  const Settings kept = run(settings(file, "kept"));
  expect_preprocessing(record_in(dense_path(kept)), kTheirs);
  expect_preprocessing(record_in(pruned_path(kept)), kTheirs);
  EXPECT_THAT(record_in(pruned_path(kept)).provenance.get("settings"),
              testing::HasSubstr(",0.25,0.5\""));

  Settings other = settings(file, "other");
  other.preprocessing = kOurs;
  other = run(other);
  expect_preprocessing(record_in(dense_path(other)), kOurs);
  expect_preprocessing(record_in(pruned_path(other)), kOurs);
  EXPECT_EQ(record_in(dense_path(other)).provenance.get("trained_by"), "someone else");
}

TEST_F(ImportedNetwork, ResumesOnlyWithTheSameInputPreprocessing) {
  TrainingRecord record;
  record.preprocessing = {kTheirs};
  const std::filesystem::path file = write(residual_digits_network(), record);
  const TrainingResult expected = Trainer(settings(file, "unbroken"), {}).run();
  EXPECT_THROW(Trainer(settings(file, "run"), killed_after(2)).run(), Killed);
  Settings again = settings(file, "run");
  again.resume = true;
  again.preprocessing = kOurs;
  expect_error(Status::kInvalidArgument, {"preparation", "0.125", "0.25"},
               [&] { Trainer(again, {}); });

  again.preprocessing.reset();
  record.preprocessing = {kOurs};
  write(residual_digits_network(), record);
  expect_error(Status::kInvalidArgument, {"preparation", "0.125", "0.25"},
               [&] { Trainer(again, {}); });

  again.preprocessing = kTheirs;
  EXPECT_EQ(all_constants(Trainer(again, {}).run().pruned), all_constants(expected.pruned));
}

/// Three of conv1's filters are zero, so that they give constants behind its batch norm.
Graph network_with_dead_channels() {
  Graph graph = residual_digits_network();
  tests::zero_slices(graph, "conv1.weight", 0, {0, 2, 5});
  return graph;
}

TEST_F(ImportedNetwork, LosesDeadChannelsBeforeTraining) {
  const Graph given = network_with_dead_channels();
  const std::filesystem::path file = write(given);
  EXPECT_THAT(notices(settings(write(residual_digits_network()), "all-alive")), testing::IsEmpty());
  write(given);
  EXPECT_THAT(notices(settings(file, "told")),
              testing::ElementsAre(testing::AllOf(testing::HasSubstr("theirs.onnx"),
                                                  testing::HasSubstr("dead channels"))));

  const TrainingResult result = Trainer(settings(file, "unbroken"), {}).run();
  EXPECT_LT(cost(result.dense).total.macs, cost(given).total.macs);
  EXPECT_LT(result.posterior.at("conv1").size(), 6u);
  expect_same_function(result.dense, given);
  expect_same_function(result.compact, result.pruned);

  EXPECT_THROW(Trainer(settings(file, "broken"), killed_after(3)).run(), Killed);
  Settings again = settings(file, "broken");
  again.resume = true;
  EXPECT_THAT(notices(again), testing::IsEmpty()) << "said when it was done";
  EXPECT_EQ(all_constants(Trainer(again, {}).run().pruned), all_constants(result.pruned));
}

TEST_F(ImportedNetwork, KeepsDeadChannelsOfFrozenLayers) {
  Settings frozen = settings(write(network_with_dead_channels()), "run");
  frozen.frozen = {"conv1"};
  EXPECT_THAT(notices(frozen), testing::IsEmpty());
}

TEST_F(ImportedNetwork, ComputesTheSameWithItsBatchNormsFolded) {
  Settings folding = settings("theirs.onnx", "run");
  for (const auto& [frozen, left] :
       {std::pair<std::vector<std::string>, int>{{}, 0}, {{"conv1"}, 1}}) {
    folding.method = "two-sided-ard";
    folding.frozen = frozen;
    const Graph given = residual_digits_network(7);
    RunState state = start_state(folding, {}, given, torch::kCPU);
    enter_phase(state, folding, Phase::kPrune);
    EXPECT_EQ(count_batch_norms(state.network->graph()), left);
    EXPECT_EQ(count_batch_norms(state.dense), left);
    expect_same_function(state.network->to_graph(), given);
  }
}

/// conv - linear on images of MNIST's form, which come as `input` and are made planes by `op`.
template <class Op>
Graph digits_behind(const Shape& input, const Op& op) {
  tests::NetworkBuilder net(1);
  ValueId x = net.graph().add_node("planes", op, {net.input("image", input)});
  x = net.relu("relu1", net.conv("conv1", x, 6, {.kernel = 5, .stride = 4}));
  return net.build(net.linear("fc", net.flatten("flatten", x), 10));
}

TEST_F(ImportedNetwork, TakesImagesWithChannelsLastAndFlatOnes) {
  const auto trained = [&](const Graph& graph, const std::string& out) {
    Settings settings = this->settings(write(graph), out);
    settings.preprocessing = kOurs;
    return run(settings);
  };
  const auto constants_of = [](const Settings& done) {
    return all_constants(converters::import_onnx(pruned_path(done)).graph);
  };
  const Settings planes =
      trained(digits_behind({Shape::kBatch, 1, 28, 28}, Reshape{{28, 28}}), "planes");
  const Settings flat = trained(digits_behind({Shape::kBatch, 784}, Reshape{{28, 28}}), "flat");
  const Settings pixels =
      trained(digits_behind({Shape::kBatch, 28, 28, 1}, Transpose{{0, 3, 1, 2}}), "pixels");
  EXPECT_FALSE(constants_of(planes).empty());
  for (const Settings& done : {flat, pixels}) {
    EXPECT_EQ(constants_of(done), constants_of(planes)) << done.out;
    expect_preprocessing(record_in(pruned_path(done)), kOurs);
  }
}

TEST(PreparedImages, LieAsTheNetworkTakesThem) {
  TrainingData data;
  data.preprocessing = {.scale = 0.5f, .mean = {0, 1}};
  const torch::Tensor images =
      torch::tensor({0, 2, 4, 6, 10, 12, 14, 16}, torch::kUInt8).reshape({1, 2, 2, 2});
  const torch::Tensor planes = torch::tensor({0.0f, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f, 7.0f});
  EXPECT_TRUE(torch::equal(data.prepared(images), planes.reshape({1, 2, 2, 2})));
  data.layout = datasets::Layout::kFlat;
  EXPECT_TRUE(torch::equal(data.prepared(images), planes.reshape({1, 8})));
  data.layout = datasets::Layout::kPixels;
  EXPECT_TRUE(torch::equal(
      data.prepared(images),
      torch::tensor({0.0f, 4.0f, 1.0f, 5.0f, 2.0f, 6.0f, 3.0f, 7.0f}).reshape({1, 2, 2, 2})));
}

}  // namespace
}  // namespace ockham::training::test
