#include "bench/measure.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/bench/sample_networks.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"

namespace ockham::bench {
namespace {

using tests::expect_error;
using tests::Widths;
using tests::write_small_model;

constexpr Widths kPruned{3, 5, 7};

class Measure : public testing::Test {
 protected:
  Measure() { options.seconds = 0.02; }

  tests::TemporaryFolder folder;
  std::filesystem::path dense = write_small_model(folder.path(), "dense.ockham", Widths{});
  std::filesystem::path pruned = write_small_model(folder.path(), "pruned.ockham", kPruned);
  MeasureOptions options;
};

TEST_F(Measure, CountsWhatTheNetworkHas) {
  const NetworkMeasurement network = measure(pruned, std::nullopt, options).network;
  EXPECT_EQ(network.macs, tests::small_network_macs(kPruned));
  EXPECT_EQ(network.file_bytes, std::filesystem::file_size(pruned));
  EXPECT_EQ(network.latency.runs, network.samples_us.size());
  EXPECT_LE(network.answer_error, tolerance_of(Precision::kFloat32));
  EXPECT_GT(network.loading.peak_bytes, network.memory.arena);
  EXPECT_EQ(network.provenance.get("method"), "group-ard");
}

TEST_F(Measure, LayersAddUpToTheNetwork) {
  const NetworkMeasurement network = measure(pruned, std::nullopt, options).network;
  std::int64_t macs = 0;
  std::int64_t params = 0;
  for (const LayerMeasurement& layer : network.layers) {
    macs += layer.macs;
    params += layer.params;
    EXPECT_FALSE(layer.name.empty());
    EXPECT_FALSE(layer.kernel.empty());
  }
  EXPECT_EQ(macs, network.macs);
  EXPECT_EQ(params, network.params);
}

TEST_F(Measure, TimesBothNetworks) {
  const Measurements both = measure(pruned, dense, options);
  ASSERT_TRUE(both.baseline);
  EXPECT_EQ(both.network.model, pruned.string());
  EXPECT_EQ(both.baseline->model, dense.string());
  EXPECT_EQ(both.baseline->macs, tests::small_network_macs(Widths{}));
  EXPECT_GE(both.baseline->latency.runs, 1u);
}

TEST_F(Measure, TakesBatchesAndTheReferenceKernels) {
  options.session.max_batch = 4;
  options.session.kernels = Kernels::kReference;
  const NetworkMeasurement network = measure(pruned, std::nullopt, options).network;
  EXPECT_EQ(network.macs, tests::small_network_macs(kPruned)) << "MACs are per image";
}

TEST_F(Measure, HasNoBatchesUnlessAsked) {
  EXPECT_THAT(measure(pruned, std::nullopt, options).network.batches, testing::IsEmpty());
}

TEST_F(Measure, TimesEveryBatchOfBothNetworks) {
  options.session.max_batch = 2;
  options.more_batches = {5, 1};
  const Measurements both = measure(pruned, dense, options);
  for (const NetworkMeasurement* const network : {&both.network, &*both.baseline}) {
    std::vector<std::int64_t> found;
    for (const BatchMeasurement& batch : network->batches) {
      found.push_back(batch.batch);
      EXPECT_GE(batch.run.runs, 1u);
      EXPECT_GT(batch.images_per_second(), 0.0);
      EXPECT_GT(batch.memory.arena, 0u);
      EXPECT_FALSE(batch.device);
    }
    EXPECT_THAT(found, testing::ElementsAre(2, 5, 1));
    EXPECT_EQ(network->batches[0].run.p50, network->latency.p50);
  }
}

TEST_F(Measure, AsksForTheAnswersOfAllBatchesOnce) {
  options.more_batches = {64, 2};
  std::vector<std::int64_t> asked;
  options.oracle = [&](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
    asked.push_back(batch);
    return reference_answer(graph, batch, inputs);
  };
  const NetworkMeasurement network = measure(pruned, std::nullopt, options).network;
  EXPECT_THAT(asked, testing::ElementsAre(kDifferentImages));
  EXPECT_EQ(network.precision, Precision::kFloat32);
}

// The first batch does not have the image whose answer is wrong.
TEST_F(Measure, DoesNotTimeAFurtherBatchWithAWrongAnswer) {
  options.more_batches = {64};
  options.oracle = [](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
    Arrays answer = reference_answer(graph, batch, inputs);
    answer[0].back() += 1.0f;
    return answer;
  };
  expect_error(Status::kVerification, {"fc2"}, [&] { measure(pruned, std::nullopt, options); });
}

TEST_F(Measure, DoesNotTimeAWrongAnswer) {
  std::vector<std::string> stages;
  options.announce = [&](const std::string& stage) { stages.push_back(stage); };
  options.oracle = [](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
    Arrays answer = reference_answer(graph, batch, inputs);
    answer[0][0] += 1.0f;
    return answer;
  };
  expect_error(Status::kVerification, {"fc2"}, [&] { measure(pruned, std::nullopt, options); });
  EXPECT_THAT(stages, testing::Not(testing::Contains("timing")));
}

TEST_F(Measure, DoesNotTimeWhenOnlyTheBaselineIsWrong) {
  options.oracle = [](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
    Arrays answer = reference_answer(graph, batch, inputs);
    const bool is_dense = graph.value(graph.find_value("conv1")).shape[1] == Widths{}.conv1;
    if (is_dense) answer[0][0] += 1.0f;
    return answer;
  };
  expect_error(Status::kVerification, {"fc2"}, [&] { measure(pruned, dense, options); });
}

TEST_F(Measure, RefusesABaselineThatIsAnotherNetwork) {
  ModelContents other;
  const ValueId x = other.graph.add_input("image", {Shape::kBatch, 2, 4});
  other.graph.outputs = {other.graph.add_node("flatten", Flatten{}, {x})};
  const std::filesystem::path path = folder.path() / "other.ockham";
  write_model(path, other);
  expect_error(Status::kInvalidArgument, {"[N, 2, 4]", "[N, 1, 12, 12]", "pruned from"},
               [&] { measure(pruned, path, options); });
}

TEST_F(Measure, PassesOnWhatWentWrongInTheOtherProcess) {
  expect_error(Status::kNotFound, {"missing.ockham"},
               [&] { measure(folder.path() / "missing.ockham", std::nullopt, options); });
}

}  // namespace
}  // namespace ockham::bench
