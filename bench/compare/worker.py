"""A process for one runtime on one network, and how the comparison talks to it. A process each, so that no
runtime's thread pool, allocator or crash is another's."""

import multiprocessing
import os

import numpy as np

from compare.native import Loop
from compare.peers.peer import Refusal
from compare.problem import first_line

LOADING_SECONDS = 300
WARM_UP_SECONDS = 0.03
LEAST_SAMPLE = 50.0  # microseconds between two readings of the clock, so that they cost nothing


def error_of(found, expected):
    """The largest error, relative to the largest element."""
    if found.shape != expected.shape:
        raise Refusal(f"an answer of shape {found.shape} instead of {expected.shape}")
    error = np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30)
    return float(error) if np.isfinite(error) else float("inf")


class Subject:
    """A runtime that is ready to be timed."""

    def __init__(self, peer, library):
        self.peer = peer
        self.loop = Loop(library, peer.load())
        self.repeats = 1

    def burst(self, seconds):
        samples = self.loop.run(seconds, self.repeats, self.peer.settings.processor_time)
        if samples is None:
            raise Refusal(self.peer.failure())
        return samples

    def check(self):
        """Runs once; the largest error of an answer, which must be small."""
        self.burst(0)
        found = self.peer.answers()
        error = max(error_of(found[name], expected) for name, expected in self.peer.problem.answers.items())
        if error > self.peer.tolerance:
            raise Refusal(f"its answer is off by {error:.2g} of the largest element")
        return error

    def warm_up(self):
        lowest = self.burst(WARM_UP_SECONDS).min()
        self.repeats = max(1, int(np.ceil(LEAST_SAMPLE / lowest)))


def serve(pipe, kind, problem, folder, settings, library):
    """The worker's life: prepare, say what the check gave, then a burst for every number received."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        peer = kind(problem, folder, settings)
        peer.convert()
        if settings.cores:
            os.sched_setaffinity(0, settings.cores)
        subject = Subject(peer, library)
        error = subject.check()
        subject.warm_up()
        pipe.send(error)
        while (seconds := pipe.recv()) is not None:
            pipe.send(subject.burst(seconds))
    except Exception as refusal:
        pipe.send(first_line(refusal))


class Worker:
    """The comparison's end. `reason` says why a runtime cannot be timed, if so."""

    def __init__(self, kind, problem, folder, settings, library):
        self.kind = kind
        self.folder = folder
        self.reason = None
        self.error = None
        self.samples = []
        folder.mkdir()
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, daemon=True,
                                       args=(other, kind, problem, folder, settings, library))
        self.process.start()
        other.close()

    def receive(self, seconds):
        """What the worker sends; a text is a reason to stop."""
        try:
            if not self.pipe.poll(seconds):
                self.process.kill()
                received = f"no answer within {seconds} s"
            else:
                received = self.pipe.recv()
        except (EOFError, OSError):
            received = self.last_words()
        if isinstance(received, str):
            self.reason = received
        return received

    def last_words(self):
        self.process.join()
        words = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        return f"its process ended with status {self.process.exitcode}" + (f": {words[-1]}" if words else "")

    def wait_until_ready(self):
        received = self.receive(LOADING_SECONDS)
        self.error = None if self.reason else received

    def burst(self, seconds):
        """Times the runtime for a while; keeps and returns the samples."""
        self.pipe.send(seconds)
        samples = self.receive(LOADING_SECONDS)
        if not self.reason:
            self.samples.extend(samples)

    def stop(self):
        try:
            self.pipe.send(None)
        except OSError:
            pass  # it has ended already
        self.process.join(5)
        self.process.kill()
