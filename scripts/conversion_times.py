"""Times ockham-convert on ONNX networks and prints a Markdown table.

    scripts/conversion_times NETWORK.onnx... --program build/release/bin/ockham-convert \\
        --program other/bin/ockham-convert

Networks without weights of their own (ConstantOfShape, as in ONNX's light models) get random ones, an
eighth of the filters zero.
"""

import argparse
import datetime
import os
import pathlib
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

from machine import processor


def random_weights(operator, position, shape, random):
    """Such that numbers neither grow nor vanish on their way through the network."""
    if operator == "BatchNormalization":
        spread = random.uniform(0.5, 1.5, shape)
        return spread if position in (1, 4) else random.normal(0, 0.1, shape)
    if len(shape) < 2:
        return random.normal(0, 0.1, shape)
    weights = random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    if operator == "Conv":
        weights[random.choice(shape[0], shape[0] // 8, replace=False)] = 0
    return weights


def with_weights(source, folder):
    """The network itself, or a copy in `folder` where its constants are random numbers."""
    model = onnx.load(source)
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made = {node.output[0]: tuple(constants[node.input[0]].astype(int))
            for node in graph.node if node.op_type == "ConstantOfShape"}
    if not made:
        return source
    nodes = [node for node in graph.node if node.op_type != "ConstantOfShape"]
    random = np.random.default_rng(0)
    for node in nodes:
        for position, name in enumerate(node.input):
            if name in made:
                weights = random_weights(node.op_type, position, made.pop(name), random)
                graph.initializer.append(numpy_helper.from_array(weights.astype(np.float32), name))
    del graph.node[:]
    graph.node.extend(nodes)
    target = pathlib.Path(folder) / source.name
    onnx.save(model, target)
    return target


def run(program, *arguments):
    """Seconds of one core, and the most memory in MB."""
    pid = os.posix_spawn(program, [program, *map(str, arguments)], os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise SystemExit(f"{program} failed on {arguments[0]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(prog="scripts/conversion_times", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="+", type=pathlib.Path, metavar="NETWORK.onnx")
    parser.add_argument("--program", action="append", dest="programs", metavar="FILE",
                        help="an ockham-convert; may be repeated")
    options = parser.parse_args()
    programs = options.programs or ["build/release/bin/ockham-convert"]
    print(f"{processor()}, {datetime.date.today()}; seconds of one core and peak memory\n")
    print("| network | " + " | ".join(programs) + " |")
    print("| --- |" + " ---: |" * len(programs))
    with tempfile.TemporaryDirectory() as folder:
        for source in options.networks:
            network, model = with_weights(source, folder), pathlib.Path(folder) / "x.ockham"
            cells = []
            for program in programs:
                seconds, memory = run(program, network, "--quiet", "-o", model)
                cells.append(f"{seconds:.2f} s, {memory:.0f} MB")
            print(f"| {source.stem} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
