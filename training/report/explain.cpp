#include "training/report/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "training/surgery/cut_sensitivity.h"

namespace ockham::training {
namespace {

double nats(const ChannelRecord& channel) {
  return static_cast<double>(channel.kl) * static_cast<double>(channel.weight);
}

std::string cost_text(const ChannelRecord& channel) {
  return fmt::format("keeping it cost {:.3g} x {:.3g} = {:.3g} nats", channel.kl, channel.weight,
                     nats(channel));
}

std::string reason_to_go(const ChannelRecord& channel, const PosteriorFile& file) {
  const std::string when = fmt::format("went after epoch {:.0f}", channel.gone_after);
  if (channel.relevance >= channel.cut) {
    return when + " along with others: no other channel was left that it reads or that reads it";
  }
  return fmt::format("{}: {}; {} {:.2f} is below the cut {:g}", when, cost_text(channel),
                     file.relevance_meaning, channel.relevance, channel.cut);
}

std::string reason_to_stay(const ChannelRecord& channel, const PosteriorFile& file) {
  const std::string cost = cost_text(channel);
  if (channel.relevance < 0.0f) {
    return fmt::format(
        "stayed {} {} {:.2f} is below the cut 0; {}",
        file.price == 0.0 ? "as the price is 0, although" : "as the last of its group, although",
        file.relevance_meaning, channel.relevance, cost);
  }
  return fmt::format("stayed: {} {:.2f} is above the cut 0; {}", file.relevance_meaning,
                     channel.relevance, cost);
}

/// "fc1.inputs" reads better as "fc1".
std::string layer_of(const std::string& group) {
  const std::string suffix = ".inputs";
  return group.ends_with(suffix) ? group.substr(0, group.size() - suffix.size()) : group;
}

std::string group_line(const std::string& name, const std::vector<ChannelRecord>& channels) {
  const auto kept = std::ranges::count_if(channels, &ChannelRecord::stayed);
  double paid = 0.0, saved = 0.0;
  for (const ChannelRecord& channel : channels) (channel.stayed() ? paid : saved) += nats(channel);
  return fmt::format("{:<20}{:>14}{:>14.0f}{:>14.0f}   {}\n", name,
                     fmt::format("{} of {}", kept, channels.size()), paid, saved,
                     empty_region_text(empty_region(channels)));
}

/// "0-3, 7, 9-12"
std::string ranges(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t first = 0, last = 0; first < numbers.size(); first = last + 1) {
    last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[first]);
    if (last > first) text += fmt::format("-{}", numbers[last]);
  }
  return text;
}

std::string channel_lines(const std::string& name, const PosteriorFile& file) {
  const std::vector<ChannelRecord>& channels = file.groups.at(name);
  std::string text;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    text += fmt::format(
        "{} {} {:<5} mean {:>8.4f} +- {:<8.4f} {}\n", layer_of(name), file.nouns.at(name), c,
        channels[c].mean, channels[c].standard_deviation,
        channels[c].stayed() ? reason_to_stay(channels[c], file) : reason_to_go(channels[c], file));
  }
  return text;
}

/// Inputs are many: one line for those that went after the same epoch, or stayed.
std::string input_lines(const std::string& name, const PosteriorFile& file) {
  const std::vector<ChannelRecord>& channels = file.groups.at(name);
  std::map<float, std::vector<std::size_t>> by_epoch;
  for (std::size_t c = 0; c < channels.size(); ++c) by_epoch[channels[c].gone_after].push_back(c);
  std::string text;
  for (const auto& [epoch, numbers] : by_epoch) {
    const auto relevance = [&](std::size_t c) { return channels[c].relevance; };
    const auto [least, most] = std::ranges::minmax_element(numbers, {}, relevance);
    double sum = 0.0;
    for (const std::size_t c : numbers) sum += nats(channels[c]);
    text += fmt::format("{} inputs: {} {}, relevance {:.2f} to {:.2f}, {:.3g} nats together: {}\n",
                        layer_of(name), numbers.size(),
                        epoch == 0.0f ? "stayed" : fmt::format("went after epoch {:.0f}", epoch),
                        relevance(*least), relevance(*most), sum, ranges(numbers));
  }
  return text;
}

}  // namespace

std::string explain(const PosteriorFile& file) {
  std::string text = fmt::format(
      "{}, price {:g} by {}; relevance: {}, removed below 0\n"
      "mean +- standard deviation: of the gate, or of the channel's weights (root "
      "mean square); a cost is its KL x the price's weight\n\n",
      file.method, file.price, file.priced_by, file.relevance_meaning);
  text += fmt::format("{:<20}{:>14}{:>14}{:>14}   {}\n", "group", "kept", "nats paid", "nats saved",
                      "no relevance between");
  for (const std::string& name : file.order) text += group_line(name, file.groups.at(name));
  for (const std::string& name : file.order) {
    text += '\n' +
            (file.nouns.at(name) == "input" ? input_lines(name, file) : channel_lines(name, file));
  }
  return text;
}

}  // namespace ockham::training
