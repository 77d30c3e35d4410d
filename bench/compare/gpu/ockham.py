"""Ockham on a device, by its programs: ockham-run's answers, and the times of ockham-bench's report. `call`
runs a command to its end and raises when that fails."""

import json

import numpy as np

from compare.gpu import images
from compare.worker import error_of

MEMORY = "32GB"  # of a GPU: the largest networks and batches take more than the usual limit


def of_device(device, precision):
    """Options of both programs. The CPU computes in fp32 anyway."""
    if device == "cpu":
        return ("--device", device)
    return ("--device", device, "--precision", precision, "--memory", MEMORY)


def answer_error(call, program, model, folder, device, precision, batch, *options):
    """The largest error of ockham-run's answers, relative to an answer's largest element. The images are
    those of `folder`, which files are written to."""
    inputs = images.batch_of(folder / images.INPUTS, batch)
    expected = images.batch_of(folder / images.ANSWERS, batch)
    for number, array in enumerate(inputs.values()):
        np.save(folder / f"{precision}-in{number}.npy", array)
    found = [folder / f"{precision}-out{number}.npy" for number in range(len(expected))]
    call([program, model, "--quiet", "--batch", batch, *of_device(device, precision), *options,
          *named_files("--input", inputs, [folder / f"{precision}-in{n}.npy" for n in range(len(inputs))]),
          *named_files("--output", expected, found)])
    return max(error_of(np.load(path), right) for path, right in zip(found, expected.values()))


def named_files(option, names, paths):
    """A file for each array. The only one needs no name."""
    if len(paths) == 1:
        return option, paths[0]
    return [word for name, path in zip(names, paths) for word in (option, f"{name}={path}")]


def measure(call, program, model, report, device, precision, batches, seconds, *options):
    """The report of ockham-bench, by way of the file `report`."""
    call([program, model, "--quiet", "--seconds", seconds, "--json", report,
          "--batch", ",".join(map(str, batches)), *of_device(device, precision), *options])
    found = json.loads(report.read_text())
    report.unlink()
    return found


def batch_times(found):
    """By batch, from a report: microseconds of runs as `p50`, `min` and `runs`. On the device where that is
    not the host."""
    return {row["batch"]: row.get("device_us", row["latency_us"]) for row in found.get("batches", [found])}
