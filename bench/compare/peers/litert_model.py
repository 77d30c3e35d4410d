"""Writes .tflite files, float32, for the plain convolutional networks of this comparison. Converters from
PyPI would bring all of TensorFlow. LiteRT keeps channels last: where an image is flattened, the columns of
the linear layer behind it, or the places that a gather reads, are permuted instead of the numbers."""

import dataclasses

import numpy as np
import onnx

from compare.peers.peer import Refusal
from compare.problem import attributes, constants, extents, graph_inputs


def channels_last(array):
    return np.ascontiguousarray(np.moveaxis(array, 1, -1)) if array.ndim == 4 else array


def channels_last_shape(shape):
    return [shape[0], shape[2], shape[3], shape[1]] if len(shape) == 4 else list(shape)


@dataclasses.dataclass
class Value:
    tensor: int
    shape: tuple  # as in ONNX, channels first
    columns: np.ndarray = None  # of a flattened image: where each of ONNX's columns lies
    positive: bool = False  # surely not below zero


class Writer:
    """The flat buffer, operator by operator."""

    def __init__(self):
        from ai_edge_litert import schema_py_generated
        self.schema = schema_py_generated
        self.model = self.schema.ModelT(version=3, operatorCodes=[], buffers=[self.schema.BufferT()])
        self.graph = self.schema.SubGraphT(tensors=[], operators=[])
        self.codes = {}

    def tensor(self, shape, data=None):
        kinds = self.schema.TensorType
        whole = data is not None and data.dtype == np.int32
        made = self.schema.TensorT(shape=[int(extent) for extent in shape], buffer=0,
                                   name=f"tensor{len(self.graph.tensors)}".encode(),
                                   type=kinds.INT32 if whole else kinds.FLOAT32)
        if data is not None:
            made.buffer = len(self.model.buffers)
            bytes_of = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.model.buffers.append(self.schema.BufferT(data=bytes_of))
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def constant(self, array):
        return self.tensor(array.shape, array)

    def integers(self, numbers):
        return self.constant(np.array(numbers, np.int32))

    def code(self, name):
        if name not in self.codes:
            builtin = getattr(self.schema.BuiltinOperator, name)
            self.codes[name] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(self.schema.OperatorCodeT(
                builtinCode=builtin, deprecatedBuiltinCode=min(builtin, 127), version=1))
        return self.codes[name]

    def add(self, name, inputs, shape, kind=None, **options):
        """An operator with one output; `kind` names its options in the schema."""
        made = self.schema.OperatorT(opcodeIndex=self.code(name), inputs=inputs,
                                     outputs=[self.tensor(channels_last_shape(shape))])
        if kind:
            made.builtinOptionsType = getattr(self.schema.BuiltinOptions, kind)
            made.builtinOptions = getattr(self.schema, kind + "T")(**options)
        self.graph.operators.append(made)
        return made.outputs[0]

    def bytes(self, inputs, outputs):
        import flatbuffers
        self.graph.inputs, self.graph.outputs = inputs, outputs
        self.model.subgraphs = [self.graph]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return builder.Output()


class Translator:
    """Walks an ONNX graph in its order and writes each operator."""

    def __init__(self, graph):
        self.graph = graph
        self.writer = Writer()
        self.activations = self.writer.schema.ActivationFunctionType
        self.constants = constants(graph)
        self.values = {}
        self.fused = set()  # outputs of nodes that their producer has taken in
        self.readers = {}
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self.results = {value.name for value in graph.output}

    def translate(self):
        for value in graph_inputs(self.graph):
            shape = tuple(extents(value))
            self.values[value.name] = Value(self.writer.tensor(channels_last_shape(shape)), shape)
        inputs = [value.tensor for value in self.values.values()]
        for node in self.graph.node:
            if node.output[0] not in self.fused and node.output[0] not in self.constants:
                self.node(node)
        return self.writer.bytes(inputs, [self.values[value.name].tensor for value in self.graph.output])

    def node(self, node):
        rule = getattr(self, "on_" + node.op_type, None)
        if rule is None:
            raise Refusal(f"our writer of .tflite files does not know {node.op_type}")
        if node.input[0] not in self.values:
            raise Refusal(f"our writer of .tflite files does not know constants as input of {node.op_type}")
        rule(node, self.values[node.input[0]], attributes(node))

    def only_reader(self, name, operator):
        readers = self.readers.get(name, [])
        alone = len(readers) == 1 and readers[0].op_type == operator and name not in self.results
        return readers[0] if alone else None

    def take_in(self, name, operator):
        """The node behind, which becomes part of what makes `name`; None if there is no such node."""
        reader = self.only_reader(name, operator)
        if reader is not None:
            self.fused.add(reader.output[0])
        return reader

    def activation(self, name):
        """The activation taken in, and the value that comes out behind it."""
        relu = self.take_in(name, "Relu")
        return (self.activations.NONE, name) if relu is None else (self.activations.RELU, relu.output[0])

    def define(self, name, tensor, shape, columns=None, positive=False):
        self.values[name] = Value(tensor, tuple(shape), columns, positive)

    def on_Conv(self, node, value, given):
        weights = self.constants[node.input[1]]
        weights, bias, name = self.folded(node, weights, self.bias(node, len(weights)))
        activation, name = self.activation(name)
        kernel, strides = weights.shape[2:], given.get("strides", [1, 1])
        dilations, groups = given.get("dilations", [1, 1]), given.get("group", 1)
        depthwise = groups == value.shape[1] == weights.shape[0]
        if max(dilations) > 1 or not (depthwise or groups == 1):
            raise Refusal("our writer of .tflite files does not know this convolution")
        source, padding, shape = self.windows(value, kernel, strides, given.get("pads", [0] * 4))
        shape = (shape[0], weights.shape[0], *shape[2:])
        options = {"padding": padding, "strideH": strides[0], "strideW": strides[1], "dilationHFactor": 1,
                   "dilationWFactor": 1, "fusedActivationFunction": activation}
        if depthwise and groups > 1:
            operator, kind, order = "DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions", (1, 2, 3, 0)
            options["depthMultiplier"] = 1
        else:
            operator, kind, order = "CONV_2D", "Conv2DOptions", (0, 2, 3, 1)
        inputs = [source, self.writer.constant(weights.transpose(order)), self.writer.constant(bias)]
        self.define(name, self.writer.add(operator, inputs, shape, kind, **options), shape,
                    positive=activation == self.activations.RELU)

    def folded(self, node, weights, bias):
        """Weights and bias with the batch norm behind, and the name of what comes out."""
        norm = self.take_in(node.output[0], "BatchNormalization")
        if norm is None:
            return weights, bias, node.output[0]
        gain, shift, mean, variance = (self.constants[name] for name in norm.input[1:5])
        scale = gain / np.sqrt(variance + attributes(norm).get("epsilon", 1e-5))
        by_output = scale.reshape(-1, *[1] * (weights.ndim - 1))
        return ((weights * by_output).astype(np.float32), ((bias - mean) * scale + shift).astype(np.float32),
                norm.output[0])

    def bias(self, node, outputs):
        return self.constants[node.input[2]].ravel() if len(node.input) > 2 else np.zeros(outputs, np.float32)

    def windows(self, value, kernel, strides, pads):
        """Input, padding and output shape of sliding windows; what SAME cannot say is a pad before."""
        kinds = self.writer.schema.Padding
        if not any(pads):
            return value.tensor, kinds.VALID, self.slid(value.shape, kernel, strides)
        shape = (*value.shape[:2], value.shape[2] + pads[0] + pads[2], value.shape[3] + pads[1] + pads[3])
        slid = self.slid(shape, kernel, strides)
        if list(pads) == self.same_pads(value.shape, kernel, strides):
            return value.tensor, kinds.SAME, slid
        border = self.writer.integers([[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]])
        return self.writer.add("PAD", [value.tensor, border], shape, "PadOptions"), kinds.VALID, slid

    @staticmethod
    def slid(shape, kernel, strides):
        return (*shape[:2], *((shape[axis + 2] - kernel[axis]) // strides[axis] + 1 for axis in (0, 1)))

    @staticmethod
    def same_pads(shape, kernel, strides):
        """What LiteRT's SAME means, as ONNX's pads."""
        totals = [max(0, (-(-shape[axis + 2] // strides[axis]) - 1) * strides[axis] + kernel[axis]
                      - shape[axis + 2]) for axis in (0, 1)]
        return [total // 2 for total in totals] + [total - total // 2 for total in totals]

    def on_MaxPool(self, node, value, given):
        kernel, strides, pads = given["kernel_shape"], given["strides"], given.get("pads", [0] * 4)
        if any(pads) and not value.positive:
            raise Refusal("our writer of .tflite files pads a pool only behind a Relu")
        source, padding, shape = self.windows(value, kernel, strides, pads)
        made = self.writer.add("MAX_POOL_2D", [source], shape, "Pool2DOptions", padding=padding,
                               strideH=strides[0], strideW=strides[1], filterHeight=kernel[0],
                               filterWidth=kernel[1], fusedActivationFunction=self.activations.NONE)
        self.define(node.output[0], made, shape, positive=value.positive)

    def on_GlobalAveragePool(self, node, value, given):
        shape = (*value.shape[:2], 1, 1)
        made = self.writer.add("MEAN", [value.tensor, self.writer.integers([1, 2])], shape,
                               "ReducerOptions", keepDims=True)
        self.define(node.output[0], made, shape, positive=value.positive)

    def on_Relu(self, node, value, given):
        made = self.writer.add("RELU", [value.tensor], value.shape)
        self.define(node.output[0], made, value.shape, value.columns, positive=True)

    def on_Tanh(self, node, value, given):
        made = self.writer.add("TANH", [value.tensor], value.shape)
        self.define(node.output[0], made, value.shape, value.columns)

    def on_Identity(self, node, value, given):
        self.values[node.output[0]] = value

    def on_Add(self, node, value, given):
        other = self.values.get(node.input[1])
        if other is None or other.shape != value.shape or value.columns is not None:
            raise Refusal("our writer of .tflite files adds only values of one shape")
        activation, name = self.activation(node.output[0])
        made = self.writer.add("ADD", [value.tensor, other.tensor], value.shape, "AddOptions",
                               fusedActivationFunction=activation)
        self.define(name, made, value.shape, positive=activation == self.activations.RELU)

    def on_Flatten(self, node, value, given):
        shape = (value.shape[0], int(np.prod(value.shape[1:])))
        columns = None
        if len(value.shape) == 4:
            places = np.arange(shape[1]).reshape(*value.shape[2:], value.shape[1])
            columns = places.transpose(2, 0, 1).ravel()
        made = self.writer.add("RESHAPE", [value.tensor, self.writer.integers(shape)], shape,
                               "ReshapeOptions", newShape=list(shape))
        self.define(node.output[0], made, shape, columns, value.positive)

    def on_Gather(self, node, value, given):
        if given.get("axis", 0) != 1 or len(value.shape) != 2:
            raise Refusal("our writer of .tflite files gathers only columns")
        places = self.constants[node.input[1]]
        places = places if value.columns is None else value.columns[places]
        shape = (value.shape[0], len(places))
        made = self.writer.add("GATHER", [value.tensor, self.writer.integers(places)], shape,
                               "GatherOptions", axis=1, batchDims=0)
        self.define(node.output[0], made, shape, positive=value.positive)

    def on_Gemm(self, node, value, given):
        if given.get("transA", 0) or given.get("alpha", 1.0) != 1.0 or given.get("beta", 1.0) != 1.0:
            raise Refusal("our writer of .tflite files does not know this Gemm")
        weights = self.constants[node.input[1]]
        weights = weights if given.get("transB", 0) else weights.T
        if value.columns is not None:
            permuted = np.empty_like(weights)
            permuted[:, value.columns] = weights
            weights = permuted
        weights, bias, name = self.folded(node, weights, self.bias(node, len(weights)))
        activation, name = self.activation(name)
        shape = (value.shape[0], weights.shape[0])
        inputs = [value.tensor, self.writer.constant(weights), self.writer.constant(bias)]
        made = self.writer.add("FULLY_CONNECTED", inputs, shape, "FullyConnectedOptions",
                               fusedActivationFunction=activation)
        self.define(name, made, shape, positive=activation == self.activations.RELU)


def write_tflite(source, target):
    target.write_bytes(Translator(onnx.load(source).graph).translate())
