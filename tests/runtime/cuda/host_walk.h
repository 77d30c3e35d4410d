// Walks on the host: the device's code, thread by thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "runtime/cuda/walk/schedule.h"
#include "runtime/cuda/walk/walk.h"
#include "tests/cases/case_inputs.h"

namespace ockham::cuda {

/// What a block does for one image.
inline void walk_one_image(const Schedule& schedule, std::int64_t image, const Arrays& inputs,
                           Arrays& outputs) {
  const auto activations = static_cast<std::ptrdiff_t>(schedule.activation_words);
  // What is not written before it is read shows up in the answer.
  std::vector<Word> memory(schedule.shared_bytes() / sizeof(Word), std::bit_cast<Word>(NAN));
  std::ranges::copy(schedule.parameters, memory.begin() + activations);
  std::fill_n(memory.begin(), schedule.zeroed_words, Word{0});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const WalkInput& port = schedule.inputs[i];
    for (int k = 0; k < port.elements; ++k) {
      const auto from = static_cast<std::size_t>(image * port.elements + k);
      write(memory.data(), address_of(port, k), inputs[i][from]);
    }
  }
  for (const WalkStep& step : schedule.steps) {
    for (int thread = 0; thread < schedule.threads; ++thread) {
      run(step, memory.data(), {thread, schedule.threads});
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const WalkOutput& port = schedule.outputs[i];
    for (int k = 0; k < port.elements; ++k) {
      const auto to = static_cast<std::size_t>(image * port.elements + k);
      outputs[i][to] = read(memory.data(), port.address + k);
    }
  }
}

inline Arrays walk_on_host(const Schedule& schedule, std::int64_t batch, const Arrays& inputs) {
  Arrays outputs;
  for (const WalkOutput& port : schedule.outputs) {
    outputs.emplace_back(static_cast<std::size_t>(port.elements * batch), NAN);
  }
  for (std::int64_t image = 0; image < batch; ++image) {
    walk_one_image(schedule, image, inputs, outputs);
  }
  return outputs;
}

}  // namespace ockham::cuda
