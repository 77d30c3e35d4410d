// How many pictures of a labelled set a model names rightly.
#pragma once

#include <cstdint>
#include <functional>

#include "datasets/datasets.h"
#include "runtime/session/session.h"

namespace ockham::programs {

struct Accuracy {
  std::int64_t images = 0;
  std::int64_t correct = 0;

  double error_percent() const {
    return 100.0 * static_cast<double>(images - correct) / static_cast<double>(images);
  }
};

/// Throws Error(kInvalidArgument) unless the model takes one image of this set and gives at least
/// one score per class, or the index of the class.
void check_classifier(const Graph& graph, const datasets::ImageSet& images);

/// Runs all images, the session's max_batch at a time, and counts where the highest score, or
/// the index that the model gives, is that of the label. `progress` is told the number of images
/// done.
Accuracy measure_accuracy(Session& session, const datasets::ImageSet& images,
                          const InputPreprocessing& preprocessing,
                          const std::function<void(std::int64_t)>& progress);

}  // namespace ockham::programs
