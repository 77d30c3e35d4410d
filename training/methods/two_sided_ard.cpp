// two-sided-ard: Gaussian ARD whose prior variance has a factor for each side of a weight.
//
// q(w_oik) = N(mu, s); p(w_oik) = N(0, a_o b_i) for output o, input i, all taps k. The factor of a
// channel is one and the same where its filter is computed (a row) and where it is read (a column):
// one variance per channel, one decision. With S = mu^2 + s the factors' optimum, one factor f_c
// given the others, is f_c = mean over all weights of the channel, rows and columns, of S / (factor
// of the other side); one sweep over all groups after each step, warm from the last.
//   KL = 1/2 sum [log(a_o b_i) - log s + S / (a_o b_i) - 1].
// Channels that must stay (inputs and outputs of the network) have factors too. Relevance as in
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
  torch::Tensor row_kl(std::size_t layer) const override;

 private:
  /// Which factors a layer's prior variance is the product of: those of the channels that its rows
  /// compute, and that its columns read.
  struct Sides {
    std::vector<converters::ChannelRun> rows, columns;
  };

  /// Sum over taps of S: [rows, columns].
  torch::Tensor second_moments(std::size_t layer) const;
  /// The factor of each row, or column.
  torch::Tensor factors_of(const std::vector<converters::ChannelRun>& runs) const;
  void sweep();

  std::vector<torch::Tensor> factors_;  ///< per channel group of the graph
  std::vector<Sides> sides_;            ///< per random layer
};

/// Adds `terms`, one for each channel of the runs, to the channels of a group [width].
void add_to_group(torch::Tensor sum, int group, const std::vector<converters::ChannelRun>& runs,
                  const torch::Tensor& terms) {
  std::int64_t first = 0;
  for (const converters::ChannelRun& run : runs) {
    if (run.group == group) {
      const torch::Tensor part = terms.narrow(0, first, run.length());
      sum.narrow(0, run.first, run.count) += part.reshape({run.count, run.block}).sum(1);
    }
    first += run.length();
  }
}

/// Rows or columns for each channel of the group.
double per_channel(int group, const std::vector<converters::ChannelRun>& runs, std::int64_t width) {
  std::int64_t own = 0;
  for (const converters::ChannelRun& run : runs) own += run.group == group ? run.length() : 0;
  return static_cast<double>(own) / static_cast<double>(width);
}

std::string factor_name(const std::string& group) { return "prior_factor/" + group; }

void TwoSidedArd::start(Network& network) {
  WeightMethod::start(network);
  for (const auto& group : network.channels->groups()) {
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
  factors_.clear();
  for (const auto& group : network.channels->groups()) {
    factors_.push_back(by_name.at(factor_name(group.name)));
  }
  sides_.clear();
  for (const RandomWeights::Layer& layer : random_.layers()) {
    const Node& node = network.torch.graph().node(layer.node);
    sides_.push_back(
        {network.channels->runs_of(node.outputs[0]), network.channels->runs_of(node.inputs[0])});
  }
}

torch::Tensor TwoSidedArd::second_moments(std::size_t layer) const {
  const RandomWeights::Layer& weights = random_.layers()[layer];
  const torch::Tensor moments = weights.mean.square() + weights.log_variance.exp();
  return moments.reshape({moments.size(0), moments.size(1), -1}).sum(2);
}

torch::Tensor TwoSidedArd::factors_of(const std::vector<converters::ChannelRun>& runs) const {
  std::vector<torch::Tensor> factors;
  for (const converters::ChannelRun& run : runs) {
    const torch::Tensor& group = factors_[static_cast<std::size_t>(run.group)];
    factors.push_back(group.narrow(0, run.first, run.count).repeat_interleave(run.block));
  }
  return torch::cat(factors);
}

torch::Tensor TwoSidedArd::row_kl(std::size_t layer) const {
  const torch::Tensor moments = second_moments(layer);
  const torch::Tensor row = factors_of(sides_[layer].rows);
  const torch::Tensor column = factors_of(sides_[layer].columns);
  const torch::Tensor& log_variance = random_.layers()[layer].log_variance;
  const auto per_row = static_cast<double>(log_variance.numel() / moments.size(0));
  const double taps = per_row / static_cast<double>(moments.size(1));
  const torch::Tensor log_prior = per_row * row.log() + taps * column.log().sum();
  const torch::Tensor ratio = (moments / row.unsqueeze(1) / column).sum(1);
  return 0.5 * (log_prior - log_variance.flatten(1).sum(1) + ratio - per_row);
}

void TwoSidedArd::sweep() {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> moments;
  for (std::size_t i = 0; i < sides_.size(); ++i) moments.push_back(second_moments(i));
  for (std::size_t f = 0; f < factors_.size(); ++f) {
    const int group = static_cast<int>(f);
    torch::Tensor sum = torch::zeros_like(factors_[f]);
    double count = 0.0;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      const auto weights = static_cast<double>(random_.layers()[i].mean.numel());
      const auto& [rows, columns] = sides_[i];
      if (const double own = per_channel(group, rows, sum.size(0)); own > 0.0) {
        add_to_group(sum, group, rows, (moments[i] / factors_of(columns)).sum(1));
        count += weights / static_cast<double>(moments[i].size(0)) * own;
      }
      if (const double own = per_channel(group, columns, sum.size(0)); own > 0.0) {
        add_to_group(sum, group, columns, (moments[i] / factors_of(rows).unsqueeze(1)).sum(0));
        count += weights / static_cast<double>(moments[i].size(1)) * own;
      }
    }
    if (count > 0.0) factors_[f].copy_((sum / count).clamp_min(kLeastFactor));
  }
}

std::vector<torch::Tensor> TwoSidedArd::kl() {
  std::vector<torch::Tensor> nats;
  for (const RandomWeights::Members& members : random_.members()) {
    torch::Tensor sum = torch::zeros({members.width}, factors_[0].options());
    for (const RandomWeights::Part& rows : members.rows) {
      const torch::Tensor of_rows = RandomWeights::at(rows, row_kl(rows.layer));
      sum = sum + of_rows.reshape({members.width, -1}).sum(1);
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
