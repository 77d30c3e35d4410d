// A small model with every kind of content, for the tests of the model file.
#pragma once

#include "runtime/format/model_file.h"

namespace ockham::tests {

/// A residual network with every operator, self-test, preprocessing and provenance; under 20 kB.
ModelContents sample_model();

/// Input, ReLU, output: the smallest model there is.
ModelContents smallest_model();

}  // namespace ockham::tests
