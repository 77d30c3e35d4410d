// Every method: KL against quadrature, optimality of the prior, gradients against finite
// differences, noise against its closed-form moments, and what is folded at the end.

#include <gtest/gtest.h>

#include <cmath>

#include "converters/pruning/select_inputs.h"
#include "runtime/graph/error.h"
#include "tests/training/quadrature.h"
#include "tests/training/small_networks.h"
#include "tests/training/test_name.h"
#include "training/methods/divergences.h"
#include "training/methods/gates.h"
#include "training/methods/price.h"
#include "training/methods/truncated_log_normal.h"

namespace ockham::training::test {
namespace {

bool has_gates(const SparsityMethod& method) {
  const std::string_view name = method.name();
  return name == "gate-ard" || name == "vib" || name == "sbp" || name == "l0" ||
         name.starts_with("bc-");
}

class EveryMethod : public testing::TestWithParam<std::string> {};

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
  pruned.scatter_posterior();
  torch::manual_seed(5);
  const torch::Tensor x = torch::randn({3, 2, 8, 8}, doubles());
  noisy_loss(pruned, x).backward();
  for (auto& [name, tensor] : pruned.torch.tensors()) expect_gradient(pruned, x, tensor, name);
  for (Parameter& parameter : pruned.method->posterior()) {
    if (!parameter.tensor.requires_grad()) continue;
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

/// Folding the posterior's mean into the weights changes nothing of what the mean computes.
void expect_finish_folds_the_mean(Pruned& pruned,
                                  const std::vector<std::int64_t>& images = {2, 2, 8, 8}) {
  if (has_gates(*pruned.method)) pruned.scatter_posterior();
  const torch::Tensor x = torch::randn(images, doubles());
  pruned.method->set_sampling(false);
  const torch::Tensor before =
      pruned.torch.forward({x}, Mode::kEvaluate, *pruned.method)[0].detach();
  pruned.method->finish(pruned.network);
  const torch::Tensor after = pruned.torch.evaluate(x);
  EXPECT_LT((before - after).abs().max().item<double>(), 1e-12);
}

TEST_P(EveryMethod, FinishLeavesTheNetworkThatTheMeanWas) {
  Pruned pruned(GetParam());
  expect_finish_folds_the_mean(pruned);
}

TEST_P(EveryMethod, SameSeedSameNoise) {
  Pruned pruned(GetParam());
  // So many images that some of them reach the outputs of every network: behind neurons that are
  // zero for all of them any noise gives the same loss.
  const torch::Tensor x = torch::randn({64, 2, 8, 8}, doubles());
  const double first = noisy_loss(pruned, x).item<double>();
  EXPECT_EQ(first, noisy_loss(pruned, x).item<double>());
  pruned.method->seed(12);
  const torch::Tensor y = pruned.torch.forward({x}, Mode::kTrain, *pruned.method)[0];
  EXPECT_NE(first, (y.square().sum() + 0.01 * pruned.method->weighted_kl()).item<double>());
}

TEST_P(EveryMethod, ProjectionBringsBackWhatRanAway) {
  Pruned pruned(GetParam());
  const torch::NoGradGuard no_gradients;
  for (const double far : {1000.0, -1000.0}) {
    for (Parameter& parameter : pruned.method->posterior()) {
      if (parameter.tensor.requires_grad()) parameter.tensor.fill_(far);
    }
    pruned.method->project();
    for (const ChannelPosterior& group : pruned.method->describe()) {
      for (const torch::Tensor& values : {group.mean, group.standard_deviation, group.relevance}) {
        EXPECT_TRUE(torch::isfinite(values).all().item<bool>()) << far;
      }
    }
  }
}

/// small_network with a Gather in front of fc1; fc1.inputs is the group behind conv and fc1.
Pruned exposed(const std::string& method, double price = 1.5) {
  return Pruned(method, price, converters::expose_inputs(small_network()));
}

TEST_P(EveryMethod, JudgesSingleInputsThatAGatherPicks) {
  Pruned pruned = exposed(GetParam());
  ASSERT_EQ(pruned.network.groups[2].name, "fc1.inputs");
  for (const auto& values : {pruned.method->kl(), pruned.method->relevance()}) {
    EXPECT_EQ(values[2].size(0), 36);
    EXPECT_TRUE(torch::isfinite(values[2]).all().item<bool>());
  }
}

TEST_P(EveryMethod, FinishFoldsTheMeanThroughAGather) {
  Pruned pruned = exposed(GetParam());
  expect_finish_folds_the_mean(pruned);
}

TEST_P(EveryMethod, FinishFoldsTheMeanBehindConcats) {
  Pruned pruned(GetParam(), 1.5, concat_network());
  ASSERT_EQ(pruned.network.groups.size(), 5u);
  expect_finish_folds_the_mean(pruned);
}

TEST_P(EveryMethod, FinishFoldsTheMeanBehindConcatsThatAreAddedTo) {
  Pruned pruned(GetParam(), 1.5, training_form(split_digits_network()));
  expect_finish_folds_the_mean(pruned, {2, 1, 28, 28});
}

TEST_P(EveryMethod, JudgesChannelsOfAConcatThatIsAddedTo) {
  Pruned pruned(GetParam(), 1.5, training_form(split_digits_network()));
  const std::vector<torch::Tensor> relevance = pruned.method->relevance();
  const auto& groups = pruned.network.groups;
  for (const std::string part : {"beside", "excite", "inner"}) {
    SCOPED_TRACE(part);
    const auto is_made_by = [&](const converters::ChannelGroup& group) {
      return std::ranges::any_of(group.producers, [&](const converters::WeightAxis& axis) {
        return pruned.torch.graph().node(axis.node).name == part;
      });
    };
    const auto found = std::ranges::find_if(groups, is_made_by);
    ASSERT_NE(found, groups.end());
    EXPECT_EQ(relevance[static_cast<std::size_t>(found - groups.begin())].size(0), 4);
  }
}

TEST_P(EveryMethod, FinishFoldsTheMeanIntoGroupedConvolutions) {
  Pruned pruned(GetParam(), 1.5, grouped_network());
  ASSERT_EQ(pruned.network.groups.size(), 2u);
  expect_finish_folds_the_mean(pruned);
}

TEST_P(EveryMethod, PriceZeroChargesNothing) {
  Pruned pruned(GetParam(), 0.0);
  EXPECT_EQ(pruned.method->weighted_kl().item<double>(), 0.0);
}

TEST_P(EveryMethod, ATrainedNetworkStartsRelevant) {
  Pruned pruned(GetParam());
  for (const torch::Tensor& relevance : pruned.method->relevance()) {
    EXPECT_GT(relevance.min().item<double>(), 0.0);
  }
}

TEST_P(EveryMethod, DescribesEveryChannel) {
  Pruned pruned(GetParam());
  pruned.scatter_posterior();
  const auto described = pruned.method->describe();
  const auto nats = pruned.method->kl();
  ASSERT_EQ(described.size(), pruned.network.groups.size());
  for (std::size_t g = 0; g < described.size(); ++g) {
    const std::int64_t width = pruned.network.groups[g].width;
    EXPECT_EQ(described[g].mean.numel(), width);
    EXPECT_EQ(described[g].standard_deviation.numel(), width);
    EXPECT_GE(described[g].standard_deviation.min().item<double>(), 0.0);
    EXPECT_EQ(described[g].relevance.numel(), width);
    EXPECT_TRUE(torch::equal(described[g].kl, nats[g].detach()));
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, testing::ValuesIn(method_names()), test_name);

/// Methods whose hooks put Gaussian noise on weights.
class WeightNoise : public testing::TestWithParam<std::string> {};

TEST_P(WeightNoise, LocalReparameterisationHasTheMomentsOfRandomWeights) {
  Pruned pruned(GetParam());
  const torch::NoGradGuard no_gradients;
  for (Parameter& parameter : pruned.method->posterior()) {
    if (parameter.name.starts_with("log_variance/")) parameter.tensor.fill_(-3.0);
  }
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

INSTANTIATE_TEST_SUITE_P(Methods, WeightNoise,
                         testing::Values("group-ard", "two-sided-ard", "weight-ard", "sparse-vd",
                                         "bc-gnj", "bc-ghs"),
                         test_name);

/// Methods whose gates are random with closed-form moments.
class GateNoise : public testing::TestWithParam<std::string> {};

TEST_P(GateNoise, OneDrawPerSampleAndChannelWithTheGatesMoments) {
  Pruned pruned(GetParam());
  pruned.scatter_posterior();
  const torch::NoGradGuard no_gradients;
  if (GetParam() == "bc-ghs") {  // narrow, so that a log-normal's sample moments converge
    for (Parameter& parameter : pruned.method->posterior()) {
      if (parameter.name.find("_log/") != std::string::npos) parameter.tensor.fill_(-2.0);
    }
  }
  constexpr int kDraws = 40000;
  const std::int64_t inputs = pruned.torch.tensors().at("fc1.weight").size(1);
  const Node& fc1 = pruned.torch.graph().nodes[4];
  ASSERT_EQ(fc1.name, "fc1");
  pruned.method->seed(1);
  pruned.method->start_pass();
  const torch::Tensor z = pruned.method->gate(fc1, torch::ones({kDraws, inputs}, doubles()));
  const std::int64_t block = inputs / 4;  // the four channels of conv, H W inputs each
  const torch::Tensor blocks = z.reshape({kDraws, 4, block});
  EXPECT_EQ((blocks - blocks.slice(2, 0, 1)).abs().max().item<double>(), 0.0);
  const ChannelPosterior conv = pruned.method->describe()[0];
  const torch::Tensor gates = blocks.select(2, 0);
  EXPECT_LT((gates.std(0) / conv.standard_deviation - 1.0).abs().max().item<double>(), 0.06);
  if (GetParam() == "l0") return;  // what stays of it is no mean
  EXPECT_LT(((gates.mean(0) - conv.mean) / conv.standard_deviation).abs().max().item<double>(),
            5.0 / std::sqrt(kDraws));
}

TEST_P(GateNoise, ReadersOfAChannelShareItsDraw) {
  Pruned pruned(GetParam(), 1.5, residual_digits_network());
  pruned.scatter_posterior();
  const torch::NoGradGuard no_gradients;
  const Graph& graph = pruned.torch.graph();
  const auto gates_of = [&](const std::string& reader, std::int64_t channels) {
    const auto node = std::ranges::find(graph.nodes, reader, &Node::name);
    return pruned.method->gate(*node, torch::ones({5, channels}, doubles()));
  };
  // The stream behind the stem is read by the block's first layer and, pooled, by the classifier.
  pruned.method->start_pass();
  const torch::Tensor first = gates_of("conv1", 6);
  const std::int64_t inputs = pruned.torch.tensors().at("fc1.weight").size(1);
  const torch::Tensor pooled = gates_of("fc1", inputs).reshape({5, 6, -1}).select(2, 0);
  EXPECT_TRUE(torch::equal(first, pooled));
  EXPECT_FALSE(torch::equal(first, gates_of("conv2", 6))) << "another group";
  pruned.method->start_pass();
  EXPECT_FALSE(torch::equal(first, gates_of("conv1", 6))) << "another pass";
}

TEST_P(GateNoise, ReadersBehindConcatsShareTheDrawOfTheParts) {
  Pruned pruned(GetParam(), 1.5, concat_network());
  pruned.scatter_posterior();
  const torch::NoGradGuard no_gradients;
  const Graph& graph = pruned.torch.graph();
  const auto gates_of = [&](const std::string& reader, std::int64_t channels) {
    const auto node = std::ranges::find(graph.nodes, reader, &Node::name);
    return pruned.method->gate(*node, torch::ones({5, channels, 1, 1}, doubles())).flatten(1);
  };
  pruned.method->start_pass();
  const torch::Tensor stem = gates_of("left", 4), inner = gates_of("mix", 8);
  const torch::Tensor outer = gates_of("end", 15);
  EXPECT_TRUE(torch::equal(outer.slice(1, 0, 8), inner));
  EXPECT_TRUE(torch::equal(outer.slice(1, 8, 12), stem));
  EXPECT_GT(outer.slice(1, 12, 15).std().item<double>(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(Methods, GateNoise,
                         testing::Values("gate-ard", "vib", "sbp", "bc-gnj", "bc-ghs", "l0"),
                         test_name);

double log_mean_square_over_variance(double mean, double variance) {
  return std::log(mean * mean / variance);
}

TEST(GateArd, KlIsThatOfQuadratureAtTheBestPriorAndRelevanceIsSnr) {
  for (const std::string method : {"gate-ard", "vib"}) {
    Pruned pruned(method);
    pruned.scatter_posterior();
    const auto described = pruned.method->describe();
    const auto means = values(pruned.parameter("gate_mean/conv"));
    const auto log_variances = values(pruned.parameter("gate_log_variance/conv"));
    for (std::size_t c = 0; c < means.size(); ++c) {
      const double variance = std::exp(log_variances[c]);
      const auto at = static_cast<std::int64_t>(c);
      EXPECT_NEAR(described[0].kl[at].item<double>(),
                  normal_kl(means[c], variance, means[c] * means[c] + variance), 1e-6);
      EXPECT_NEAR(described[0].relevance[at].item<double>(),
                  log_mean_square_over_variance(means[c], variance), 1e-9);
    }
  }
}

/// The weights of one channel of the small network's convolution.
struct ChannelWeights {
  std::vector<double> means, variances;

  ChannelWeights(const Pruned& pruned, std::int64_t channel)
      : means(values(pruned.tensor("conv.weight")[channel])) {
    variances = values(pruned.parameter("log_variance/conv.weight")[channel].exp());
  }
};

TEST(GroupArd, KlIsThatOfQuadratureAtTheBestSharedVariance) {
  Pruned pruned("group-ard");
  pruned.scatter_posterior();
  for (const std::int64_t channel : {0, 3}) {
    const ChannelWeights q(pruned, channel);
    double moments = 0.0, noise = 0.0, signal = 0.0;
    for (std::size_t i = 0; i < q.means.size(); ++i) {
      noise += q.variances[i];
      signal += q.means[i] * q.means[i];
    }
    moments = (noise + signal) / static_cast<double>(q.means.size());
    double expected = 0.0;
    for (std::size_t i = 0; i < q.means.size(); ++i) {
      expected += normal_kl(q.means[i], q.variances[i], moments);
    }
    const auto described = pruned.method->describe()[0];
    EXPECT_NEAR(described.kl[channel].item<double>(), expected, 1e-5);
    EXPECT_NEAR(described.relevance[channel].item<double>(), 3.0 - std::log(noise / signal), 1e-9);
  }
}

TEST(PerWeightMethods, KlIsTheSumOverTheChannelsWeights) {
  for (const std::string method : {"weight-ard", "sparse-vd"}) {
    Pruned pruned(method);
    pruned.scatter_posterior();
    const ChannelWeights q(pruned, 1);
    double expected = 0.0;
    for (std::size_t i = 0; i < q.means.size(); ++i) {
      const double square = q.means[i] * q.means[i];
      expected += method == "weight-ard"
                      ? normal_kl(q.means[i], q.variances[i], square + q.variances[i])
                      : exact_sparse_vd_kl(std::log(q.variances[i] / square));
    }
    const double error = method == "weight-ard" ? 1e-6 : 0.009;
    EXPECT_NEAR(pruned.method->kl()[0][1].item<double>(), expected,
                error * static_cast<double>(q.means.size()));
  }
}

TEST(PerWeightMethods, AChannelIsEmptyWhenAllItsWeightsAreNoiseOnOneSide) {
  for (const std::string side : {"rows", "columns"}) {
    Pruned pruned("weight-ard");
    const torch::NoGradGuard no_gradients;
    torch::Tensor noise =
        pruned.parameter(side == "rows" ? "log_variance/fc1.weight" : "log_variance/fc2.weight");
    const std::string weight = side == "rows" ? "fc1.weight" : "fc2.weight";
    const torch::Tensor mean = pruned.torch.tensors().at(weight);
    torch::Tensor channel = side == "rows" ? noise[2] : noise.select(1, 2);
    const torch::Tensor means = side == "rows" ? mean[2] : mean.select(1, 2);
    channel.copy_(means.square().log() + 3.5);
    torch::Tensor relevance = pruned.method->relevance()[1];
    EXPECT_NEAR(relevance[2].item<double>(), -0.5, 1e-9) << side;
    EXPECT_GT(relevance[1].item<double>(), 0.0) << side;
    channel[0] = means[0].square().log() - 1.0;  // one weight is signal
    EXPECT_NEAR(pruned.method->relevance()[1][2].item<double>(), 4.0, 1e-9) << side;
  }
}

TEST(TwoSidedArd, FactorsAreAtTheirOptimumAndTheKlIsThatOfQuadrature) {
  Pruned pruned("two-sided-ard");
  pruned.scatter_posterior();
  for (int i = 0; i < 200; ++i) pruned.method->project();  // one sweep each
  const auto all_kl = [&] {
    const torch::NoGradGuard no_gradients;
    double sum = 0.0;
    for (const std::string weight : {"conv.weight", "fc1.weight", "fc2.weight"}) {
      const torch::Tensor mean = pruned.torch.tensors().at(weight).flatten(1);
      const torch::Tensor variance = pruned.parameter("log_variance/" + weight).exp().flatten(1);
      const bool conv = weight == "conv.weight", last = weight == "fc2.weight";
      const torch::Tensor row = pruned.parameter(std::string("prior_factor/") + (conv   ? "conv"
                                                                                 : last ? "fc2"
                                                                                        : "fc1"));
      const torch::Tensor column =
          pruned.parameter(std::string("prior_factor/") + (conv   ? "image"
                                                           : last ? "fc1"
                                                                  : "conv"));
      const torch::Tensor prior =
          row.unsqueeze(1) * column.repeat_interleave(mean.size(1) / column.size(0));
      sum += 0.5 * ((prior / variance).log() + (mean.square() + variance) / prior - 1.0)
                       .sum()
                       .item<double>();
    }
    return sum;
  };
  const double best = all_kl();
  for (const char* group : {"conv", "fc1", "image", "fc2"}) {
    torch::Tensor factor = pruned.parameter(std::string("prior_factor/") + group);
    const torch::Tensor kept = factor.clone();
    for (const double change : {0.9, 1.1}) {
      factor[1] = kept[1] * change;
      EXPECT_GT(all_kl(), best) << group;
      factor.copy_(kept);
    }
  }
  // One weight of conv, worked out by quadrature; and the method's own sum of all.
  const double prior =
      (pruned.parameter("prior_factor/conv")[2] * pruned.parameter("prior_factor/image")[0])
          .item<double>();
  const double mean = pruned.torch.tensors().at("conv.weight")[2][0][1][1].item<double>();
  const double variance =
      pruned.parameter("log_variance/conv.weight")[2][0][1][1].exp().item<double>();
  EXPECT_NEAR(normal_kl(mean, variance, prior),
              0.5 * (std::log(prior / variance) + (mean * mean + variance) / prior - 1.0), 1e-6);
  double found = 0.0;
  for (const torch::Tensor& kl : pruned.method->kl()) found += kl.sum().item<double>();
  EXPECT_LT(found, best) << "fc2's weights belong to no removable group";
  // The price is 1.5: weights of 1.5 sqrt(H W) on the groups, 1.5 on fc2.
  const double outside = best - found;
  const auto nats = pruned.method->kl();
  EXPECT_NEAR(
      pruned.method->weighted_kl().item<double>(),
      9.0 * nats[0].sum().item<double>() + 1.5 * nats[1].sum().item<double>() + 1.5 * outside,
      1e-6 * best);
}

TEST(BayesianCompression, WeightsCountOnceWhateverThePrice) {
  for (const std::string method : {"bc-gnj", "bc-ghs"}) {
    Pruned cheap(method, 1e-9), dear(method, 2.0);
    const double gates =
        cheap.method->kl()[0].sum().item<double>() + cheap.method->kl()[1].sum().item<double>();
    double weights = 0.0;
    for (const std::string weight : {"conv.weight", "fc1.weight", "fc2.weight"}) {
      weights += standard_normal_kl(cheap.torch.tensors().at(weight),
                                    cheap.parameter("log_variance/" + weight))
                     .sum()
                     .item<double>();
    }
    EXPECT_NEAR(cheap.method->weighted_kl().item<double>(), weights + gates, 1e-3 * weights);
    EXPECT_GT(dear.method->weighted_kl().item<double>(), weights + gates);
  }
}

TEST(BcGhs, StartsWithGatesOfOne) {
  Pruned pruned("bc-ghs");
  EXPECT_LT((pruned.method->describe()[0].mean - 1.0).abs().max().item<double>(), 1e-3);
}

TEST(BcGhs, AGateThatIsTinyBesideTheStrongestGoes) {
  Pruned pruned("bc-ghs");
  const torch::NoGradGuard no_gradients;
  pruned.parameter("local_gamma/conv")[1] -= 10.5;  // z smaller by e^5.25
  const torch::Tensor relevance = pruned.method->relevance()[0];
  EXPECT_NEAR(relevance[1].item<double>(), -0.25, 1e-6);
  EXPECT_GT(relevance[0].item<double>(), 0.0);
}

TEST(Hyperprior, ShrinksMoreAndIsRefusedWhereThereIsNoArdPrior) {
  for (const std::string& name : method_names()) {
    const auto method = make_method(name);
    if (name.ends_with("-ard") && name != "two-sided-ard") {
      EXPECT_NO_THROW(method->set_hyperprior({.shape = 1.5, .rate = 0.0})) << name;
    } else {
      EXPECT_THROW(method->set_hyperprior({.shape = 1.5, .rate = 0.0}), Error) << name;
      EXPECT_NO_THROW(method->set_hyperprior({})) << name;
    }
  }
  Pruned plain("gate-ard"), shrinking("gate-ard");
  shrinking.method->set_hyperprior({.shape = 1.5, .rate = 0.0});
  const auto pull = [](Pruned& pruned) {
    pruned.method->weighted_kl().backward();
    return pruned.parameter("gate_mean/conv").grad()[0].item<double>();
  };
  EXPECT_GT(pull(shrinking), 1.5 * pull(plain));
}

TEST(GroupArd, TheRelevanceOfAnInputIsThatOfItsColumn) {
  Pruned pruned = exposed("group-ard");
  pruned.scatter_posterior();
  const torch::Tensor variance = pruned.parameter("log_variance/fc1.weight").detach().exp();
  const torch::Tensor weight = pruned.tensor("fc1.weight").detach();
  const torch::Tensor expected = 3.0 - (variance.sum(0) / weight.square().sum(0)).log();
  EXPECT_LT((pruned.method->relevance()[2] - expected).abs().max().item<double>(), 1e-9);
  EXPECT_EQ(pruned.method->kl()[2].abs().sum().item<double>(), 0.0)
      << "the columns' KL counts in the rows already";
}

/// conv0 - [conv1] + a Gather that pads channels - conv2 - fc.
Graph padded_skip_network() {
  tests::NetworkBuilder net(1);
  const ValueId x = net.conv("conv0", net.input("x", {Shape::kBatch, 1, 4, 4}), 3, {.kernel = 1});
  const ValueId skip = net.gather("skip", x, {0, 1, 2, Gather::kZero});
  const ValueId sum = net.add("add", net.conv("conv1", x, 4, {.kernel = 1}), skip);
  const ValueId last = net.conv("conv2", sum, 2, {.kernel = 1});
  return net.build(net.linear("fc", net.flatten("flatten", last), 2));
}

class SkipsThroughGathers : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(WeightMethods, SkipsThroughGathers,
                         testing::Values("group-ard", "two-sided-ard", "weight-ard", "sparse-vd"),
                         test_name);

TEST_P(SkipsThroughGathers, KeepWhatComesOrGoesByThem) {
  Pruned pruned(GetParam(), 1.5, padded_skip_network());
  const torch::NoGradGuard no_gradients;
  pruned.parameter("log_variance/conv1.weight").fill_(2.0);
  pruned.tensor("conv1.weight").mul_(1e-3);
  const std::vector<torch::Tensor> relevance = pruned.method->relevance();
  ASSERT_EQ(pruned.network.groups[0].name, "conv0");
  EXPECT_GT(relevance[0].min().item<double>(), 0.0) << "though conv1 reads only noise";
  ASSERT_EQ(pruned.network.groups[1].name, "conv1");
  EXPECT_GT(relevance[1].slice(0, 0, 3).min().item<double>(), 0.0) << "though conv1 adds noise";
  EXPECT_LT(relevance[1][3].item<double>(), 0.0) << "nothing but conv1 computes it";
}

TEST(Gates, ScalingWhatAGatherReadsFindsTheColumnsBehindIt) {
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
  const torch::NoGradGuard no_gradients;
  const torch::Tensor before = torch.tensors().at("fc1.weight").detach().clone();
  const torch::Tensor factors = torch::tensor({2.0, 3.0, 5.0, 7.0}, doubles());
  scale_inputs(torch, 4, factors.repeat_interleave(9));  // 3 x 3 pixels of each channel of conv
  const torch::Tensor ratio = torch.tensors().at("fc1.weight") / before;
  EXPECT_NEAR(ratio[0][0].item<double>(), 7.0, 1e-12);
  EXPECT_NEAR(ratio[4][8].item<double>(), 7.0, 1e-12);
  EXPECT_NEAR(ratio[2][9].item<double>(), 5.0, 1e-12);
  EXPECT_NEAR(ratio[0][35].item<double>(), 2.0, 1e-12);
}

TEST(Price, CountsLayersBehindAGather) {
  const Graph plain_graph = small_network(), graph = converters::expose_inputs(small_network());
  const auto groups = groups_of(graph);
  ASSERT_EQ(groups.size(), 3u);
  const Price price{.value = 0.1, .by = PricedBy::kMixture, .samples = 100};
  const auto plain = price_weights(plain_graph, groups_of(plain_graph), price);
  const auto weights = price_weights(graph, groups, price);
  EXPECT_NEAR(weights[0], plain[0], 1e-12) << "a filter of conv takes its columns of fc1 along";
  EXPECT_NEAR(weights[2], 1.0 + 10.0 * (180.0 / 36 / 2787.0 + 1.5 * 185.0 / 36 / 279.0), 1e-9);
  const Price positions{.value = 2.0, .by = PricedBy::kPositions, .samples = 100};
  EXPECT_EQ(price_weights(graph, groups, positions)[2], 2.0);
}

TEST(Price, SavingsCountProducersAndConsumersOfOneChannel) {
  const Graph graph = small_network();
  const auto groups = groups_of(graph);
  ASSERT_EQ(groups.size(), 2u);
  // conv: 6*6*18*4 = 2592 MACs; fc1: 36*5 = 180; fc2: 15; 2787 in all.
  // Parameters: conv 72+4, fc1 180+5, fc2 15+3: 279.
  const double macs[] = {(2592.0 + 180.0) / 4 / 2787.0, (180.0 + 15.0) / 5 / 2787.0};
  const double params[] = {(76.0 + 185.0) / 4 / 279.0, (185.0 + 18.0) / 5 / 279.0};
  const auto weights = [&](PricedBy by) {
    return price_weights(graph, groups, {.value = 0.1, .by = by, .samples = 100});
  };
  for (const std::size_t g : {0, 1}) {
    EXPECT_NEAR(weights(PricedBy::kMixture)[g], 1.0 + 10.0 * (macs[g] + 1.5 * params[g]), 1e-9);
    EXPECT_NEAR(weights(PricedBy::kMacs)[g], 1.0 + 10.0 * macs[g], 1e-9);
    EXPECT_NEAR(weights(PricedBy::kParams)[g], 1.0 + 10.0 * params[g], 1e-9);
  }
}

TEST(Price, SavingsCountDepthwiseConvolutions) {
  tests::NetworkBuilder net(1);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {.kernel = 1});
  x = net.conv("depthwise", x, 4, {.kernel = 3, .pad = 1, .groups = 4});
  const Graph graph = net.build(net.linear("fc", net.flatten("flatten", x), 3));
  const std::vector<Savings> savings = savings_per_channel(graph, groups_of(graph));
  ASSERT_EQ(savings.size(), 1u);
  EXPECT_EQ(savings[0].macs, 36 * 2 + 36 * 9 + 36 * 3);
  EXPECT_EQ(savings[0].params, (2 + 1) + (9 + 1) + (36 * 3 + 3 / 4.0));
}

TEST(Price, SavingsCountLayersBehindConcats) {
  const Graph graph = concat_network();
  const auto groups = groups_of(graph);
  ASSERT_EQ(groups.size(), 5u);
  ASSERT_EQ(groups[1].name, "left");
  const std::vector<Savings> savings = savings_per_channel(graph, groups);
  const double stem = 64 * 2 * 9, left = 64 * 4, right = 64 * 4 * 9;  // MACs of a filter
  const double column_of_mix = 64 * 3, column_of_end = 64 * 4;
  EXPECT_EQ(savings[1].macs, left + column_of_mix + column_of_end);
  EXPECT_EQ(savings[0].macs, stem + (3 * left + 5 * right) / 4 + column_of_end);
}

TEST(Price, SavingsCountLayersThatComputeChannelsOfSeveralGroups) {
  const Graph graph = training_form(split_digits_network());
  const auto groups = groups_of(graph);
  const auto inner = std::ranges::find(groups, "inner", &converters::ChannelGroup::name);
  ASSERT_NE(inner, groups.end());
  const Savings saved =
      savings_per_channel(graph, groups)[static_cast<std::size_t>(inner - groups.begin())];
  const double filter = 49 * 4 * 9, beside = 49 * 8, squeeze = 3, excite = 3, fc = 49 * 10;
  EXPECT_NEAR(saved.macs, filter + beside + squeeze + excite + fc, 1e-9);
}

TEST(Price, SavingsCountGroupedConvolutions) {
  const Graph graph = grouped_network();
  const std::vector<Savings> savings = savings_per_channel(graph, groups_of(graph));
  ASSERT_EQ(savings.size(), 2u);
  const double stem = 64 * 2 * 9, grouped = 64 * 4 * 9;  // MACs of a filter
  EXPECT_EQ(savings[0].macs, stem + 6 * grouped / 8);
  EXPECT_EQ(savings[1].macs, grouped + 16 * 3);
}

TEST(Price, PositionsAreThoseOfTheProducer) {
  const Graph graph = small_network();
  const std::vector<double> weights = price_weights(
      graph, groups_of(graph), {.value = 2.0, .by = PricedBy::kPositions, .samples = 100});
  EXPECT_NEAR(weights[0], 2.0 * 6.0, 1e-12);
  EXPECT_NEAR(weights[1], 2.0, 1e-12);
}

TEST(Price, NamesAreFoundAgainAndOthersRefused) {
  for (const std::string& name : priced_by_names()) {
    EXPECT_EQ(priced_by_name(find_priced_by(name)), name);
  }
  EXPECT_THROW(find_priced_by("weight"), Error);
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
