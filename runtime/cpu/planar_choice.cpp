#include "runtime/cpu/planar_choice.h"

#include "runtime/cpu/window_axis.h"

namespace ockham::cpu {
namespace {

/// Products of an image up to which it has been measured, also beside oneDNN.
constexpr std::int64_t kMostProducts = 3'000'000;

/// Of the tiles' time, so that what the estimates leave out does not decide.
constexpr double kWorthwhile = 0.9;

// Estimated times, in multiplications of a vector, as fitted on an AMD EPYC (Zen 2, AVX2) to layers
// of 1 to 64 channels, 3 to 64 filters, 3x3 and 5x5, and 8 to 56 pixels a side: beside the products
// of a vector of outputs what it takes by itself, ...
constexpr double kOfPlanarVector = 11.0, kOfTileVector = 12.0;
/// ... what a row of a channel takes that is copied for its padding, ...
constexpr double kOfPaddedRow = 25.0;
/// ... a pixel whose filters do not fill their last vector, ...
constexpr double kOfPart = 25.0;
/// ... a number that a pool behind the tiles reads, ...
constexpr double kOfPooled = 1.5;
/// ... and one that is brought into the layout that tiles want it in.
constexpr double kOfReordered = 2.0;

double planar_time(const PlanarProblem& problem, double products) {
  const Image& output = problem.output;
  const std::int64_t vectors =
      output.height * divide_up(output.width, problem.lanes) * output.channels;
  const Image padded = padded_image(problem.input, problem.window);
  const bool copies = padded.elements() != problem.input.elements();
  const std::int64_t rows = copies ? padded.height * padded.channels : 0;
  const std::int64_t written = output.elements() / (problem.pools ? 4 : 1);
  return static_cast<double>(vectors) * (products + kOfPlanarVector) +
         static_cast<double>(rows) * kOfPaddedRow + static_cast<double>(written) * kOfReordered;
}

double tiles_time(const PlanarProblem& problem, double products) {
  const Image& output = problem.output;
  const auto pixels = static_cast<double>(output.pixels());
  const auto vectors = static_cast<double>(divide_up(output.channels, problem.tile_lanes));
  const bool has_part = output.channels % problem.tile_lanes != 0;
  const double pooled = problem.pools ? static_cast<double>(output.elements()) : 0.0;
  return pixels * (vectors * (products + kOfTileVector) + (has_part ? kOfPart : 0.0)) +
         pooled * kOfPooled;
}

}  // namespace

bool planar_wins(const PlanarProblem& problem) {
  const std::int64_t of_output =
      problem.window.kernel[0] * problem.window.kernel[1] * problem.input.channels;
  if (problem.output.elements() > kMostProducts / of_output) return false;
  const auto products = static_cast<double>(of_output);
  return planar_time(problem, products) < kWorthwhile * tiles_time(problem, products);
}

}  // namespace ockham::cpu
