// Outputs: the one place where programs and libraries of ours write files. Nothing that is no
// regular file is ever replaced, and a regular file is replaced as a whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace ockham {

/// Writes `pieces` one after the other to `path`.
///
/// "-", /dev/stdout, /dev/stderr, /dev/fd/N: to that open descriptor, from where it stands.
///
/// A device, FIFO or terminal: into it, as it is. A reader that goes away before the end is an
/// error, but not where it reads standard output or standard error: there it has had enough.
///
/// A regular file, or a name that nothing has yet: atomically. Under the name stands the old file
/// or the whole new one, whatever happens meanwhile (temporary file beside it, fsync, rename, fsync
/// of the folder). Links are followed, so that the link stays; a file that was there keeps its
/// mode, and its owner where the system allows; one that may not be written is not replaced.
///
/// Throws Error(kIo), having removed the temporary file.
void write_file(const std::filesystem::path& path,
                std::span<const std::span<const std::byte>> pieces);
/// The same for a single piece.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
/// The same for text.
void write_file(const std::filesystem::path& path, std::string_view text);

/// The open descriptor that a path means, if it means one: 1 for "-", /dev/stdout or /dev/fd/1.
std::optional<int> named_descriptor(const std::filesystem::path& path);

/// Where `path` leads: its links followed to the end, also when nothing is there.
std::filesystem::path follow_links(const std::filesystem::path& path);

/// Removes the temporary files of all writes that are under way. Async-signal-safe: for a handler
/// of signals that end the process, which may run in any thread.
void remove_temporary_files() noexcept;

}  // namespace ockham
