// What the posterior said about every channel of the dense network, and what became of it: kept in
// the run's state, written to posterior.json.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ockham::training {

/// A channel when it was removed, or at the end of pruning.
struct ChannelRecord {
  float mean = 0.0f;
  float standard_deviation = 0.0f;
  float kl = 0.0f;          ///< nats
  float weight = 0.0f;      ///< of the KL in the loss: the price
  float relevance = 0.0f;   ///< a channel goes when it is below the cut
  float cut = 0.0f;         ///< at that time
  float gone_after = 0.0f;  ///< epoch of pruning after which it went; 0: it stayed

  bool stayed() const { return gone_after == 0.0f; }
  bool operator==(const ChannelRecord&) const = default;
};

/// Channels by group, in the numbering of the dense network.
using PosteriorRecord = std::map<std::string, std::vector<ChannelRecord>>;

/// What posterior.json holds.
struct PosteriorFile {
  std::string method;
  std::string relevance_meaning;
  double price = 0.0;
  std::string priced_by;
  std::map<std::string, std::string> nouns;  ///< what a channel of a group is: "filter", "neuron"
  std::vector<std::string> order;            ///< groups in the network's order
  PosteriorRecord groups;
};

std::filesystem::path posterior_path(const std::filesystem::path& folder);

/// Throws Error(kIo).
void write_posterior(const std::filesystem::path& folder, const PosteriorFile& file);
/// Throws Error: kNotFound, kInvalidModel when the file is damaged.
PosteriorFile read_posterior(const std::filesystem::path& folder);

}  // namespace ockham::training
