"""The networks that are compared: made here with random weights, or real ones from OCKHAM_MODELS."""

import dataclasses
import functools
import lzma
import os
import pathlib
import typing

import onnx

from compare.network_writer import NetworkWriter

VGG = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
VGG_SBP = (64, 62, 128, 126, 234, 155, 31, 79, 73, 9, 59, 73, 56)
VGG_GHS = (51, 62, 125, 128, 228, 129, 38, 13, 9, 6, 5, 6, 6)
VGG_MACKAY = (40, 55, 77, 99, 97, 43, 36, 17, 8, 8, 6, 14, 65)


@dataclasses.dataclass
class Network:
    """A network by name; `place(folder)` says where its file is, and writes it into `folder` if need be."""
    name: str
    place: typing.Callable[[pathlib.Path], pathlib.Path]


def relu(net):
    net.relu("x")


def ten_small_layers(net):
    value = "x"
    for _ in range(10):
        value = net.same_shape("Tanh", net.conv(value, 8, 1))


def lenet5(conv1, conv2, columns, neurons, net):
    value = net.max_pool(net.conv("x", conv1, 5, padding=0))
    value = net.max_pool(net.conv(value, conv2, 5, padding=0))
    value = net.select(net.flatten(value), columns)
    net.linear(net.relu(net.linear(value, neurons)), 10)


def mlp(inputs, first, second, net):
    value = net.relu(net.linear(net.select("x", inputs), first))
    net.linear(net.relu(net.linear(value, second)), 10)


def vgg(widths, neurons, net):
    value = "x"
    for number, width in enumerate(widths):
        value = net.conv_relu(value, width, 3)
        if number in (1, 3, 6, 9, 12):
            value = net.max_pool(value)
    net.linear(net.relu(net.linear(net.flatten(value), neurons)), 10)


def resnet20(net):
    value = net.conv_relu("x", 16, 3)
    for stage, width in enumerate((16, 32, 64)):
        for block in range(3):
            stride = 2 if stage and not block else 1
            branch = net.conv(net.conv_relu(value, width, 3, stride), width, 3, gain=0.5)
            if stride == 2:
                value = net.conv(value, width, 1, stride, gain=1.0)
            value = net.relu(net.same_shape("Add", value, branch))
    net.linear(net.average(value), 10)


def mobilenet_v2(width, net):
    value = net.conv_relu("x", width(32), 3, 2)
    stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
              (6, 320, 1, 1))
    for expansion, channels, blocks, stride in stages:
        for block in range(blocks):
            value = inverted_residual(net, value, expansion, width(channels), stride if block == 0 else 1,
                                      link=block > 0)
    net.linear(net.average(net.conv_relu(value, 1280, 1)), 1000)


def inverted_residual(net, value, expansion, outputs, stride, link):
    branch = value
    if expansion > 1:
        branch = net.conv_relu(branch, net.channels(value) * expansion, 1)
    branch = net.conv(net.depthwise_relu(branch, stride), outputs, 1, gain=0.5 if link else 1.0)
    return net.same_shape("Add", value, branch) if link else branch


def resnet50(net):
    value = net.max_pool(net.conv_relu("x", 64, 7, 2), 3, 2, 1)
    for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            branch = net.conv_relu(net.conv_relu(value, width, 1), width, 3, stride)
            branch = net.conv(branch, 4 * width, 1, gain=0.25)
            if block == 0:
                value = net.conv(value, 4 * width, 1, stride, gain=1.0)
            value = net.relu(net.same_shape("Add", value, branch))
    net.linear(net.average(value), 1000)


def six_layers(layer, net):
    """So many that what happens at the two ends does not decide."""
    value = "x"
    for _ in range(6):
        value = layer(net, value)


def square_layer(kernel, net, value):
    return net.conv_relu(value, net.channels(value), kernel)


def scaled(channels):
    return int(round(0.7 * channels))


def scaled_odd(channels):
    return scaled(channels) | 1


def scaled_to_8(channels):
    return max(8, 8 * int(round(0.7 * channels / 8)))


def made_networks():
    """Name, shape of an image, and what writes the layers."""
    part = functools.partial
    digit, small, large = (1, 28, 28), (3, 32, 32), (3, 224, 224)
    yield "relu", (16,), relu
    yield "ten-small-layers", (8, 1, 1), ten_small_layers
    yield "lenet5", digit, part(lenet5, 20, 50, 800, 500)
    yield "lenet5-5-10-76-16", digit, part(lenet5, 5, 10, 76, 16)
    yield "lenet5-3-18-284-283", digit, part(lenet5, 3, 18, 284, 283)
    yield "mlp-784-300-100", (784,), part(mlp, 784, 300, 100)
    yield "mlp-97-71-33", (784,), part(mlp, 97, 71, 33)
    yield "mlp-245-160-55", (784,), part(mlp, 245, 160, 55)
    yield "vgg", small, part(vgg, VGG, 512)
    yield "vgg-sbp", small, part(vgg, VGG_SBP, 27)
    yield "vgg-ghs", small, part(vgg, VGG_GHS, 20)
    yield "resnet20", small, resnet20
    yield "mobilenet-v2", large, part(mobilenet_v2, int)
    yield "mobilenet-v2-x0.7", large, part(mobilenet_v2, scaled)
    yield "mobilenet-v2-x0.7-odd", large, part(mobilenet_v2, scaled_odd)
    yield "mobilenet-v2-x0.7-to-8", large, part(mobilenet_v2, scaled_to_8)
    yield "resnet50", large, resnet50
    for channels in (32, 33, 64, 65):
        yield f"conv3x3-{channels}", (channels, 28, 28), part(six_layers, part(square_layer, 3))
    for channels in (96, 97):
        yield f"conv1x1-{channels}", (channels, 28, 28), part(six_layers, part(square_layer, 1))
    for channels in (96, 97, 144, 145):
        yield f"depthwise3x3-{channels}", (channels, 28, 28), part(six_layers, NetworkWriter.depthwise_relu)


def up_to_16(widths):
    return tuple(16 * -(-width // 16) for width in widths)


def gpu_networks():
    """What is measured on a GPU, the most telling first: made networks, and widths that matter there."""
    small, part = (3, 32, 32), functools.partial
    made = {name: (name, shape, layers) for name, shape, layers in made_networks()}
    chosen = (made["vgg"], made["vgg-sbp"],
              ("vgg-sbp-to-16", small, part(vgg, up_to_16(VGG_SBP), 32)),
              made["lenet5"], made["lenet5-5-10-76-16"],
              ("vgg-mackay", small, part(vgg, VGG_MACKAY, 52)),
              *(made[name] for name in ("resnet20", "mobilenet-v2", "lenet5-3-18-284-283", "mlp-784-300-100",
                                        "mlp-97-71-33")))
    return [made_network(*one) for one in chosen]


def made_network(name, shape, layers):
    return Network(name, functools.partial(write_made, name, shape, layers))


def write_made(name, shape, layers, folder):
    net = NetworkWriter(name, *shape)
    layers(net)
    path = folder / "network.onnx"
    onnx.save(net.model(), path)
    return path


REAL = {
    "real-resnet20": "resnet-cifar10/resnet20-12fca82f.onnx",
    "real-resnet20-projection": "distiller/checkpoint_trained_dense.onnx",
    "real-resnet20-thinned": "distiller/checkpoint_trained_channel_regularized_resnet20_finetuned.onnx",
    "real-vgg": "vgg-cifar10/vgg_dense.onnx.xz",
    "real-vgg-gate-ard": "vgg-cifar10/vgg_gate_ard_0.15.compact.onnx",
}


def place_real(path, folder):
    if path.suffix != ".xz":
        return path
    unpacked = folder / "network.onnx"
    unpacked.write_bytes(lzma.decompress(path.read_bytes()))
    return unpacked


def project_networks():
    """All networks of the project, and the paths of real ones that are not on this machine."""
    found = [made_network(*one) for one in made_networks()]
    root, missing = pathlib.Path(os.environ.get("OCKHAM_MODELS", "models")), []
    for name, path in REAL.items():
        if (root / path).is_file():
            found.append(Network(name, functools.partial(place_real, root / path)))
        else:
            missing.append(name)
    return found, missing


def own_networks(paths):
    """By the files' names, or by their paths where names are not enough."""
    names = [path.stem for path in paths]
    return [Network(name if names.count(name) == 1 else str(path.with_suffix("")), lambda _, path=path: path)
            for name, path in zip(names, map(pathlib.Path.resolve, paths))]
