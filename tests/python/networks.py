"""ONNX networks for the tests of the Python package."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, DEAD = 6, 2  # filters, and those of them that are zero


def save(path, name, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, name, inputs, outputs,
                              [numpy_helper.from_array(value, key) for key, value in constants.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def floats(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ("N", *shape))


def classifier(path):
    """Input image [N, 2, 8, 8], output scores [N, 3]; two of six filters are zero."""
    random = np.random.default_rng(1)
    filters = random.normal(size=(WIDTH, 2, 3, 3)).astype(np.float32)
    filters[:DEAD] = 0
    constants = {"filters": filters, "weights": random.normal(size=(WIDTH * 64, 3)).astype(np.float32)}
    nodes = [helper.make_node("Conv", ["image", "filters"], ["convolved"], pads=[1, 1, 1, 1]),
             helper.make_node("Relu", ["convolved"], ["active"]),
             helper.make_node("Flatten", ["active"], ["flat"]),
             helper.make_node("MatMul", ["flat", "weights"], ["scores"])]
    return save(path, "classifier", nodes, [floats("image", 2, 8, 8)], [floats("scores", 3)], constants)


def convolution(path):
    """Input image [N, 2, 8, 8], output y [N, 4, 8, 8]."""
    filters = np.random.default_rng(3).normal(size=(4, 2, 3, 3)).astype(np.float32)
    nodes = [helper.make_node("Conv", ["image", "filters"], ["y"], pads=[1, 1, 1, 1])]
    return save(path, "convolution", nodes, [floats("image", 2, 8, 8)], [floats("y", 4, 8, 8)], {"filters": filters})


def adder(path):
    """Inputs left and right [N, 4]; outputs sum [N, 4] and where its largest element is [N]."""
    nodes = [helper.make_node("Add", ["left", "right"], ["sum"]),
             helper.make_node("ArgMax", ["sum"], ["largest"], axis=1, keepdims=0)]
    outputs = [floats("sum", 4), helper.make_tensor_value_info("largest", TensorProto.INT64, ("N",))]
    return save(path, "adder", nodes, [floats("left", 4), floats("right", 4)], outputs, {})


def slow(path):
    """Input x [N, 32, 48, 48]: takes the reference kernels long."""
    filters = np.ones((32, 32, 3, 3), np.float32)
    nodes = [helper.make_node("Conv", ["x", "filters"], ["y"], pads=[1, 1, 1, 1])]
    return save(path, "slow", nodes, [floats("x", 32, 48, 48)], [floats("y", 32, 48, 48)], {"filters": filters})
