#include "training/learning/teacher.h"

#include <gtest/gtest.h>

#include "tests/cases/temporary_folder.h"
#include "tests/cases/test_networks.h"
#include "tests/training/synthetic_data.h"
#include "tests/training/tiny_runs.h"
#include "training/learning/evaluate.h"
#include "training/networks/networks.h"

namespace ockham::training::test {
namespace {

TEST(Teacher, AnswersTheSameFromWhatItKeptAndAnew) {
  const tests::TemporaryFolder folder;
  write_bar_data(folder.path());
  const TrainingData data =
      load_data(tiny_settings(folder.path(), folder.path() / "run"), {}, torch::kCPU);
  const Graph dense = make_network("lenet-300-100", data.image, data.classes, /*seed=*/1).graph;
  const Augmentation augmentation{.crop = 1, .flip = true};
  Teacher keeping(dense, torch::kFloat32, data, augmentation, /*epochs=*/100);
  Teacher forgetting(dense, torch::kFloat32, data, augmentation, /*epochs=*/1);

  const torch::Tensor indices = torch::tensor({5, 0, 7, 7, 3}, torch::kInt64);
  const torch::Tensor variation = torch::tensor({0, 17, 4, 12, 9}, torch::kInt64);
  const torch::Tensor x =
      data.prepared(augment(data.train.images.index_select(0, indices), augmentation, variation));
  const torch::Tensor anew = forgetting.logits(x, indices, variation);
  EXPECT_TRUE(
      torch::allclose(keeping.logits(torch::zeros_like(x), indices, variation), anew, 1e-4, 1e-4))
      << "what it kept does not depend on the input";
  EXPECT_FALSE(torch::allclose(anew[2], anew[3], 1e-4, 1e-4)) << "one image, two variations";
}

TEST(Logits, OfASoftmaxAreLogarithms) {
  const auto network = [](bool ends_in_softmax) {
    tests::NetworkBuilder net(1);
    const ValueId last = net.linear("fc", net.input("x", {Shape::kBatch, 6}), 4);
    return net.build(ends_in_softmax ? net.graph().add_node("softmax", Softmax{1}, {last}) : last);
  };
  const torch::Tensor x = torch::randn({3, 6});
  const auto log_probabilities = [&](bool ends_in_softmax) {
    TorchGraph torch(network(ends_in_softmax), torch::kFloat32);
    LayerHooks plain;
    return torch::log_softmax(logits_of_batch(torch, plain, x, Mode::kTrain), 1);
  };
  EXPECT_TRUE(torch::allclose(log_probabilities(true), log_probabilities(false), 1e-5, 1e-5));
}

TEST(Distillation, IsNothingBetweenEqualAnswersAndPositiveElse) {
  const torch::Tensor a = torch::tensor({{1.0, 2.0, -1.0}}), b = torch::tensor({{2.0, 0.0, -1.0}});
  EXPECT_NEAR(distillation(a, a).item<double>(), 0.0, 1e-6);
  EXPECT_GT(distillation(a, b).item<double>(), 0.01);
}

}  // namespace
}  // namespace ockham::training::test
