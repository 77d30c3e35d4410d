// The course of a run: it learns, prunes, resumes to the bit, survives bad luck.

#include "training/trainer/trainer.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "converters/onnx/onnx.h"
#include "converters/pruning/select_inputs.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/training/small_networks.h"
#include "tests/training/synthetic_data.h"
#include "tests/training/test_name.h"
#include "tests/training/tiny_runs.h"
#include "training/checkpoint/checkpoint.h"
#include "training/methods/method.h"
#include "training/networks/layers.h"
#include "training/networks/networks.h"
#include "training/report/outputs.h"
#include "training/report/run_folder.h"
#include "training/trainer/start.h"

namespace ockham::training::test {
namespace {

using tests::expect_error;

class TrainerTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { write_bar_data(data_); }

  Settings settings(const std::string& out) const {
    Settings settings;
    settings.network = "lenet-300-100";
    settings.data_dir = data_;
    settings.method = GetParam();
    settings.price = GetParam() == "group-ard" ? 20.0 : 3.0;  // much, so that tiny runs prune
    settings.batch = 8;
    settings.schedule = {1, 8, 2};
    if (GetParam() == "bc-ghs") settings.batch = 2;  // its gates' noise grows by so much a step
    settings.validation_split = 0.2;
    settings.out = folder_.path() / out;
    return settings;
  }

  tests::TemporaryFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
};

std::ptrdiff_t count_gathers(const Graph& graph) {
  return std::ranges::count_if(
      graph.nodes, [](const Node& node) { return std::holds_alternative<Gather>(node.op); });
}

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST_P(TrainerTest, ResumedEqualsUnbrokenToTheBit) {
  Trainer unbroken(settings("unbroken"), {});
  const TrainingResult expected = unbroken.run();
  ASSERT_LT(cost(expected.compact).total.macs, cost(expected.dense).total.macs)
      << "the network must shrink on the way, or resuming is not tried";

  // Interrupted in each phase; for all methods but the first only while pruning, which is theirs.
  const bool first = GetParam() == method_names().front();
  for (const int epochs : first ? std::vector{1, 5, 9, 11} : std::vector{5}) {
    Settings broken = settings("broken" + std::to_string(epochs));
    EXPECT_THROW(Trainer(broken, killed_after(epochs)).run(), Killed);
    broken.resume = true;
    std::vector<EpochReport> reports;
    Trainer resumed(broken, {.epoch_done = [&](const EpochReport& r) { reports.push_back(r); },
                             .step_done = {}});
    const TrainingResult found = resumed.run();
    EXPECT_EQ(reports.size(), static_cast<std::size_t>(11 - epochs + 1))
        << "one epoch lost at most";
    EXPECT_EQ(all_constants(found.compact), all_constants(expected.compact)) << epochs;
    EXPECT_EQ(all_constants(found.pruned), all_constants(expected.pruned)) << epochs;
    EXPECT_EQ(found.test_error, expected.test_error);
    EXPECT_EQ(found.posterior, expected.posterior);
    EXPECT_EQ(found.metrics.size(), expected.metrics.size());
  }
}

TEST_P(TrainerTest, LeavesFilesThatAgreeWithEachOther) {
  Trainer trainer(settings("run"), {});
  const TrainingResult result = trainer.run();
  write_outputs(trainer.settings(), trainer.data(), result);

  const auto summary = nlohmann::json::parse(slurp(summary_path(trainer.settings())));
  EXPECT_EQ(summary.at("pruned").at("macs").get<std::int64_t>(), cost(result.compact).total.macs);
  EXPECT_EQ(summary.at("dense").at("macs").get<std::int64_t>(), 784 * 300 + 300 * 100 + 100 * 10);
  EXPECT_EQ(summary.at("method"), GetParam());
  const std::string metrics = slurp(metrics_path(trainer.settings()));
  EXPECT_EQ(std::ranges::count(metrics, '\n'), 11);

  const Graph pruned = converters::import_onnx(pruned_path(trainer.settings())).graph;
  EXPECT_EQ(all_constants(pruned), all_constants(result.pruned));
  EXPECT_LT(cost(result.compact).total.macs, cost(result.dense).total.macs)
      << "something was pruned";
  EXPECT_EQ(cost(result.pruned).total.macs, cost(result.dense).total.macs);
  for (const Graph* graph : {&pruned, &result.dense, &result.pruned}) {
    EXPECT_EQ(count_gathers(*graph), 0);
  }
  const Graph exposed = converters::expose_inputs(pruned);
  const Graph compacted = without_dead_channels(exposed, converters::channel_structure(exposed));
  EXPECT_EQ(all_constants(compacted), all_constants(result.compact));
}

TEST_P(TrainerTest, RemovesSinglePixels) {
  const TrainingResult result = Trainer(settings("run"), {}).run();
  EXPECT_EQ(count_gathers(result.compact), 1) << "in front of fc1";
  const Value& weight = result.compact.value(result.compact.find_value("fc1.weight"));
  EXPECT_LT(weight.shape[1], 784);
}

TEST_P(TrainerTest, LearnsWhatCanBeLearned) {
  write_bar_data(data_, 3000);
  Settings longer = settings("run");
  longer.schedule = {3, 3, 3};
  longer.batch = 32;
  longer.price = GetParam() == "group-ard" ? 0.5 : 0.01;
  const TrainingResult result = Trainer(longer, {}).run();
  EXPECT_LT(result.dense_test_error, 5.0);
  EXPECT_LT(result.test_error, 5.0);
}

void expect_finite(const Graph& graph) {
  for (const float weight : all_constants(graph)) ASSERT_TRUE(std::isfinite(weight));
}

TEST_P(TrainerTest, AnAbsurdPriceLeavesAWorkingNetworkOrIsNamed) {
  Settings absurd = settings("run");
  absurd.price = 100.0 * make_method(GetParam())->default_price();
  const TrainingResult result = Trainer(absurd, {}).run();
  expect_finite(result.compact);
  for (const auto& group : groups_of(result.compact)) EXPECT_GE(group.width, 1);
  if (!result.failure.empty()) {
    EXPECT_THAT(result.failure, testing::HasSubstr("too high"));
  }
}

TEST_P(TrainerTest, PriceZeroRemovesNothing) {
  Settings free = settings("run");
  free.price = 0.0;
  free.schedule = {1, 3, 1};
  std::vector<std::string> notices;
  const TrainingResult result =
      Trainer(free, {.notice = [&](const std::string& text) { notices.push_back(text); }}).run();
  EXPECT_EQ(cost(result.compact).total.macs, cost(result.dense).total.macs);
  EXPECT_THAT(notices, testing::ElementsAre(testing::HasSubstr("price 0")));
  for (const auto& [name, channels] : result.posterior) {
    EXPECT_TRUE(std::ranges::all_of(channels, &ChannelRecord::stayed)) << name;
  }
}

TEST_P(TrainerTest, RecordsEveryChannel) {
  const TrainingResult result = Trainer(settings("run"), {}).run();
  for (const auto& group : groups_of(converters::expose_inputs(result.dense))) {
    const std::vector<ChannelRecord>& channels = result.posterior.at(group.name);
    ASSERT_EQ(std::ssize(channels), group.width);
    for (const ChannelRecord& channel : channels) {
      ASSERT_TRUE(std::isfinite(channel.mean) && std::isfinite(channel.relevance));
      ASSERT_GE(channel.standard_deviation, 0.0f);
      ASSERT_GT(channel.weight, 0.0f);
      ASSERT_LE(channel.gone_after, 8.0f);
    }
    const auto layer = result.compact.find_value(group.name + ".weight");
    if (layer < 0) continue;  // inputs
    EXPECT_EQ(std::ranges::count_if(channels, &ChannelRecord::stayed),
              result.compact.value(layer).shape[0]);
  }
}

TEST_P(TrainerTest, OneClassSurvives) {
  write_bar_data(data_, 200, /*one_class=*/true);
  const TrainingResult result = Trainer(settings("run"), {}).run();
  EXPECT_EQ(result.test_error, 0.0);
  expect_finite(result.compact);
}

/// 784 - 1 - 10.
Graph one_unit_network() {
  NetworkBuilder network("one-unit", {1, 28, 28}, /*seed=*/0);
  network.flatten("flatten");
  network.linear("fc1", 1);
  network.relu("relu1");
  network.linear("fc2", 10);
  return network.finish().graph;
}

TEST_P(TrainerTest, ALayerWithOneUnitSurvives) {
  Settings narrow = settings("run");
  narrow.network.clear();
  narrow.from = folder_.path() / "one-unit.onnx";
  converters::export_onnx(narrow.from, {one_unit_network(), {}});
  narrow.schedule = {0, 3, 1};
  std::vector<std::string> notices;
  const TrainingResult result =
      Trainer(narrow, {.notice = [&](const std::string& text) { notices.push_back(text); }}).run();
  EXPECT_THAT(notices, testing::Contains(testing::HasSubstr("--normalize")))
      << "its weights are random: it guesses";
  EXPECT_EQ(result.posterior.at("fc1").size(), 1u);
  expect_finite(result.compact);
}

/// Pruned networks from outside.
class ImportedTrainerTest : public TrainerTest {
 protected:
  Settings importing(const Graph& network) const {
    Settings imported = settings("unbroken");
    imported.network.clear();
    imported.from = folder_.path() / "imported.onnx";
    converters::export_onnx(imported.from, {network, {}});
    imported.schedule = {0, 8, 1};
    return imported;
  }

  /// The masked network computes what the compact one does, in fewer operations; a run that was
  /// broken off ends as if it had not been.
  TrainingResult expect_prunes(Settings imported) const {
    const TrainingResult result = Trainer(imported, {}).run();
    expect_finite(result.compact);
    EXPECT_LT(cost(result.compact).total.macs, cost(result.dense).total.macs);
    const torch::Tensor x = torch::rand({4, 1, 28, 28});
    const torch::Tensor masked = TorchGraph(result.pruned, torch::kFloat32).evaluate(x);
    const torch::Tensor compact = TorchGraph(result.compact, torch::kFloat32).evaluate(x);
    EXPECT_TRUE(torch::allclose(masked, compact, 1e-4, 1e-4));

    imported.out = folder_.path() / "broken";
    EXPECT_THROW(Trainer(imported, killed_after(5)).run(), Killed);
    imported.resume = true;
    EXPECT_EQ(all_constants(Trainer(imported, {}).run().pruned), all_constants(result.pruned));
    return result;
  }
};

TEST_P(ImportedTrainerTest, PrunesBatchNormsAndASkip) {
  const TrainingResult result = expect_prunes(importing(residual_digits_network()));
  const bool folds = make_method(GetParam())->folds_batch_norms();
  EXPECT_EQ(count_batch_norms(result.pruned), folds ? 0 : 3);
}

INSTANTIATE_TEST_SUITE_P(Methods, ImportedTrainerTest, testing::ValuesIn(method_names()),
                         test_name);

std::vector<std::string> one_method_of_each_kind() {
  return {"gate-ard", "two-sided-ard", "weight-ard", "bc-gnj"};
}

/// Networks of other forms, pruned by one method of each kind.
class ShapedTrainerTest : public ImportedTrainerTest {};
INSTANTIATE_TEST_SUITE_P(Kinds, ShapedTrainerTest, testing::ValuesIn(one_method_of_each_kind()),
                         test_name);

TEST_P(ShapedTrainerTest, PrunesShuffledDepthwiseChannels) {
  expect_prunes(importing(shuffled_digits_network()));
}

TEST_P(ShapedTrainerTest, PrunesFiltersThatArePixels) {
  const TrainingResult result = expect_prunes(importing(upsampled_digits_network()));
  const auto histories = result.posterior;
  EXPECT_EQ(histories.at("up").size(), 4u) << "channels behind 16 filters";
  EXPECT_EQ(histories.at("mix").size(), 6u);
  EXPECT_FALSE(histories.contains("join")) << "its channels are those of its parts";
}

TEST_P(ShapedTrainerTest, PrunesWhatIsSplitConcatenatedAddedToAndScaled) {
  const TrainingResult result = expect_prunes(importing(split_digits_network()));
  EXPECT_EQ(result.posterior.at("first").size(), 4u) << "with filters of beside and excite";
  EXPECT_EQ(result.posterior.at("second").size(), 4u);
  EXPECT_EQ(result.posterior.at("inner").size(), 4u);
  EXPECT_EQ(result.posterior.at("stem").size(), 8u);
}

TEST_P(ShapedTrainerTest, PrunesGroupedConvolutionsAndShuffles) {
  const TrainingResult result = expect_prunes(importing(grouped_digits_network()));
  EXPECT_EQ(result.posterior.at("grouped").size(), 8u);
  EXPECT_EQ(result.posterior.at("stem").size(), 8u);
}

/// Changes what a checkpoint says of the kept channels.
template <class Change>
void change_kept(const Settings& settings, const Change& change) {
  Checkpoint checkpoint = read_checkpoint(checkpoint_path(settings));
  auto kept = nlohmann::json::parse(checkpoint.text("kept"));
  change(kept, checkpoint);
  checkpoint.metadata["kept"] = kept.dump();
  write_checkpoint(checkpoint_path(settings), checkpoint);
}

TEST_P(ShapedTrainerTest, GoesOnFromCheckpointsThatNameGroupsOfConcats) {
  Settings run = importing(upsampled_digits_network());
  const TrainingResult expected = Trainer(run, {}).run();
  run.out = folder_.path() / "broken";
  EXPECT_THROW(Trainer(run, killed_after(3)).run(), Killed);
  change_kept(run, [](nlohmann::json& kept, Checkpoint&) {
    EXPECT_FALSE(kept.contains("join"));
    kept["join"] = {0, 1, 2};
  });
  run.resume = true;
  EXPECT_EQ(all_constants(Trainer(run, {}).run().compact), all_constants(expected.compact));
}

TEST_P(ShapedTrainerTest, GoesOnFromCheckpointsThatLackGroupsOfConcats) {
  Settings run = importing(split_digits_network());
  EXPECT_THROW(Trainer(run, killed_after(2)).run(), Killed);
  change_kept(run, [](nlohmann::json& kept, Checkpoint& checkpoint) {
    ASSERT_EQ(kept.at("first").size(), 4u) << "the network must not have shrunk yet";
    kept.erase("first");
    checkpoint.tensors.erase("record/first");
  });
  run.resume = true;
  const TrainingResult result = Trainer(run, {}).run();
  EXPECT_FALSE(result.posterior.contains("first"));
  EXPECT_TRUE(result.posterior.contains("inner"));
}

TEST_P(ShapedTrainerTest, LeavesADepthwiseConvolutionItsLastChannel) {
  Settings absurd = importing(shuffled_digits_network());
  absurd.price = 100.0 * make_method(GetParam())->default_price();
  expect_prunes(std::move(absurd));
}

#ifdef OCKHAM_SANITIZED  // where each run takes several times as long
INSTANTIATE_TEST_SUITE_P(Kinds, TrainerTest, testing::ValuesIn(one_method_of_each_kind()),
                         test_name);
#else
INSTANTIATE_TEST_SUITE_P(Methods, TrainerTest, testing::ValuesIn(method_names()), test_name);
#endif

class TrainerRefusals : public TrainerTest {};
INSTANTIATE_TEST_SUITE_P(OneMethod, TrainerRefusals, testing::Values("group-ard"));

class FrozenLayers : public TrainerTest {};
INSTANTIATE_TEST_SUITE_P(TwoMethods, FrozenLayers, testing::Values("gate-ard", "two-sided-ard"));

/// Runs on `dense` with frozen layers, in a folder of that name.
TrainingResult run_frozen(Settings settings, const Graph& dense,
                          const std::vector<std::string>& frozen) {
  settings.frozen = frozen;
  settings.network.clear();
  settings.schedule = {0, 8, 2};
  settings.from = settings.out.parent_path() / "dense-to-freeze.onnx";
  converters::export_onnx(settings.from, {dense, {}});
  return Trainer(settings, {}).run();
}

void expect_same_constants(const Graph& found, const Graph& dense,
                           const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const ValueId constant = found.find_value(name);
    ASSERT_GE(constant, 0) << name;
    EXPECT_THAT(found.value(constant).constant.floats,
                testing::ElementsAreArray(dense.value(dense.find_value(name)).constant.floats))
        << name;
  }
}

TEST_P(FrozenLayers, OfAnMlpStayAsTheyAre) {
  const Graph dense = make_network("lenet-300-100", {1, 28, 28}, 10, /*seed=*/3).graph;
  const Graph compact = run_frozen(settings("run"), dense, {"fc2"}).compact;
  expect_same_constants(compact, dense, {"fc2.weight", "fc2.bias"});
  EXPECT_EQ(count_gathers(compact), 1) << "inputs of fc1 may still go";
}

TEST_P(FrozenLayers, BehindAFlattenAndBeforeItStayAsTheyAre) {
  const Graph dense = make_network("lenet5", {1, 28, 28}, 10, /*seed=*/3).graph;
  for (const std::string layer : {"fc1", "conv2"}) {
    const TrainingResult result = run_frozen(settings(layer), dense, {layer});
    expect_same_constants(result.compact, dense, {layer + ".weight", layer + ".bias"});
    expect_same_constants(result.pruned, dense, {layer + ".weight", layer + ".bias"});
    EXPECT_LT(cost(result.compact).total.macs, cost(result.dense).total.macs) << layer;
  }
}

TEST_P(FrozenLayers, WithTheirBatchNormsStayAsTheyAre) {
  const Graph dense = residual_digits_network();
  const TrainingResult result = run_frozen(settings("run"), dense, {"conv1", "bn1"});
  std::vector<std::string> constants = {"conv1.weight"};
  for (const ValueId input : dense.node(dense.producer(dense.find_value("bn1"))).inputs) {
    if (dense.value(input).is_constant) constants.push_back(dense.value(input).name);
  }
  ASSERT_EQ(constants.size(), 5u);
  expect_same_constants(result.pruned, dense, constants);
}

TEST_P(FrozenLayers, KeepDeadFiltersBesideAConcat) {
  Graph dense = upsampled_digits_network();
  tests::zero_filters(dense, "join.to", {1});
  const TrainingResult result = run_frozen(settings("run"), dense, {"join.to"});
  expect_same_constants(result.compact, dense, {"join.to.weight", "join.to.bias"});
}

TEST_P(FrozenLayers, KeepWhatAConcatGivesThem) {
  const Graph dense = upsampled_digits_network();
  const TrainingResult result = run_frozen(settings("run"), dense, {"fc"});
  expect_same_constants(result.compact, dense, {"fc.weight", "fc.bias"});
  EXPECT_FALSE(result.posterior.contains("mix"));
  EXPECT_TRUE(result.posterior.contains("up"));
}

TEST_P(FrozenLayers, AreNamed) {
  const Graph dense = make_network("lenet-300-100", {1, 28, 28}, 10, /*seed=*/3).graph;
  expect_error(Status::kInvalidArgument, {"fc7", "fc1, fc2, fc3"},
               [&] { run_frozen(settings("unknown"), dense, {"fc7"}); });
  expect_error(Status::kInvalidArgument, {"relu1"},
               [&] { run_frozen(settings("relu"), dense, {"relu1"}); });
  expect_error(Status::kInvalidArgument, {"can be pruned", "frozen"}, [&] {
    run_frozen(settings("all"), dense, {"fc1", "fc2", "fc3"});
  });
  Settings untrained = settings("untrained");
  untrained.frozen = {"fc1"};
  expect_error(Status::kInvalidArgument, {"--freeze", "--network FILE"},
               [&] { Trainer(untrained, {}); });
}

/// A dense network for CIFAR-10, trained for two epochs in steps of a few images.
class DenseRun : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { write_coloured_bar_data(data_, 2); }

  Settings settings(const std::string& out) const {
    Settings settings;
    settings.network = GetParam();
    settings.data = "cifar10";
    settings.data_dir = data_;
    settings.dense_only = true;
    settings.schedule = {.pretrain_epochs = 2};
    settings.validation_split = 0.2;
    settings.batch = 4;
    settings.out = folder_.path() / out;
    return settings;
  }

  tests::TemporaryFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
};
INSTANTIATE_TEST_SUITE_P(Networks, DenseRun, testing::Values("resnet20", "vgg-like"), test_name);

// By SGD, on augmented images, the VGG with dropout.
TEST_P(DenseRun, ResumedEqualsUnbrokenToTheBit) {
  const TrainingResult expected = Trainer(settings("unbroken"), {}).run();
  Settings broken = settings("broken");
  EXPECT_THROW(Trainer(broken, killed_after(2)).run(), Killed);
  broken.resume = true;
  const TrainingResult found = Trainer(broken, {}).run();
  EXPECT_EQ(all_constants(found.dense), all_constants(expected.dense));
  EXPECT_EQ(found.subject.pretraining.optimizer, kSgd);
  broken.pretraining.learning_rate = 0.01;
  expect_error(Status::kInvalidArgument, {"learning_rate", "0.01"}, [&] { Trainer(broken, {}); });
}

/// How the images of a data set are varied for ResNet-20, if `flip` is what the user says.
Augmentation variations_of(const std::string& data, const std::filesystem::path& folder,
                           std::optional<bool> flip = {}) {
  Settings settings;
  settings.network = "resnet20";
  settings.data = data;
  settings.data_dir = folder;
  settings.flip = flip;
  TrainingData loaded = load_data(settings, {}, torch::kCPU);
  return start_of(settings, loaded).subject.augmentation;
}

TEST(UsualAugmentation, MirrorsPhotographsButNoDigits) {
  const tests::TemporaryFolder folder;
  write_coloured_bar_data(folder.path() / "photos", 4);
  write_bar_data(folder.path() / "digits", 20);
  const Augmentation photos = variations_of("cifar10", folder.path() / "photos");
  EXPECT_TRUE(photos.flip);
  EXPECT_EQ(photos.crop, 4);
  EXPECT_FALSE(variations_of("mnist", folder.path() / "digits").flip);
  EXPECT_TRUE(variations_of("mnist", folder.path() / "digits", true).flip);
  EXPECT_FALSE(variations_of("cifar10", folder.path() / "photos", false).flip);
}

class AugmentedRun : public TrainerTest {};
INSTANTIATE_TEST_SUITE_P(OneMethod, AugmentedRun, testing::Values("group-ard"));

TEST_P(AugmentedRun, ResumedEqualsUnbrokenToTheBit) {
  Settings augmented = settings("unbroken");
  augmented.crop = 1;
  augmented.flip = true;
  const TrainingResult plain = Trainer(settings("plain"), {}).run();
  const TrainingResult expected = Trainer(augmented, {}).run();
  EXPECT_NE(all_constants(expected.dense), all_constants(plain.dense));
  augmented.out = folder_.path() / "broken";
  EXPECT_THROW(Trainer(augmented, killed_after(10)).run(), Killed) << "while fine-tuning";
  augmented.resume = true;
  EXPECT_EQ(all_constants(Trainer(augmented, {}).run().compact), all_constants(expected.compact));
}

TEST_P(TrainerRefusals, OtherSettingsThanTheCheckpoints) {
  Settings first = settings("run");
  EXPECT_THROW(Trainer(first, killed_after(2)).run(), Killed);
  first.resume = true;
  first.price = 7.0;
  expect_error(Status::kInvalidArgument, {"price", "7.0"}, [&] { Trainer(first, {}); });
}

TEST_P(TrainerRefusals, AFolderThatHoldsARunUnlessResumed) {
  Settings first = settings("run");
  EXPECT_THROW(Trainer(first, killed_after(2)).run(), Killed);
  expect_error(Status::kInvalidArgument, {"--resume"}, [&] { Trainer(first, {}); });
}

TEST_P(TrainerRefusals, PretrainingThatDoesNotFit) {
  const auto refuses = [&](std::initializer_list<std::string> parts,
                           const PretrainingChoices& choices) {
    Settings wrong = settings("run");
    wrong.pretraining = choices;
    expect_error(Status::kInvalidArgument, parts, [&] { Trainer(wrong, {}); });
  };
  refuses({"--optimizer", "lbfgs", "adam or sgd"}, {.optimizer = "lbfgs"});
  refuses({"--rate-schedule", "step"}, {.rate_schedule = "step"});
  refuses({"--learning-rate", "more than 0"}, {.learning_rate = 0.0});
  refuses({"--momentum", "below 1"}, {.optimizer = kSgd, .momentum = 1.0});
  refuses({"--momentum", "--optimizer sgd"}, {.momentum = 0.5});
  refuses({"--weight-decay"}, {.weight_decay = -0.1});
  refuses({"--warmup-epochs 1", "fewer than the 1"}, {.warmup_epochs = 1});
}

TEST_P(TrainerRefusals, ADamagedCheckpoint) {
  Settings first = settings("run");
  EXPECT_THROW(Trainer(first, killed_after(2)).run(), Killed);
  const auto path = checkpoint_path(first);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 5);
  first.resume = true;
  expect_error(Status::kInvalidModel, {path.filename().string()}, [&] { Trainer(first, {}); });
}

TEST_P(TrainerRefusals, CudaWithoutAGpu) {
  Settings cuda = settings("run");
  cuda.device = "cuda";
  if (torch::cuda::is_available()) GTEST_SKIP() << "this machine has a GPU";
  expect_error(Status::kUnsupported, {"--device cuda", "--device cpu"}, [&] { Trainer(cuda, {}); });
}

TEST(Schedule, ScalesInProportion) {
  EXPECT_EQ(scaled_schedule(kDefaultSchedule.total()), kDefaultSchedule);
  EXPECT_EQ(scaled_schedule(3), (Schedule{1, 1, 1}));
  EXPECT_EQ(scaled_schedule(30).total(), 30);
}

TEST(Schedule, SharesOutOverThePhasesThatRun) {
  Settings imported;
  imported.from = "theirs.onnx";
  const Schedule shares = phases_of_run(imported, kDefaultSchedule);
  EXPECT_EQ(scaled_schedule(26, shares), (Schedule{0, 6, 20}));
  EXPECT_EQ(scaled_schedule(2, shares), (Schedule{0, 1, 1}));
  expect_error(Status::kInvalidArgument, {"--epochs 1", "at least 2"},
               [&] { scaled_schedule(1, shares); });
  Settings dense;
  dense.dense_only = true;
  EXPECT_EQ(scaled_schedule(5, phases_of_run(dense, kDefaultSchedule)), (Schedule{5, 0, 0}));
}

}  // namespace
}  // namespace ockham::training::test
