// What turns a picture's bytes into a model's input, as the command line or the model says.
#pragma once

#include <cstdint>
#include <string>

#include "datasets/npy.h"
#include "runtime/format/model_file.h"

namespace ockham::datasets {

/// Reads "SCALE,MEAN,DEVIATION"; MEAN and DEVIATION are one number, or one per channel with colons
/// between them ("0.0039,0.49:0.48:0.45,0.2"). Throws Error(kInvalidArgument).
InputPreprocessing parse_normalize(const std::string& text);

/// The preprocessing with one mean and standard deviation per channel. Throws
/// Error(kInvalidArgument) when it has neither none, nor one, nor `channels` of them.
InputPreprocessing spread_over_channels(InputPreprocessing preprocessing, std::int64_t channels);

/// Applies preprocessing to pictures [N, C, ...], [N, H, W, C] or flat ones, by as many channels as
/// it has numbers (channel_run.h), or to all alike. Throws Error(kInvalidArgument) when they have
/// not so many.
void prepare(Array& pictures, const InputPreprocessing& preprocessing);

}  // namespace ockham::datasets
