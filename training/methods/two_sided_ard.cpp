// two-sided-ard: Gaussian ARD whose prior variance has a factor for each side of a weight.
//
// q(w_oik) = N(mu, s); p(w_oik) = N(0, a_o b_i) for output o, input i, all taps k. The factor of a
// channel is one and the same where its filter is computed (a row) and where it is read (a column):
// one variance per channel, one decision. With S = mu^2 + s the factors' optimum, one factor f_c
// given the others, is f_c = mean over all weights of the channel, rows and columns, of S / (factor
// of the other side); one sweep over all groups after each step, warm from the last.
//   KL = 1/2 sum [log(a_o b_i) - log s + S / (a_o b_i) - 1].
// Channels that must stay (inputs and outputs of the network) have factors too, and so have those
// that a concat makes: layers behind it share no factor with those in front. Relevance as in
// group-ard. Source: our reading of the structured prior of Kharitonov, Molchanov, Vetrov,
// "Variational Dropout via Empirical Bayes", arXiv 1811.00596, whose form is not published; the
// fixed point follows from the bound. log s as in group-ard; the KL is weighed by the price.
#include <map>

#include "training/methods/method_table.h"
#include "training/methods/random_weights.h"

namespace ockham::training {
namespace {

constexpr double kLeastFactor = 1e-12;
constexpr int kFirstSweeps = 20;

class TwoSidedArd : public WeightMethod {
 public:
  TwoSidedArd() : WeightMethod(RandomWeights(RandomLayers::kAll, -9.0, -16.0, 2.0)) {}

  std::string_view name() const override { return "two-sided-ard"; }
  std::string_view summary() const override {
    return "Gaussian weights, prior variance a factor per output times a factor per input";
  }

  void start(Network& network) override;
  void bind(Network& network, const Price& price) override;
  std::vector<torch::Tensor> kl() override;
  void project() override;

 protected:
  torch::Tensor layer_kl(std::size_t layer) override { return row_kl(layer).sum(); }

 private:
  /// Which factors a layer's prior variance is the product of (index into `factors_`), and how many
  /// rows and columns share one.
  struct Sides {
    std::size_t row = 0, column = 0;
    std::int64_t row_block = 1, column_block = 1;
  };

  /// Sum over taps of S: [out, factors of the input side].
  torch::Tensor second_moments(std::size_t layer) const;
  /// The factor of each row.
  torch::Tensor row_factors(std::size_t layer) const;
  /// KL of each row of a layer.
  torch::Tensor row_kl(std::size_t layer) const;
  void sweep();

  std::vector<torch::Tensor> factors_;  ///< per channel group of the graph
  std::vector<Sides> sides_;            ///< per random layer
};

std::string factor_name(const std::string& group) { return "prior_factor/" + group; }

void TwoSidedArd::start(Network& network) {
  WeightMethod::start(network);
  for (const auto& group : converters::channel_groups(network.torch.graph())) {
    posterior_.push_back({.name = factor_name(group.name),
                          .tensor = torch::ones({group.width}, network.torch.options()),
                          .follows_group = group.removable ? group.name : ""});
  }
  bind(network, {});
  for (int i = 0; i < kFirstSweeps; ++i) sweep();
}

void TwoSidedArd::bind(Network& network, const Price& price) {
  WeightMethod::bind(network, price);
  std::map<std::string, torch::Tensor> by_name;
  for (const Parameter& parameter : posterior_) by_name[parameter.name] = parameter.tensor;
  std::map<NodeId, std::size_t> layer_of;
  for (std::size_t i = 0; i < random_.layers().size(); ++i) layer_of[random_.layers()[i].node] = i;
  const Graph& graph = network.torch.graph();
  factors_.clear();
  sides_.assign(random_.layers().size(), {});
  for (const auto& group : converters::channel_groups(graph)) {
    const std::size_t factor = factors_.size();
    factors_.push_back(by_name.at(factor_name(group.name)));
    for (const auto& axis : group.producers) {
      if (!layer_of.contains(axis.node)) continue;
      sides_[layer_of.at(axis.node)].row = factor;
      sides_[layer_of.at(axis.node)].row_block = axis.block;
    }
    for (const auto& axis : group.consumers) {
      if (!layer_of.contains(axis.node)) continue;
      sides_[layer_of.at(axis.node)].column = factor;
      sides_[layer_of.at(axis.node)].column_block = axis.block;
    }
  }
}

torch::Tensor TwoSidedArd::second_moments(std::size_t layer) const {
  const RandomWeights::Layer& weights = random_.layers()[layer];
  const torch::Tensor moments = weights.mean.square() + weights.log_variance.exp();
  const std::int64_t inputs = weights.mean.size(1) / sides_[layer].column_block;
  return moments.reshape({weights.mean.size(0), inputs, -1}).sum(2);
}

torch::Tensor TwoSidedArd::row_factors(std::size_t layer) const {
  return factors_[sides_[layer].row].repeat_interleave(sides_[layer].row_block);
}

torch::Tensor TwoSidedArd::row_kl(std::size_t layer) const {
  const torch::Tensor moments = second_moments(layer);
  const torch::Tensor row = row_factors(layer);
  const torch::Tensor& column = factors_[sides_[layer].column];
  const torch::Tensor& log_variance = random_.layers()[layer].log_variance;
  const auto outputs = static_cast<double>(moments.size(0));
  const auto per_row = static_cast<double>(log_variance.numel()) / outputs;
  const double per_input = per_row / static_cast<double>(moments.size(1));
  const torch::Tensor log_prior = per_row * row.log() + per_input * column.log().sum();
  const torch::Tensor ratio = (moments / row.unsqueeze(1) / column).sum(1);
  return 0.5 * (log_prior - log_variance.flatten(1).sum(1) + ratio - per_row);
}

void TwoSidedArd::sweep() {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> moments;
  for (std::size_t i = 0; i < sides_.size(); ++i) moments.push_back(second_moments(i));
  for (std::size_t f = 0; f < factors_.size(); ++f) {
    torch::Tensor sum = torch::zeros_like(factors_[f]);
    double count = 0.0;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      const auto weights = static_cast<double>(random_.layers()[i].mean.numel());
      if (sides_[i].row == f) {
        sum += (moments[i] / factors_[sides_[i].column]).reshape({sum.size(0), -1}).sum(1);
        count += weights / static_cast<double>(sum.size(0));
      }
      if (sides_[i].column == f) {
        sum += (moments[i] / row_factors(i).unsqueeze(1)).sum(0);
        count += weights / static_cast<double>(moments[i].size(1));
      }
    }
    if (count > 0.0) factors_[f].copy_((sum / count).clamp_min(kLeastFactor));
  }
}

std::vector<torch::Tensor> TwoSidedArd::kl() {
  std::vector<torch::Tensor> nats;
  for (const RandomWeights::Members& members : random_.members()) {
    torch::Tensor sum = torch::zeros({members.width}, factors_[0].options());
    for (const std::size_t layer : members.rows) {
      sum = sum + row_kl(layer).reshape({members.width, -1}).sum(1);
    }
    nats.push_back(sum);
  }
  return nats;
}

void TwoSidedArd::project() {
  WeightMethod::project();
  sweep();
}

}  // namespace

std::unique_ptr<SparsityMethod> make_two_sided_ard() { return std::make_unique<TwoSidedArd>(); }

}  // namespace ockham::training
