// What options may be given, and how it is told when they were given something else.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ockham::cli {

/// A whole number from `least` to `most`, in digits.
CLI::Validator whole_number(std::int64_t least, std::int64_t most);

/// A number from `least` to `most`.
CLI::Validator number(double least, double most);

/// A number of images that are run at once.
CLI::Validator batch_size();

/// Numbers of images, separated by commas, each of them once: 1,8,64.
CLI::Validator batch_sizes();

/// The numbers of a text that `batch_sizes` takes; none of any other.
std::vector<std::int64_t> parse_batch_sizes(std::string_view text);

/// One of these names, or a folder that is there.
CLI::Validator name_or_folder(std::vector<std::string> names);

/// Channels, height and width of images: 3x32x32.
CLI::Validator image_size();

/// The three numbers of a text that `image_size` takes; none of any other.
std::vector<std::int64_t> parse_image_size(std::string_view text);

/// A number of threads.
CLI::Validator thread_count();

/// Where random numbers start: a whole number from 0 on.
CLI::Validator seed();

/// An amount of memory such as 512MB or 1.5GB, which becomes its number of bytes; K, M, G and T, KB
/// and KiB are powers of 1024, in capitals or not. For `transform`.
CLI::Validator memory_size();

}  // namespace ockham::cli
