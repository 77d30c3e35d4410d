// --sample: inputs to verify on, instead of the sample from training or noise.
#pragma once

#include <string>
#include <vector>

#include "cli/file_arguments.h"
#include "runtime/format/model_file.h"

namespace ockham::converters {

/// Most images of a sample, as the model file carries them.
inline constexpr std::int64_t kMostSampleImages = 8;

/// The files that these arguments, FILE or NAME=FILE, may mean, to tell outputs apart from them.
std::vector<cli::FileArgument> sample_files(const std::vector<std::string>& arguments);

/// The first images of one .npy file per input; the outputs stay empty. Bytes are prepared as
/// `preprocessing`, one per input or none at all, says. Throws Error as datasets::assign_files and
/// read_inputs do, and kInvalidArgument for numbers that are not finite.
SelfTest read_sample(const std::vector<std::string>& arguments, const Graph& graph,
                     const std::vector<InputPreprocessing>& preprocessing);

}  // namespace ockham::converters
