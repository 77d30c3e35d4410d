// Runs of whole networks, for judging conversions: the reference executor's numbers, faster.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "converters/evaluation/constants.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {

/// Told about each node when it has been computed; may change what it computed.
template <class T>
using NodeComputed = std::function<void(NodeId node, std::span<T> output)>;

/// Runs a validated graph on `inputs` as reference::run does, and returns the same outputs, bit for
/// bit but for the sign of zeros: convolutions and linear layers are computed by blocks
/// (convolution.h), all else by the reference executor. Memory is used again after the last use
/// of what it held; constants are read by `read` and are finite. T is float or double. Throws
/// Error(kInvalidArgument) when the number or shape of the inputs is wrong.
template <class T>
std::vector<reference::Tensor<T>> evaluate(const Graph& graph,
                                           std::span<const reference::Tensor<T>> inputs,
                                           const ReadConstant<T>& read,
                                           const NodeComputed<T>& computed = {});

}  // namespace ockham::converters
