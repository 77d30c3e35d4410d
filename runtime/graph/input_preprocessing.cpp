#include "runtime/graph/input_preprocessing.h"

namespace ockham {

float prepared(float element, float scale, float mean, float standard_deviation) {
  return (element * scale - mean) / standard_deviation;
}

}  // namespace ockham
