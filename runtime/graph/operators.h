// The operators: one plain struct each, together in one std::variant, so that a forgotten case does
// not compile. Each has its own header with its shape rule, validity rule and cost.
#pragma once

#include <string_view>
#include <variant>

#include "runtime/graph/element_type.h"
#include "runtime/graph/operators/arg_extreme.h"
#include "runtime/graph/operators/batch_norm.h"
#include "runtime/graph/operators/binary.h"
#include "runtime/graph/operators/concat.h"
#include "runtime/graph/operators/conv2d.h"
#include "runtime/graph/operators/depth_to_space.h"
#include "runtime/graph/operators/fake_quantize.h"
#include "runtime/graph/operators/flatten.h"
#include "runtime/graph/operators/gather.h"
#include "runtime/graph/operators/linear.h"
#include "runtime/graph/operators/lrn.h"
#include "runtime/graph/operators/pad.h"
#include "runtime/graph/operators/pool2d.h"
#include "runtime/graph/operators/reduce.h"
#include "runtime/graph/operators/reshape.h"
#include "runtime/graph/operators/resize.h"
#include "runtime/graph/operators/softmax.h"
#include "runtime/graph/operators/spatial_gather.h"
#include "runtime/graph/operators/top_k.h"
#include "runtime/graph/operators/transpose.h"
#include "runtime/graph/operators/unary.h"

namespace ockham {

using Operator = std::variant<Conv2d, Linear, BatchNorm, Unary, Binary, Pool2d, Flatten, Gather,
                              Concat, Reshape, Softmax, SpatialGather, Pad, Transpose, DepthToSpace,
                              Resize, Lrn, Reduce, ArgExtreme, TopK, FakeQuantize>;

/// Builds a callable out of lambdas, one per operator, for std::visit.
template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/// The operator's name in messages, plans and model files: "conv2d", "relu", "max_pool" ...
std::string_view operator_name(const Operator& op);

/// Whether the operator is a layer: a convolution or linear layer.
bool is_layer(const Operator& op);

/// Type of the operator's output.
ElementType output_type(const Operator& op);

/// Shape of the operator's output, after checking its attributes and inputs. Throws Error.
Shape infer_shape(const Operator& op, const OperatorInputs& inputs);

/// What the operator costs, given validated inputs and output.
NodeCost operator_cost(const Operator& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
