// LeNet-5's layers one by one, dense and in the widths that pruning leaves behind.
#pragma once

#include <vector>

#include "tests/cases/operator_cases.h"

namespace ockham::bench {

/// Each convolution with its ReLU, each pooling, each linear layer: of the dense network (20
/// filters, 50 filters, 800 inputs, 500 neurons) and of a pruned one (5, 10, 76, 16), under names
/// like "lenet_dense_conv1".
std::vector<OperatorCase> lenet_layers();

}  // namespace ockham::bench
