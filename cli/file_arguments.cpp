#include "cli/file_arguments.h"

#include <sys/stat.h>

#include <fmt/format.h>
#include <optional>
#include <system_error>
#include <utility>

#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"

namespace ockham::cli {
namespace {

namespace fs = std::filesystem;

/// Tells files apart: by device and inode, or, where nothing is yet, by folder and name.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  fs::path name;

  bool operator==(const Identity&) const = default;
};

bool find(const fs::path& path, struct stat& facts) {
  const std::optional<int> descriptor = named_descriptor(path);
  return descriptor ? ::fstat(*descriptor, &facts) == 0 : ::stat(path.c_str(), &facts) == 0;
}

/// Nothing for what cannot be told apart or need not be: devices.
std::optional<Identity> identity(const fs::path& path) {
  struct stat facts {};
  if (find(path, facts)) {
    if (S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode)) return std::nullopt;
    return Identity{facts.st_dev, facts.st_ino, {}};
  }
  const fs::path target = follow_links(path);
  if (::stat(target.parent_path().c_str(), &facts) != 0) return std::nullopt;
  return Identity{facts.st_dev, facts.st_ino, target.filename()};
}

std::string text(const FileArgument& file) { return file.option + " " + file.path.string(); }

void check_place(const FileArgument& output) {
  if (named_descriptor(output.path)) return;
  std::error_code problem;
  if (fs::is_directory(output.path, problem)) {
    throw Error(Status::kIo, text(output) + ": is a folder; name a file");
  }
  const fs::path folder = follow_links(output.path).parent_path();
  if (!fs::is_directory(folder, problem)) {
    throw Error(Status::kIo, fmt::format("{}: there is no folder {}; make it first", text(output),
                                         folder.string()));
  }
}

}  // namespace

void check_outputs(const std::vector<FileArgument>& inputs,
                   const std::vector<FileArgument>& outputs) {
  struct Seen {
    Identity identity;
    const FileArgument* file;
  };
  std::vector<Seen> seen;
  for (const FileArgument& input : inputs) {
    if (input.path.empty()) continue;
    if (auto found = identity(input.path)) seen.push_back({std::move(*found), &input});
  }
  for (const FileArgument& output : outputs) {
    if (output.path.empty()) continue;
    check_place(output);
    auto found = identity(output.path);
    if (!found) continue;
    for (const Seen& other : seen) {
      if (!(other.identity == *found)) continue;
      throw Error(Status::kInvalidArgument,
                  fmt::format("{} would overwrite {}: it is the same file; name another",
                              text(output), text(*other.file)));
    }
    seen.push_back({std::move(*found), &output});
  }
}

}  // namespace ockham::cli
