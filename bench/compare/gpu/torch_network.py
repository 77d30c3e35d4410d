"""A network in PyTorch, from its ONNX file: what Ockham is timed beside on a GPU."""

import torch
import torch.nn.functional as F

import onnx

from compare.problem import attributes, constants


class Unsupported(Exception):
    """The network has something that this module does not know."""


def even_padding(pads):
    """Padding that is the same at both ends of an axis."""
    half = len(pads) // 2
    if pads[:half] != pads[half:]:
        raise Unsupported(f"padding {pads}")
    return pads[:half]


def window(node):
    found = attributes(node)
    if found.get("auto_pad", b"NOTSET") != b"NOTSET" or found.get("ceil_mode", 0):
        raise Unsupported(f"{node.op_type} with auto_pad or ceil_mode")
    rank = len(found["kernel_shape"])
    return {"stride": found.get("strides", [1] * rank),
            "padding": even_padding(found.get("pads", [0] * 2 * rank)),
            "dilation": found.get("dilations", [1] * rank)}


def conv(node):
    options = {**window(node), "groups": attributes(node).get("group", 1)}
    return lambda x, weight, bias=None: F.conv2d(x, weight, bias, **options)


def max_pool(node):
    kernel, options = attributes(node)["kernel_shape"], window(node)
    return lambda x: F.max_pool2d(x, kernel, **options)


def gemm(node):
    found = attributes(node)
    given = (found.get("transB"), found.get("transA", 0), found.get("alpha", 1), found.get("beta", 1))
    if given != (1, 0, 1, 1):
        raise Unsupported("a Gemm that is no linear layer")
    return F.linear


def along_channels(node, function):
    if attributes(node).get("axis", 1) != 1:
        raise Unsupported(f"{node.op_type} along another axis than 1")
    return function


OPERATORS = {
    "Add": lambda node: torch.add,
    "Conv": conv,
    "Flatten": lambda node: along_channels(node, lambda x: x.flatten(1)),
    "Gather": lambda node: along_channels(node, lambda x, indices: x.index_select(1, indices)),
    "Gemm": gemm,
    "GlobalAveragePool": lambda node: lambda x: F.adaptive_avg_pool2d(x, 1),
    "MaxPool": max_pool,
}


def operator(node, overwrites):
    """What computes a node; ReLU does so in place where nothing else reads its input, as people write it."""
    if node.op_type == "Relu":
        return torch.relu_ if overwrites else torch.relu
    if node.op_type not in OPERATORS:
        raise Unsupported(f"operator {node.op_type}")
    return OPERATORS[node.op_type](node)


class Network(torch.nn.Module):
    """Of one input and one output. Activations are freed as soon as nothing reads them any more, so that
    their memory is used again."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        stored = constants(graph)
        self.input, self.output = graph.input[0].name, graph.output[0].name
        self.stored = {name: f"constant{number}" for number, name in enumerate(stored)}
        for name, array in stored.items():
            self.register_buffer(self.stored[name], torch.from_numpy(array.copy()))
        last_reader = {name: number for number, node in enumerate(graph.node) for name in node.input}
        self.steps = []
        for number, node in enumerate(graph.node):
            freed = [name for name in set(node.input)
                     if last_reader[name] == number and name not in stored and name != self.input]
            self.steps.append((operator(node, bool(freed)), list(node.input), node.output[0], freed))

    def forward(self, images):
        values = {name: getattr(self, buffer) for name, buffer in self.stored.items()}
        values[self.input] = images
        for function, inputs, output, freed in self.steps:
            values[output] = function(*[values[name] for name in inputs])
            for name in freed:
                del values[name]
        return values[self.output]
