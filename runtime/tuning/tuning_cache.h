// TuningCache: what tuning chose, for each layer and size of batch, kept in a file for later
// sessions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ockham {

/// Where the caches of this user are kept: the folder $OCKHAM_CACHE_DIR, or else
/// $XDG_CACHE_HOME/ockham, or else $HOME/.cache/ockham. Nothing where OCKHAM_CACHE_DIR is set and
/// empty, or where none is set. XDG_CACHE_HOME and HOME count only where they are absolute.
/// Programs with privileges of their own (setuid) read none of them.
std::optional<std::filesystem::path> cache_folder();

/// What was chosen, by key.
using ChoicesByKey = std::map<std::string, std::string>;

/// What was chosen, under texts that describe what it was chosen for. The file is one of text,
/// with a checksum: what is not exactly as it was written is not used, and no trouble with it is an
/// error, for all of it can be measured anew. One thread at a time may use a cache; any number of
/// caches, of several processes too, may have the same file.
class TuningCache {
 public:
  /// Reads the file of `folder` that is for `platform`, which names all that choices depend on
  /// beyond their keys: device and versions. Without a folder nothing is kept.
  TuningCache(const std::optional<std::filesystem::path>& folder, std::string platform);

  /// What was chosen, now or by an earlier session.
  std::optional<std::string> find(const std::string& key);
  /// Keeps what was measured, in place of what may be there under this key.
  void add(const std::string& key, std::string choice);
  /// Writes what was added, beside what others have written meanwhile, to the file, which is
  /// replaced as a whole. Of two processes that do so at once one may lose what it has added.
  void save();

  /// What a user may want to know: how much was measured, and what is wrong with the file.
  std::vector<std::string> notes() const;
  /// Empty without a folder.
  const std::filesystem::path& file() const { return file_; }

 private:
  ChoicesByKey read() const;

  std::string platform_;
  std::filesystem::path file_;
  ChoicesByKey loaded_;         ///< in the file, when it was read
  ChoicesByKey measured_;       ///< goes before
  std::set<std::string> used_;  ///< keys of what was found in the file
  std::vector<std::string> problems_;
};

/// Bytes as hexadecimal digits, for choices that are no text; and back, where there are as many
/// digits as `bytes` needs, and nothing else.
std::string hex_text(std::span<const std::byte> bytes);
bool read_hex(std::string_view digits, std::span<std::byte> bytes);

}  // namespace ockham
