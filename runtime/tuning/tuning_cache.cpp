#include "runtime/tuning/tuning_cache.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <span>
#include <system_error>
#include <utility>

#include "runtime/format/container_layout.h"
#include "runtime/format/files.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"

namespace ockham {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "Ockham's tuned plans, format 1\n";
constexpr std::string_view kLastWord = "checksum ";
constexpr std::size_t kChecksumDigits = 2 * sizeof(format::Checksum);
constexpr char kBetween = '\t';  ///< a key and its choice
/// ChoicesByKey of some thousand networks. A file that would grow beyond is begun anew.
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

constexpr std::string_view kDigits = "0123456789abcdef";

std::string digits_of(unsigned char byte) { return {kDigits[byte / 16], kDigits[byte % 16]}; }

/// The byte of two digits.
std::optional<unsigned char> byte_of(std::string_view digits) {
  if (digits.size() != 2) return {};
  unsigned char byte = 0;
  const char* const end = digits.data() + 2;
  if (std::from_chars(digits.data(), end, byte, 16).ptr != end) return {};
  return byte;
}

std::string checksum_text(std::string_view text) {
  const format::Checksum checksum = format::checksum_of(std::as_bytes(std::span(text)));
  return hex_text(std::as_bytes(std::span(&checksum, 1)));
}

/// What would end a line or a part of one is written as %XX.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != '%') {
      result += c;
    } else {
      result += '%' + digits_of(byte);
    }
  }
  return result;
}

[[noreturn]] void refuse(const std::string& why) { throw Error(Status::kIo, why); }

[[noreturn]] void refuse_damaged() { refuse("is damaged"); }

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const auto byte = byte_of(text.substr(i + 1, 2));
    if (!byte) refuse_damaged();
    result += static_cast<char>(*byte);
    i += 2;
  }
  return result;
}

/// Takes the first line from the text, which must have one.
std::string_view take_line(std::string_view& text) {
  const std::size_t length = text.find('\n');
  if (length == std::string_view::npos) refuse_damaged();
  const std::string_view line = text.substr(0, length);
  text.remove_prefix(length + 1);
  return line;
}

/// What the checksum, the last line, is of.
std::string_view checked(std::string_view text) {
  const std::size_t behind = kLastWord.size() + kChecksumDigits + 1;
  if (text.size() < behind) refuse_damaged();
  const std::string_view body = text.substr(0, text.size() - behind);
  const std::string last = std::string(kLastWord) + checksum_text(body) + '\n';
  if (text.substr(body.size()) != last) refuse_damaged();
  return body;
}

std::string text_of(const ChoicesByKey& choices, const std::string& platform) {
  std::string text = std::string(kFirstLine) + escaped(platform) + '\n';
  for (const auto& [key, choice] : choices) {
    text += escaped(key) + kBetween + escaped(choice) + '\n';
  }
  return text + std::string(kLastWord) + checksum_text(text) + '\n';
}

ChoicesByKey parsed(std::string_view text, const std::string& platform) {
  if (!text.starts_with(kFirstLine)) refuse("is no file of tuned plans in format 1");
  std::string_view left = checked(text);
  left.remove_prefix(kFirstLine.size());
  const std::string found(take_line(left)), expected = escaped(platform);
  if (found != expected) refuse("is for '" + found + "', expected '" + expected + "'");
  ChoicesByKey choices;
  while (!left.empty()) {
    const std::string_view line = take_line(left);
    const std::size_t between = line.find(kBetween);
    if (between == std::string_view::npos) refuse_damaged();
    choices.emplace(unescaped(line.substr(0, between)), unescaped(line.substr(between + 1)));
  }
  return choices;
}

/// A name for people to recognize, and a number that no other platform has.
std::string file_name(const std::string& platform) {
  constexpr std::size_t kMostReadable = 64;
  std::string name = platform.substr(0, std::min(platform.find(','), kMostReadable));
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  std::ranges::replace_if(
      name, [&](char c) { return !is_plain(c); }, '_');
  return name + "-" + checksum_text(platform) + ".txt";
}

/// Makes its folder. Throws Error where something stands in the way: writing waits for the reader
/// of a FIFO, and would be lost in a device.
void make_place(const fs::path& file) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) refuse(file.string() + ": cannot create its folder: " + error.message());
  const fs::file_status status = fs::status(file, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    refuse(file.string() + " is no regular file; remove it");
  }
}

/// An absolute path that the environment names.
std::optional<fs::path> absolute_path(const char* variable) {
  const char* const value = secure_getenv(variable);
  if (value == nullptr || !fs::path(value).is_absolute()) return {};
  return value;
}

}  // namespace

std::optional<fs::path> cache_folder() {
  if (const char* const chosen = secure_getenv("OCKHAM_CACHE_DIR")) {
    if (*chosen == '\0') return {};
    return chosen;
  }
  if (const auto caches = absolute_path("XDG_CACHE_HOME")) return *caches / "ockham";
  if (const auto home = absolute_path("HOME")) return *home / ".cache" / "ockham";
  return {};
}

TuningCache::TuningCache(const std::optional<fs::path>& folder, std::string platform)
    : platform_(std::move(platform)) {
  if (!folder) return;
  file_ = *folder / file_name(platform_);
  try {
    loaded_ = read();
  } catch (const Error& error) {
    problems_.push_back(std::string("tuning uses no earlier results: ") + error.what());
  }
}

/// What the file says; nothing where there is none. Throws Error: it cannot be used.
ChoicesByKey TuningCache::read() const {
  std::error_code ignored;
  if (fs::status(file_, ignored).type() == fs::file_type::not_found) return {};
  const std::vector<std::byte> bytes = read_file(file_, kMostBytes);
  try {
    return parsed({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, platform_);
  } catch (const Error& error) {
    refuse(file_.string() + " " + error.what());
  }
}

std::optional<std::string> TuningCache::find(const std::string& key) {
  if (const auto found = measured_.find(key); found != measured_.end()) return found->second;
  const auto found = loaded_.find(key);
  if (found == loaded_.end()) return {};
  used_.insert(key);
  return found->second;
}

void TuningCache::add(const std::string& key, std::string choice) {
  used_.erase(key);
  measured_.insert_or_assign(key, std::move(choice));
}

void TuningCache::save() {
  if (file_.empty() || measured_.empty()) return;
  try {
    make_place(file_);
    ChoicesByKey all = measured_;
    try {
      all.merge(read());
    } catch (const Error&) {
      // It is not used, so that nothing is lost when it is replaced.
    }
    std::string text = text_of(all, platform_);
    if (text.size() > kMostBytes) text = text_of(measured_, platform_);
    write_file(file_, text);
  } catch (const Error& error) {
    problems_.push_back(std::string("tuning keeps no results: ") + error.what());
  }
}

std::vector<std::string> TuningCache::notes() const {
  std::vector<std::string> notes = problems_;
  if (measured_.empty() && used_.empty()) return notes;
  notes.push_back("tuning: " + std::to_string(measured_.size()) + " measured" +
                  (file_.empty() ? ", not kept"
                                 : ", " + std::to_string(used_.size()) + " known from '" +
                                       file_.string() + "'"));
  return notes;
}

std::string hex_text(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += digits_of(std::to_integer<unsigned char>(byte));
  return text;
}

bool read_hex(std::string_view digits, std::span<std::byte> bytes) {
  if (digits.size() != 2 * bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::optional<unsigned char> byte = byte_of(digits.substr(2 * i, 2));
    if (!byte) return false;
    bytes[i] = std::byte{*byte};
  }
  return true;
}

}  // namespace ockham
