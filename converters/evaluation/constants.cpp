#include "converters/evaluation/constants.h"

#include <algorithm>

namespace ockham::converters {

template <class T>
ReadConstant<T> floats_of(const Graph& graph) {
  return [&graph](ValueId id, std::int64_t first, std::span<T> out) {
    const std::span<const float> floats = graph.value(id).constant.floats;
    std::ranges::copy(floats.subspan(static_cast<std::size_t>(first), out.size()), out.begin());
  };
}

template ReadConstant<float> floats_of(const Graph&);
template ReadConstant<double> floats_of(const Graph&);

}  // namespace ockham::converters
