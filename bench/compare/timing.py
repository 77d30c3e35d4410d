"""Times all runtimes on one network, in turns, so that whatever disturbs the machine disturbs all of them."""

import dataclasses
import random
import statistics
import tempfile
import pathlib
import time

from compare.problem import pose
from compare.worker import Worker

BURST_SECONDS = 0.02
LEAST_ROUNDS = 8


@dataclasses.dataclass
class Measurement:
    """One runtime on one network; without times where `reason` says why."""
    peer: type
    reason: str = None
    error: float = None  # of its answer, relative to the largest element
    lowest: float = None  # microseconds
    median: float = None
    samples: int = 0
    note: str = None  # what to know about the times


def measurement(worker):
    if worker.reason:
        return Measurement(worker.kind, reason=worker.reason)
    return Measurement(worker.kind, error=worker.error, lowest=min(worker.samples),
                       median=statistics.median(worker.samples), samples=len(worker.samples))


def rounds(workers, seconds):
    """Bursts of every worker, in an order that changes, until each had its seconds. Large networks, of
    which a burst lasts longer, get fewer rounds."""
    order = random.Random(0)
    deadline = time.monotonic() + seconds * len(workers)
    number = 0
    while number < LEAST_ROUNDS or time.monotonic() < deadline:
        order.shuffle(workers)
        for worker in workers:
            if not worker.reason:
                worker.burst(BURST_SECONDS)
        number += 1


def compare(network, peers, settings, seconds, library):
    """The problem's MACs, and a measurement of each runtime on it."""
    with tempfile.TemporaryDirectory(prefix="ockham_compare_") as name:
        folder = pathlib.Path(name)
        problem = pose(network.place(folder), folder, settings.batch)
        workers = [Worker(peer, problem, folder / peer.name, settings, library) for peer in peers]
        try:
            for worker in workers:
                worker.wait_until_ready()
            rounds([worker for worker in workers if not worker.reason], seconds)
            return problem.macs, [measurement(worker) for worker in workers]
        finally:
            for worker in workers:
                worker.stop()
