// Every method: KL against quadrature, optimality of the prior, gradients against finite
// differences, noise against its closed-form moments, and what is folded at the end.

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "converters/pruning/select_inputs.h"
#include "runtime/graph/error.h"
#include "tests/training/small_networks.h"
#include "training/methods/gates.h"
#include "training/methods/price.h"

namespace ockham::training::test {
namespace {

double log_normal_density(double x, double mean, double variance) {
  return -0.5 * std::log(2.0 * std::numbers::pi * variance) -
         (x - mean) * (x - mean) / (2.0 * variance);
}

/// KL(N(mean, variance) || N(0, prior)) by the midpoint rule over 12 deviations to each side.
double quadrature_kl(double mean, double variance, double prior) {
  constexpr int kPoints = 20000;
  const double deviation = std::sqrt(variance);
  const double step = 24.0 * deviation / kPoints;
  double sum = 0.0;
  for (int i = 0; i < kPoints; ++i) {
    const double x = mean - 12.0 * deviation + (i + 0.5) * step;
    const double q = log_normal_density(x, mean, variance);
    sum += std::exp(q) * (q - log_normal_density(x, 0.0, prior)) * step;
  }
  return sum;
}

/// Means and variances of the random variables of one channel.
struct Gaussians {
  std::vector<double> means, variances;

  double second_moment() const {
    double sum = 0.0;
    for (std::size_t i = 0; i < means.size(); ++i) sum += means[i] * means[i] + variances[i];
    return sum / static_cast<double>(means.size());
  }
  double kl(double prior) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < means.size(); ++i) {
      sum += quadrature_kl(means[i], variances[i], prior);
    }
    return sum;
  }
};

std::vector<double> values(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kFloat64).flatten().contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

/// The random variables of one channel of one group, whatever the method calls them.
Gaussians gaussians(Pruned& pruned, std::size_t group, std::int64_t channel) {
  const auto& channels = pruned.network.groups[group];
  const auto posterior = [&](const std::string& name) {
    for (const Parameter& parameter : pruned.method->posterior()) {
      if (parameter.name == name) return parameter.tensor;
    }
    throw std::runtime_error("no parameter " + name);
  };
  if (pruned.method->name() == "gate-ard") {
    return {values(posterior("gate_mean/" + channels.name)[channel]),
            values(posterior("gate_log_variance/" + channels.name)[channel].exp())};
  }
  const std::string weight = channels.name + ".weight";
  return {values(pruned.torch.tensors().at(weight)[channel]),
          values(posterior("log_variance/" + weight)[channel].exp())};
}

class EveryMethod : public testing::TestWithParam<std::string> {};

TEST_P(EveryMethod, KlIsThatOfQuadratureAtTheBestPrior) {
  Pruned pruned(GetParam());
  pruned.scatter_posterior();
  const std::vector<torch::Tensor> kl = pruned.method->kl();
  ASSERT_EQ(kl.size(), pruned.network.groups.size());
  for (std::size_t g = 0; g < kl.size(); ++g) {
    ASSERT_EQ(kl[g].size(0), pruned.network.groups[g].width);
    for (std::int64_t c = 0; c < kl[g].size(0); ++c) {
      const Gaussians q = gaussians(pruned, g, c);
      EXPECT_NEAR(kl[g][c].item<double>(), q.kl(q.second_moment()), 1e-6) << "group " << g;
    }
  }
}

TEST_P(EveryMethod, NoOtherPriorVarianceGivesLessKl) {
  Pruned pruned(GetParam());
  pruned.scatter_posterior();
  const Gaussians q = gaussians(pruned, 0, 1);
  const double best = q.kl(q.second_moment());
  for (const double factor : {0.5, 0.9, 0.99, 1.01, 1.1, 2.0}) {
    EXPECT_GT(q.kl(factor * q.second_moment()), best) << factor;
  }
}

TEST_P(EveryMethod, KlIsZeroForAChannelWithoutSignal) {
  Pruned pruned(GetParam());
  const torch::NoGradGuard no_gradients;
  for (Parameter& parameter : pruned.method->posterior()) {
    if (parameter.name.starts_with("gate_mean/")) parameter.tensor.zero_();
  }
  for (auto& [name, tensor] : pruned.torch.tensors()) tensor.zero_();
  for (const torch::Tensor& kl : pruned.method->kl()) {
    EXPECT_LT(kl.abs().max().item<double>(), 1e-9);
  }
}

TEST_P(EveryMethod, LogAlphaIsNoiseOverSignal) {
  Pruned pruned(GetParam());
  pruned.scatter_posterior();
  const Gaussians q = gaussians(pruned, 1, 2);
  double noise = 0.0, signal = 0.0;
  for (std::size_t i = 0; i < q.means.size(); ++i) {
    noise += q.variances[i];
    signal += q.means[i] * q.means[i];
  }
  EXPECT_NEAR(pruned.method->log_alpha()[1][2].item<double>(), std::log(noise / signal), 1e-9);
}

/// Loss of one step with the noise fixed by its seed.
torch::Tensor noisy_loss(Pruned& pruned, const torch::Tensor& x) {
  pruned.method->seed(11);
  const torch::Tensor y = pruned.torch.forward({x}, Mode::kTrain, *pruned.method)[0];
  return y.square().sum() + 0.01 * pruned.method->weighted_kl();
}

void expect_gradient(Pruned& pruned, const torch::Tensor& x, torch::Tensor tensor,
                     const std::string& name) {
  const torch::Tensor gradient = tensor.grad().clone();
  const torch::NoGradGuard no_gradients;
  torch::Tensor flat = tensor.view(-1);
  for (std::int64_t i = 0; i < flat.numel(); i += std::max<std::int64_t>(1, flat.numel() / 7)) {
    constexpr double kStep = 1e-6;
    const double before = flat[i].item<double>();
    flat[i] = before + kStep;
    const double above = noisy_loss(pruned, x).item<double>();
    flat[i] = before - kStep;
    const double below = noisy_loss(pruned, x).item<double>();
    flat[i] = before;
    const double expected = (above - below) / (2.0 * kStep);
    EXPECT_NEAR(gradient.view(-1)[i].item<double>(), expected, 1e-5 * (1.0 + std::abs(expected)))
        << name << " element " << i;
  }
}

TEST_P(EveryMethod, GradientsAreThoseOfFiniteDifferences) {
  Pruned pruned(GetParam());
  torch::manual_seed(5);
  const torch::Tensor x = torch::randn({3, 2, 8, 8}, doubles());
  noisy_loss(pruned, x).backward();
  for (auto& [name, tensor] : pruned.torch.tensors()) expect_gradient(pruned, x, tensor, name);
  for (Parameter& parameter : pruned.method->posterior()) {
    ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
    expect_gradient(pruned, x, parameter.tensor, parameter.name);
  }
}

TEST_P(EveryMethod, WithoutSamplingTheNetworkIsItsMeanAndRepeats) {
  Pruned pruned(GetParam());
  const torch::Tensor x = torch::randn({2, 2, 8, 8}, doubles());
  pruned.method->set_sampling(false);
  const torch::Tensor once = pruned.torch.forward({x}, Mode::kEvaluate, *pruned.method)[0];
  const torch::Tensor twice = pruned.torch.forward({x}, Mode::kEvaluate, *pruned.method)[0];
  EXPECT_TRUE(torch::equal(once, twice));
}

TEST_P(EveryMethod, FinishLeavesTheNetworkThatTheMeanWas) {
  Pruned pruned(GetParam());
  if (GetParam() == "gate-ard") pruned.scatter_posterior();
  const torch::Tensor x = torch::randn({2, 2, 8, 8}, doubles());
  pruned.method->set_sampling(false);
  const torch::Tensor before =
      pruned.torch.forward({x}, Mode::kEvaluate, *pruned.method)[0].detach();
  pruned.method->finish(pruned.network);
  const torch::Tensor after = pruned.torch.evaluate(x);
  EXPECT_LT((before - after).abs().max().item<double>(), 1e-12);
}

TEST_P(EveryMethod, SameSeedSameNoise) {
  Pruned pruned(GetParam());
  const torch::Tensor x = torch::randn({2, 2, 8, 8}, doubles());
  const double first = noisy_loss(pruned, x).item<double>();
  EXPECT_EQ(first, noisy_loss(pruned, x).item<double>());
  pruned.method->seed(12);
  const torch::Tensor y = pruned.torch.forward({x}, Mode::kTrain, *pruned.method)[0];
  EXPECT_NE(first, (y.square().sum() + 0.01 * pruned.method->weighted_kl()).item<double>());
}

TEST_P(EveryMethod, ProjectionBringsBackWhatRanAway) {
  Pruned pruned(GetParam());
  const torch::NoGradGuard no_gradients;
  for (Parameter& parameter : pruned.method->posterior()) {
    if (parameter.name.find("log_variance") != std::string::npos) parameter.tensor.fill_(1000.0);
  }
  pruned.method->project();
  for (const torch::Tensor& kl : pruned.method->kl()) {
    EXPECT_TRUE(torch::isfinite(kl).all().item<bool>());
  }
}

/// small_network with a Gather in front of fc1; fc1.inputs is the group behind conv and fc1.
Pruned exposed(const std::string& method) {
  return Pruned(method, 1.5, converters::expose_inputs(small_network()));
}

TEST_P(EveryMethod, JudgesSingleInputsThatAGatherPicks) {
  Pruned pruned = exposed(GetParam());
  const auto& groups = pruned.network.groups;
  const auto inputs = std::ranges::find(groups, "fc1.inputs", &converters::ChannelGroup::name);
  ASSERT_NE(inputs, groups.end());
  const auto g = static_cast<std::size_t>(inputs - groups.begin());
  EXPECT_EQ(pruned.method->kl()[g].size(0), 36);
  EXPECT_EQ(pruned.method->log_alpha()[g].size(0), 36);
  EXPECT_TRUE(torch::isfinite(pruned.method->log_alpha()[g]).all().item<bool>());
}

TEST_P(EveryMethod, FinishFoldsTheMeanThroughAGather) {
  Pruned pruned = exposed(GetParam());
  if (GetParam() == "gate-ard") pruned.scatter_posterior();
  const torch::Tensor x = torch::randn({2, 2, 8, 8}, doubles());
  pruned.method->set_sampling(false);
  const torch::Tensor before =
      pruned.torch.forward({x}, Mode::kEvaluate, *pruned.method)[0].detach();
  pruned.method->finish(pruned.network);
  EXPECT_LT((before - pruned.torch.evaluate(x)).abs().max().item<double>(), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, testing::ValuesIn(method_names()),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(GroupArd, LocalReparameterisationHasTheMomentsOfRandomWeights) {
  Pruned pruned("group-ard");
  {
    const torch::NoGradGuard no_gradients;
    for (Parameter& parameter : pruned.method->posterior()) parameter.tensor.fill_(-3.0);
  }
  const torch::NoGradGuard no_gradients;
  const torch::Tensor x = torch::randn({1, 2, 8, 8}, doubles());
  const Node& conv = pruned.torch.graph().nodes[0];
  const MixingLayer layer{conv, pruned.torch.tensors().at("conv.weight"),
                          pruned.torch.tensors().at("conv.bias")};
  pruned.method->seed(1);
  constexpr int kDraws = 40000;
  const torch::Tensor many = pruned.method->mix(layer, x.expand({kDraws, 2, 8, 8}));
  const torch::Tensor mean = apply_layer(conv, x, layer.weight, layer.bias)[0];
  const torch::Tensor variance =
      apply_layer(conv, x.square(), torch::full_like(layer.weight, std::exp(-3.0)), {})[0];
  // Five standard errors: sqrt(variance / n) of the mean, sqrt(2 / n) of the variance's ratio to 1.
  EXPECT_LT(((many.mean(0) - mean) / (variance / kDraws).sqrt()).abs().max().item<double>(), 5.0);
  EXPECT_LT((many.var(0) / variance - 1.0).abs().max().item<double>(),
            5.0 * std::sqrt(2.0 / kDraws));
}

TEST(GateArd, OneDrawPerSampleAndChannelWithTheGatesMoments) {
  Pruned pruned("gate-ard");
  const torch::NoGradGuard no_gradients;
  for (Parameter& parameter : pruned.method->posterior()) {
    parameter.tensor.fill_(parameter.name.starts_with("gate_mean/") ? 0.7 : std::log(0.25));
  }
  constexpr int kDraws = 40000;
  const std::int64_t inputs = pruned.torch.tensors().at("fc1.weight").size(1);
  const Node& fc1 = pruned.torch.graph().nodes[4];
  ASSERT_EQ(fc1.name, "fc1");
  pruned.method->seed(1);
  const torch::Tensor z = pruned.method->gate(fc1, torch::ones({kDraws, inputs}, doubles()));
  EXPECT_LT((z.mean(0) - 0.7).abs().max().item<double>(), 5.0 * 0.5 / std::sqrt(kDraws));
  EXPECT_LT((z.var(0) / 0.25 - 1.0).abs().max().item<double>(), 5.0 * std::sqrt(2.0 / kDraws));
  const std::int64_t block = inputs / 4;  // the four channels of conv, H W inputs each
  const torch::Tensor blocks = z.reshape({kDraws, 4, block});
  EXPECT_EQ((blocks - blocks.slice(2, 0, 1)).abs().max().item<double>(), 0.0);
}

TEST(GroupArd, TheLogAlphaOfAnInputIsThatOfItsColumn) {
  Pruned pruned = exposed("group-ard");
  pruned.scatter_posterior();
  torch::Tensor log_variance;
  for (const Parameter& parameter : pruned.method->posterior()) {
    if (parameter.name == "log_variance/fc1.weight") log_variance = parameter.tensor.detach();
  }
  const torch::Tensor weight = pruned.torch.tensors().at("fc1.weight").detach();
  const torch::Tensor expected = (log_variance.exp().sum(0) / weight.square().sum(0)).log();
  EXPECT_EQ(pruned.network.groups[2].name, "fc1.inputs");
  EXPECT_LT((pruned.method->log_alpha()[2] - expected).abs().max().item<double>(), 1e-9);
  EXPECT_EQ(pruned.method->kl()[2].abs().sum().item<double>(), 0.0)
      << "the columns' KL counts in the rows already";
}

TEST(Gates, ScaleReadersFindsTheColumnsBehindAGather) {
  Graph graph = small_network();
  Node& fc1 = graph.nodes[4];
  ASSERT_EQ(fc1.name, "fc1");
  graph.values.push_back({.name = "picked", .shape = {Shape::kBatch, 36}});
  const auto picked = static_cast<ValueId>(graph.values.size() - 1);
  Gather turned;  // the columns in reverse: those of channel 3 come first
  for (std::int64_t i = 36; i-- > 0;) turned.indices.push_back(i);
  Node gather{"picked", turned, {fc1.inputs[0]}, {picked}};
  fc1.inputs[0] = picked;
  graph.nodes.insert(graph.nodes.begin() + 4, std::move(gather));
  TorchGraph torch(graph, doubles());
  Network network{torch, removable_groups(graph)};
  const torch::NoGradGuard no_gradients;
  const torch::Tensor before = torch.tensors().at("fc1.weight").detach().clone();
  ASSERT_EQ(network.groups[0].name, "conv");
  scale_readers(network, 0, torch::tensor({2.0, 3.0, 5.0, 7.0}, doubles()));
  const torch::Tensor ratio = torch.tensors().at("fc1.weight") / before;
  EXPECT_NEAR(ratio[0][0].item<double>(), 7.0, 1e-12);
  EXPECT_NEAR(ratio[4][8].item<double>(), 7.0, 1e-12);
  EXPECT_NEAR(ratio[2][9].item<double>(), 5.0, 1e-12);
  EXPECT_NEAR(ratio[0][35].item<double>(), 2.0, 1e-12);
}

TEST(Price, CountsLayersBehindAGather) {
  const Graph graph = converters::expose_inputs(small_network());
  const auto groups = removable_groups(graph);
  ASSERT_EQ(groups.size(), 3u);
  const auto plain = savings_weights(small_network(), removable_groups(small_network()), 10, 2);
  const std::vector<double> weights = savings_weights(graph, groups, 10.0, 2.0);
  EXPECT_NEAR(weights[0], plain[0], 1e-12) << "a filter of conv takes its columns of fc1 along";
  EXPECT_NEAR(weights[2], 1.0 + 10.0 * (180.0 / 36 / 2787.0 + 2.0 * 185.0 / 36 / 279.0), 1e-9);
  EXPECT_EQ(position_weights(graph, groups, 2.0)[2], 2.0);
}

TEST(Price, SavingsCountProducersAndConsumersOfOneChannel) {
  const Graph graph = small_network();
  const auto groups = removable_groups(graph);
  ASSERT_EQ(groups.size(), 2u);
  // conv: 6*6*18*4 = 2592 MACs; fc1: 36*5 = 180; fc2: 15; 2787 in all.
  // Parameters: conv 72+4, fc1 180+5, fc2 15+3: 279.
  const std::vector<double> weights = savings_weights(graph, groups, 10.0, 2.0);
  EXPECT_NEAR(weights[0],
              1.0 + 10.0 * ((2592.0 + 180.0) / 4 / 2787.0 + 2.0 * (76.0 + 185.0) / 4 / 279.0),
              1e-9);
  EXPECT_NEAR(weights[1],
              1.0 + 10.0 * ((180.0 + 15.0) / 5 / 2787.0 + 2.0 * (185.0 + 18.0) / 5 / 279.0), 1e-9);
}

TEST(Price, PositionsAreThoseOfTheProducer) {
  const Graph graph = small_network();
  const std::vector<double> weights = position_weights(graph, removable_groups(graph), 2.0);
  EXPECT_NEAR(weights[0], 2.0 * 6.0, 1e-12);
  EXPECT_NEAR(weights[1], 2.0, 1e-12);
}

TEST(Methods, UnknownNameIsRefusedNamingTheKnown) {
  try {
    make_method("magic");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("group-ard"), std::string::npos);
  }
}

}  // namespace
}  // namespace ockham::training::test
