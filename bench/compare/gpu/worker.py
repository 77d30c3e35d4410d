"""Times networks on a device: a process that reads one job a line, in JSON, and answers each in a line. Its
other end is process.py."""

import dataclasses
import json
import os
import pathlib
import statistics
import sys
import warnings

from compare.gpu import images
from compare.gpu.clocks import CLOCKS
from compare.gpu.precisions import tolerance
from compare.gpu.runtimes import RUNTIMES
from compare.problem import first_line
from compare.worker import error_of


@dataclasses.dataclass
class Job:
    runtime: str  # one of RUNTIMES
    folder: str  # what images.prepare has written
    batch: int
    precision: str
    device: str  # cuda, or cpu to try all without a GPU
    seconds: float


def measure(job):
    """The error of the answers, and milliseconds of a run unless they are wrong."""
    clock = CLOCKS[job.device]()
    with clock.stream():
        runtime = RUNTIMES[job.runtime].load()(job)
        runtime.run()
        clock.wait()
        error = answer_error(runtime.answers(), job)
        if error > tolerance(job.precision):
            return {"error": error, "reason": f"its answer is off by {error:.2g} of the largest element"}
        samples = clock.samples(runtime, job.seconds)
    return {"error": error, "ms": statistics.median(samples), "lowest": min(samples), "samples": len(samples)}


def answer_error(found, job):
    expected = images.batch_of(pathlib.Path(job.folder) / images.ANSWERS, job.batch)
    return max(error_of(found[name], right) for name, right in expected.items())


def free_memory():
    """What a job has left in PyTorch's cache on the device."""
    if "torch" in sys.modules and sys.modules["torch"].cuda.is_initialized():
        sys.modules["torch"].cuda.empty_cache()


def answer_job(job):
    try:
        return measure(job)
    except Exception as error:
        return {"reason": first_line(error)}
    finally:
        free_memory()


def main():
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    for line in sys.stdin:
        print(json.dumps(answer_job(Job(**json.loads(line)))), file=answers, flush=True)


if __name__ == "__main__":
    main()
