"""What ockham-bench says of a model on a device: the one place that knows its JSON."""

import json

from gpu_lib.precisions import of_device
from gpu_lib.session import Failure

SECONDS = 40  # at most of a call, in which answers are checked too
MEMORY = "32GB"  # of a GPU: the largest networks and batches take more than the usual limit
NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6}


def measure(session, model, precision, batches, seconds, tuned):
    """Milliseconds of a run by batch, on the device where the program says so, else from outside; and the
    report."""
    report = session.out / "bench.json"
    memory = ("--memory", MEMORY) if session.device == "cuda" else ()
    session.call([session.program("ockham-bench"), model, "--quiet", "--seconds", seconds, "--json", report,
                  "--batch", ",".join(map(str, batches)), *of_device(session.device, precision),
                  *memory, *(("--tune",) if tuned else ())], SECONDS)
    found = json.loads(report.read_text())
    report.unlink()
    times = dict(batch_times(found))
    if not times:
        raise Failure("no times by batch in the report of ockham-bench")
    return times, found


def batch_times(found):
    """Pairs of batch and milliseconds, from every object that has both."""
    if isinstance(found, list):
        for one in found:
            yield from batch_times(one)
    elif isinstance(found, dict):
        if isinstance(found.get("batch"), int) and (time := milliseconds(found)) is not None:
            yield found["batch"], time
        for key, one in found.items():
            if key != "baseline":
                yield from batch_times(one)


def milliseconds(found):
    """The time of an object: of the device if it has that, else the latency from outside."""
    for word in ("device", "gpu", "latency"):
        for key, value in found.items():
            unit = key.rsplit("_", 1)[-1]
            if not key.startswith(word) or unit not in NANOSECONDS:
                continue
            if isinstance(value, dict):
                value = value.get("p50", value.get("median"))
            if isinstance(value, (int, float)):
                return value * NANOSECONDS[unit] / 1e6
    return None
