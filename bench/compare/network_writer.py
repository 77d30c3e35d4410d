"""Writes networks with random weights, a layer after the other, as ONNX."""

import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class NetworkWriter:
    """A network from the input `x` to the output `y`. The weights follow from the name alone and are scaled
    such that activations keep their size. `shape` is that of one image."""

    def __init__(self, name, *shape):
        self.name = name
        self.input_shape = shape
        self.shapes = {"x": shape}
        self.nodes = []
        self.constants = []
        self.random = np.random.default_rng(zlib.crc32(name.encode()))

    def channels(self, value):
        return self.shapes[value][0]

    def constant(self, array):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weights(self, *shape, gain):
        scale = np.sqrt(gain / np.prod(shape[1:]))
        return self.constant((self.random.standard_normal(shape) * scale).astype(np.float32))

    def bias(self, count):
        return self.constant((self.random.standard_normal(count) * 0.05).astype(np.float32))

    def add(self, operator, inputs, shape, **attributes):
        output = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"{operator}{len(self.nodes)}",
                                           **attributes))
        self.shapes[output] = tuple(shape)
        return output

    def same_shape(self, operator, value, *others):
        return self.add(operator, [value, *others], self.shapes[value])

    def relu(self, value):
        return self.same_shape("Relu", value)

    def windows(self, value, kernel, stride, padding):
        """Height and width of what a window slides to."""
        return [(extent + 2 * padding - kernel) // stride + 1 for extent in self.shapes[value][1:]]

    def conv(self, value, outputs, kernel, stride=1, padding=None, groups=1, gain=2.0):
        inputs = self.channels(value)
        padding = kernel // 2 if padding is None else padding
        weights = self.weights(outputs, inputs // groups, kernel, kernel, gain=gain)
        return self.add("Conv", [value, weights, self.bias(outputs)],
                        [outputs, *self.windows(value, kernel, stride, padding)],
                        kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4, group=groups)

    def conv_relu(self, value, *sizes, **options):
        return self.relu(self.conv(value, *sizes, **options))

    def depthwise_relu(self, value, stride=1):
        channels = self.channels(value)
        return self.conv_relu(value, channels, 3, stride, groups=channels)

    def linear(self, value, outputs):
        weights = self.weights(outputs, self.channels(value), gain=2.0)
        return self.add("Gemm", [value, weights, self.bias(outputs)], [outputs], transB=1)

    def max_pool(self, value, kernel=2, stride=2, padding=0):
        shape = [self.channels(value), *self.windows(value, kernel, stride, padding)]
        return self.add("MaxPool", [value], shape, kernel_shape=[kernel] * 2, strides=[stride] * 2,
                        pads=[padding] * 4)

    def flatten(self, value):
        return self.add("Flatten", [value], [int(np.prod(self.shapes[value]))], axis=1)

    def average(self, value):
        mean = self.add("GlobalAveragePool", [value], [self.channels(value), 1, 1])
        return self.flatten(mean)

    def select(self, value, count):
        """Some of the columns, as a layer with pruned inputs reads them."""
        columns = self.channels(value)
        if count == columns:
            return value
        kept = np.sort(self.random.choice(columns, count, replace=False))
        return self.add("Gather", [value, self.constant(kept)], [count], axis=1)

    def model(self):
        """The network; the last value made is its output."""
        output_shape = self.shapes[self.nodes[-1].output[0]]
        self.nodes[-1].output[0] = "y"
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
                for name, shape in (("x", self.input_shape), ("y", output_shape))]
        graph = helper.make_graph(self.nodes, self.name, ends[:1], ends[1:], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        return model
