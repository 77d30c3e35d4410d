"""Times the runs of a table again, after the runtime or the machine has changed: how long a network takes
follows from its widths, so that networks of the same widths with random weights stand for the trained ones."""

import datetime
import functools

from compare import networks
from results_lib.programs import ProgramError
from results_lib.rows import machine_text


def vgg(*arguments):
    """Filters, inputs and units of fc1, and what writes the layers. An input is a filter of the last layer."""
    *filters, _, units, net = arguments
    networks.vgg(filters, units, net)


# What builds a network of some widths, the shape of an image, and the dense widths, in the order of a row's
# "kept".
BUILDERS = {
    "lenet5": (networks.lenet5, (1, 28, 28), (20, 50, 800, 500)),
    "lenet-300-100": (networks.mlp, (784,), (784, 300, 100)),
    "vgg-like": (vgg, (3, 32, 32), (*networks.VGG, 512, 512)),
    "lenet-500-300": (networks.mlp, (784,), (784, 500, 300)),
}


def model(programs, folder, network, widths):
    """The model file of a network of these widths."""
    build, shape, _ = BUILDERS[network]
    place = folder / "-".join(map(str, widths))
    place.mkdir(parents=True, exist_ok=True)
    made = networks.made_network(f"{network}-{place.name}", shape, functools.partial(build, *widths))
    onnx = made.place(place)
    programs.convert(onnx)
    return onnx.with_suffix(".ockham")


def retimed(row, bench):
    """The row with the times of a report of ockham-bench."""
    machine = bench["machine"]
    return {**row, "us": bench["latency_us"]["p50"], "dense_us": bench["baseline"]["latency_us"]["p50"],
            "measured_speedup": bench["speedup"]["measured"],
            "timed": {"machine": machine_text(machine), "date": datetime.date.today().isoformat(),
                      "revision": machine["commit"]}}


def retime(programs, folder, row):
    network = row["recipe_settings"]["network"]
    if network not in BUILDERS:
        raise ProgramError(f"{network} does not follow from the widths of its layers: it cannot be timed again")
    dense = model(programs, folder, network, BUILDERS[network][2])
    return retimed(row, programs.bench(model(programs, folder, network, row["kept"]), dense))
