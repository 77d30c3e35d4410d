"""What every runtime is given: a network with its batch fixed, an input, and the answer to expect."""

import dataclasses
import importlib.util
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference


class NetworkError(Exception):
    """A file that cannot be compared, and why."""


@dataclasses.dataclass
class Problem:
    source: pathlib.Path  # as the user has it, for converters that leave the batch open
    model: pathlib.Path  # the same with the batch fixed
    inputs: dict  # name: array, in the network's order
    answers: dict  # name: array, likewise
    macs: int  # of one image


def read(path):
    try:
        model = onnx.load(path)
    except FileNotFoundError:
        raise NetworkError(f"{path}: no such file") from None
    except OSError as error:
        raise NetworkError(f"{path}: {error.strerror}") from None
    except Exception:  # what the parser throws is not for users
        raise NetworkError(f"{path}: not an ONNX file") from None
    if not model.graph.node:
        raise NetworkError(f"{path}: not an ONNX file, or one without operators")
    return model


def graph_inputs(graph):
    constants = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in constants]


def extents(value):
    return [dim.dim_value for dim in value.type.tensor_type.shape.dim]


def fix_batch(path, model, batch):
    """Gives every input and output this batch; all else must be known already."""
    graph = model.graph
    for value in (*graph_inputs(graph), *graph.output):
        kind = value.type.tensor_type
        if kind.elem_type != TensorProto.FLOAT:
            raise NetworkError(f"{path}: {value.name} is not float32")
        if kind.shape.dim:
            kind.shape.dim[0].dim_value = batch
    del graph.value_info[:]
    for value in graph_inputs(graph):
        if not extents(value) or 0 in extents(value):
            raise NetworkError(f"{path}: the shape of input {value.name} is open beyond the batch; fix it "
                               "with python -m onnxruntime.tools.make_dynamic_shape_fixed")


def count_macs(model):
    """Multiply-accumulates of convolutions and matrix products, padding counted, as ockham-bench does."""
    graph = shape_inference.infer_shapes(model).graph
    shapes = {value.name: extents(value) for value in (*graph.value_info, *graph.input, *graph.output)}
    shapes.update({tensor.name: list(tensor.dims) for tensor in graph.initializer})
    return int(sum(node_macs(node, shapes) for node in graph.node))


def node_macs(node, shapes):
    outputs = np.prod(shapes.get(node.output[0], [0]))
    if node.op_type == "Conv":
        return outputs * np.prod(shapes[node.input[1]][1:])
    if node.op_type == "Gemm":
        transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
        return outputs * shapes[node.input[0]][0 if transposed else 1]
    if node.op_type == "MatMul":
        return outputs * shapes[node.input[0]][-1]
    return 0


def answer(path, inputs):
    """The answer by ONNX Runtime with all its optimisations off, or where it is not installed by the
    (slow) reference of the onnx package: neither has seen Ockham."""
    if importlib.util.find_spec("onnxruntime") is None:
        from onnx.reference import ReferenceEvaluator
        return ReferenceEvaluator(str(path)).run(None, inputs)
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def pose(path, folder, batch):
    """The problem of one file; what it needs on disk goes into `folder`."""
    model = read(path)
    fix_batch(path, model, batch)
    fixed = folder / "fixed.onnx"
    try:
        onnx.save(model, fixed)
        random = np.random.default_rng(1)
        inputs = {value.name: random.uniform(-1, 1, extents(value)).astype(np.float32)
                  for value in graph_inputs(model.graph)}
        answers = answer(fixed, inputs)
        macs = count_macs(model) // batch
    except Exception as error:
        raise NetworkError(f"{path}: cannot be run with batch {batch}: {first_line(error)}") from None
    names = [value.name for value in model.graph.output]
    return Problem(path, fixed, inputs, dict(zip(names, answers)), macs)


def first_line(error):
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def attributes(node):
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def constants(graph):
    """All constants of a graph by name, those that nodes state included."""
    stated = {node.output[0]: attributes(node)["value"] for node in graph.node if states_constant(node)}
    stored = {tensor.name: tensor for tensor in graph.initializer}
    return {name: numpy_helper.to_array(tensor) for name, tensor in {**stored, **stated}.items()}


def states_constant(node):
    return node.op_type == "Constant" and "value" in attributes(node)
