// Runs that start from a trained network: training it alone, what is refused, resuming, sweeping.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/training/synthetic_data.h"
#include "tests/training/tiny_runs.h"
#include "training/networks/networks.h"
#include "training/report/outputs.h"
#include "training/report/run_folder.h"
#include "training/trainer/sweep.h"

namespace ockham::training::test {
namespace {

using tests::expect_error;

class DenseStart : public testing::Test {
 protected:
  void SetUp() override { write_bar_data(data_); }

  Settings settings(const std::string& out) const {
    return tiny_settings(data_, folder_.path() / out);
  }

  /// Trains a dense network; the path of its file.
  std::filesystem::path train_dense(const std::string& out, std::uint64_t seed = 0) const {
    Settings dense = settings(out);
    dense.dense_only = true;
    dense.seed = seed;
    Trainer trainer(dense, {});
    write_outputs(trainer.settings(), trainer.data(), trainer.run());
    return dense_path(dense);
  }

  Settings from(const std::filesystem::path& dense, const std::string& out) const {
    Settings settings = this->settings(out);
    settings.from = dense;
    return settings;
  }

  nlohmann::json json_in(const std::filesystem::path& path) const {
    return nlohmann::json::parse(std::ifstream(path));
  }

  tests::TemporaryFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
};

TEST_F(DenseStart, TrainingOnlyTheDenseNetworkLeavesItsFilesAlone) {
  const std::filesystem::path dense = train_dense("dense");
  const auto model = converters::import_onnx(dense);
  EXPECT_TRUE(model.metadata.contains("ockham.provenance"));
  EXPECT_EQ(cost(model.graph).total.macs, 784 * 300 + 300 * 100 + 100 * 10);
  const auto summary = json_in(dense.parent_path() / "summary.json");
  EXPECT_FALSE(summary.contains("pruned"));
  EXPECT_TRUE(summary.at("dense").contains("test_error_percent"));
  EXPECT_FALSE(std::filesystem::exists(dense.parent_path() / "pruned.onnx"));
}

TEST_F(DenseStart, EqualsARunThatPretrainsTheSameNetwork) {
  const TrainingResult whole = Trainer(settings("whole"), {}).run();
  Trainer continued(from(train_dense("dense"), "continued"), {});
  const TrainingResult found = continued.run();
  EXPECT_EQ(all_constants(found.dense), all_constants(whole.dense));
  EXPECT_EQ(all_constants(found.pruned), all_constants(whole.pruned));
  EXPECT_EQ(found.metrics.size(), 5u) << "no epoch of pretraining";
}

TEST_F(DenseStart, KeepsTheHistoryOfTheDenseFile) {
  const std::filesystem::path dense = train_dense("dense");
  Trainer trainer(from(dense, "run"), {});
  write_outputs(trainer.settings(), trainer.data(), trainer.run());
  EXPECT_EQ(converters::import_onnx(dense_path(trainer.settings())).metadata,
            converters::import_onnx(dense).metadata);
  const auto pruned = converters::import_onnx(pruned_path(trainer.settings()));
  const Provenance said = converters::from_metadata(pruned.metadata, pruned.graph).provenance;
  EXPECT_EQ(said.get("trained_by"), "ockham-train");
  EXPECT_EQ(said.get("imported_from"), "") << "we trained it";
}

TEST_F(DenseStart, ResumesOnlyWithTheSameDenseNetwork) {
  const std::filesystem::path first = train_dense("dense0"), other = train_dense("dense1", 1);
  const TrainingResult expected = Trainer(from(first, "unbroken"), {}).run();
  EXPECT_THROW(Trainer(from(first, "run"), killed_after(3)).run(), Killed);
  Settings again = from(other, "run");
  again.resume = true;
  expect_error(Status::kInvalidArgument, {"another trained network"}, [&] { Trainer(again, {}); });
  again.from = first;
  EXPECT_EQ(all_constants(Trainer(again, {}).run().pruned), all_constants(expected.pruned));
}

TEST_F(DenseStart, RefusesANetworkThatDoesNotFit) {
  const auto refuses = [&](const Graph& graph, std::initializer_list<std::string> parts) {
    const std::filesystem::path path = folder_.path() / "other.onnx";
    converters::export_onnx(path, {graph, {}});
    Settings settings = from(path, "run");
    settings.network.clear();
    expect_error(Status::kInvalidArgument, parts, [&] { Trainer(settings, {}); });
  };
  refuses(make_network("lenet5", {3, 28, 28}, 10, 0).graph,
          {"--from", "[3, 28, 28]", "[1, 28, 28]"});
  refuses(make_network("lenet5", {1, 28, 28}, 7, 0).graph, {"--from", "[7]", "10 classes"});
}

TEST_F(DenseStart, NamesTheOptionThatGaveTheNetwork) {
  Settings given = from(folder_.path() / "theirs.onnx", "run");
  converters::export_onnx(given.from, {make_network("lenet5", {3, 28, 28}, 10, 0).graph, {}});
  given.network.clear();
  given.from_option = "--network";
  expect_error(Status::kInvalidArgument, {"--network ", "theirs.onnx", "[3, 28, 28]"},
               [&] { Trainer(given, {}); });
}

TEST_F(DenseStart, RefusesContradictions) {
  const std::filesystem::path dense = train_dense("dense");
  Settings other_name = from(dense, "run");
  other_name.network = "lenet5";
  expect_error(Status::kInvalidArgument, {"lenet-300-100", "lenet5"},
               [&] { Trainer(other_name, {}); });
  Settings both = from(dense, "run");
  both.dense_only = true;
  expect_error(Status::kInvalidArgument, {"--from", "--dense-only"}, [&] { Trainer(both, {}); });
}

TEST_F(DenseStart, SweepSharesOneDenseNetworkAndResumes) {
  Settings sweep = settings("sweep");
  int dense_epochs = 0, epochs = 0;
  const auto count = [&](const std::string& run) -> TrainerEvents {
    return {
        .epoch_done = [&, run](const EpochReport&) { ++(run == "dense" ? dense_epochs : epochs); },
        .step_done = {}};
  };
  const std::vector<SweepPoint> points = run_sweep(sweep, {0.0, 3.0}, count);
  EXPECT_EQ(dense_epochs, 1);
  EXPECT_EQ(epochs, 10);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_GT(points[0].macs, points[1].macs) << "a price removes more than none";
  EXPECT_EQ(json_in(sweep.out / "sweep.json").at("points").size(), 2u);

  const std::vector<SweepPoint> again = run_sweep(sweep, {0.0, 3.0, 5.0}, count);
  EXPECT_EQ(dense_epochs, 1);
  EXPECT_EQ(epochs, 15) << "only the new price is trained";
  EXPECT_EQ(again[1].macs, points[1].macs);
}

}  // namespace
}  // namespace ockham::training::test
