"""How long a run takes: on a GPU by CUDA events in the stream that it is queued in, on the CPU by the clock."""

import contextlib
import time

WARM_UP_SECONDS = 0.1


class DeviceClock:
    """The device's own time between two events around each run. Where a run is one launch, runs are queued
    behind a pause, such that no launch is waited for. Where the host launches one kernel after the other,
    what it takes longer than the device counts: that is how the runtime works."""

    PAUSE_CYCLES = 4_000_000  # about two milliseconds
    RUNS = 40  # at most, behind a pause
    RUNS_MILLISECONDS = 20

    def __init__(self, cuda=None):
        if cuda is None:
            import torch
            cuda = torch.cuda
        self.cuda = cuda

    def stream(self):
        """All of a job happens in a stream of its own, which runtimes can be given."""
        return self.cuda.stream(self.cuda.Stream())

    def wait(self):
        self.cuda.synchronize()

    def milliseconds(self, runtime, count):
        events = [self.cuda.Event(enable_timing=True) for _ in range(2 * count)]
        if runtime.launches_once:
            self.cuda._sleep(self.PAUSE_CYCLES)
        for start, end in zip(events[::2], events[1::2]):
            start.record()
            runtime.run()
            end.record()
        self.wait()
        return [start.elapsed_time(end) for start, end in zip(events[::2], events[1::2])]

    def samples(self, runtime, seconds):
        first = time.monotonic()
        while True:
            lowest = min(self.milliseconds(runtime, 2))
            if time.monotonic() - first >= WARM_UP_SECONDS:
                break
        count = max(3, min(self.RUNS, int(self.RUNS_MILLISECONDS / max(lowest, 1e-3))))
        samples, first = [], time.monotonic()
        while not samples or time.monotonic() - first < seconds:
            samples += self.milliseconds(runtime, count)
        return samples


class HostClock:
    def stream(self):
        return contextlib.nullcontext()

    def wait(self):
        pass

    def samples(self, runtime, seconds):
        runtime.run()
        samples, first = [], time.monotonic()
        while not samples or time.monotonic() - first < seconds:
            started = time.perf_counter()
            runtime.run()
            samples.append(1e3 * (time.perf_counter() - started))
        return samples


CLOCKS = {"cuda": DeviceClock, "cpu": HostClock}
