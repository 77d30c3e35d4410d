"""Times networks in PyTorch: a process that reads one job a line, in JSON, and answers each in a line.

A job names a folder of models.py's, batch, precision, device and seconds, and whether torch.compile is used.
On a GPU the network is captured in a CUDA graph with its input in place; the time is the device's for a
replay, by events, queued behind a pause so that the host's launches are not waited for.
"""

import functools
import json
import os
import pathlib
import statistics
import sys
import time
import warnings

import numpy as np
import torch

from compare.worker import error_of

from gpu_lib.precisions import tolerance
from gpu_lib.sections import models
from gpu_lib.torch_network import Network

TYPES = {"fp32": torch.float32, "tf32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
PAUSE_CYCLES = 4_000_000  # about two milliseconds, in which the host queues replays
REPLAYS = 40  # at most, behind a pause
WARM_UP_SECONDS = 0.1


@functools.lru_cache(1)
def network(folder, precision, device):
    """In the memory format that tensor cores like."""
    made = Network(pathlib.Path(folder) / models.ONNX).eval().to(TYPES[precision])
    return made.to(device=device, memory_format=torch.channels_last)


def images_of(job):
    array = models.tiled(np.load(pathlib.Path(job["folder"]) / models.IMAGES_FILE), job["batch"])
    images = torch.from_numpy(array).to(job["device"], TYPES[job["precision"]])
    return images.to(memory_format=torch.channels_last) if images.dim() == 4 else images


def set_precision(precision):
    allowed = precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cudnn.benchmark = True


def capture(function, images):
    """A graph that computes `answer` from `images`, in place."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            function(images)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        answer = function(images)
    return graph.replay, answer


def device_milliseconds(replay, count):
    """Of `count` replays, each by two events."""
    events = [torch.cuda.Event(enable_timing=True) for _ in range(2 * count)]
    torch.cuda._sleep(PAUSE_CYCLES)
    for start, end in zip(events[::2], events[1::2]):
        start.record()
        replay()
        end.record()
    torch.cuda.synchronize()
    return [start.elapsed_time(end) for start, end in zip(events[::2], events[1::2])]


def time_on_gpu(replay, seconds):
    first = time.monotonic()
    while time.monotonic() - first < WARM_UP_SECONDS:
        lowest = min(device_milliseconds(replay, 2))
    count = max(3, min(REPLAYS, int(20 / max(lowest, 1e-3))))
    samples, first = [], time.monotonic()
    while not samples or time.monotonic() - first < seconds:
        samples += device_milliseconds(replay, count)
    return samples


def time_on_cpu(replay, seconds):
    samples, first = [], time.monotonic()
    while not samples or time.monotonic() - first < seconds:
        started = time.perf_counter()
        replay()
        samples.append(1e3 * (time.perf_counter() - started))
    return samples


def measure(job):
    set_precision(job["precision"])
    on_gpu = job["device"] == "cuda"
    images = images_of(job)
    function = network(job["folder"], job["precision"], job["device"])
    if job.get("compile"):
        function = torch.compile(function, mode="max-autotune-no-cudagraphs", dynamic=False)
    if on_gpu:
        replay, answer = capture(function, images)
        replay()
        torch.cuda.synchronize()
    else:
        def replay():
            return function(images)
        answer = replay()
    right = models.tiled(np.load(pathlib.Path(job["folder"]) / models.ANSWERS_FILE), job["batch"])
    error = error_of(answer.float().cpu().numpy(), right)
    if error > tolerance(job["precision"]):
        return {"error": error, "reason": f"its answer is off by {error:.2g} of the largest element"}
    samples = (time_on_gpu if on_gpu else time_on_cpu)(replay, job["seconds"])
    return {"error": error, "ms": statistics.median(samples), "lowest": min(samples), "samples": len(samples)}


def answer_job(job):
    try:
        with torch.no_grad():
            return measure(job)
    except Exception as error:
        return {"reason": (str(error).strip() or type(error).__name__).splitlines()[0]}
    finally:
        if job["device"] == "cuda":
            torch.cuda.empty_cache()


def main():
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    for line in sys.stdin:
        print(json.dumps(answer_job(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
