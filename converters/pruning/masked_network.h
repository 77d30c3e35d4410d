// The network that a conversion starts from, which says what is right.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "converters/evaluation/evaluate.h"
#include "converters/evaluation/work.h"

namespace ockham::converters {

/// The elements of each input of a network, for one batch.
using Inputs = std::vector<std::vector<float>>;

/// `inputs` as T, with the shapes that the graph gives them.
template <class T>
std::vector<reference::Tensor<T>> tensors(const Graph& graph, std::int64_t batch,
                                          const Inputs& inputs);

/// A network with what it answers in double, which is computed once for each distinct input: the
/// self-test and the verification ask for the same. Not for several threads at once.
class MaskedNetwork {
 public:
  /// The graph must outlive this.
  // NOLINTNEXTLINE(google-explicit-constructor): a graph is one of which nothing was asked yet.
  MaskedNetwork(const Graph& graph) : graph_(graph) {}

  const Graph& graph() const { return graph_; }
  /// The outputs in order. The reference stays good.
  const std::vector<reference::Tensor<double>>& answer(std::int64_t batch, const Inputs& inputs,
                                                       const WorkDone& work = {}) const;

 private:
  struct Answer {
    Inputs inputs;
    std::vector<reference::Tensor<double>> outputs;
  };

  const Graph& graph_;
  mutable std::list<Answer> answers_;
};

}  // namespace ockham::converters
