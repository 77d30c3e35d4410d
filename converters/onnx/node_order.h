// Which nodes of a file are imported, and in which order.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "converters/onnx/file_node.h"

namespace ockham::converters::onnx_io {

/// The nodes that `outputs` need, each behind those whose outputs it reads, and else in the order
/// given; what nobody reads is left out. Each value is the output of one node at most. Throws
/// Error(kInvalidModel) naming a node that depends on itself.
std::vector<FileNode> needed_in_order(std::vector<FileNode> nodes,
                                      const std::unordered_set<std::string>& outputs);

}  // namespace ockham::converters::onnx_io
