"""Ockham beside other runtimes on one network on a device: one after the other, as the device is theirs alone."""

import pathlib
import subprocess
import tempfile

from compare.gpu import images, ockham
from compare.gpu.libraries import environment
from compare.gpu.precisions import tolerance
from compare.gpu.process import WorkerProcess
from compare.gpu.runtimes import RUNTIMES
from compare.peers.ockham import built, converter_path
from compare.peers.peer import Refusal, run_converter
from compare.timing import Measurement

PROGRAMS = "ockham-run ockham-bench ockham-convert ockham_cuda"
LIMIT_SECONDS = 300  # of a runtime on a network; torch.compile tries its kernels


class Ockham:
    """Ours, among the runtimes."""
    name = "ockham"
    title = "Ockham"
    as_asked = True

    def installed(self):
        return True

    def version(self, settings):
        return subprocess.run([program(settings, "ockham-bench"), "--version"], check=True, text=True,
                              capture_output=True).stdout.split()[-1]


PEERS = {peer.name: peer for peer in (Ockham(), *RUNTIMES.values())}


def program(settings, name):
    return built(settings.build / "bin" / name, PROGRAMS)


def check_build(settings):
    for name in ("ockham-run", "ockham-bench"):
        program(settings, name)
    converter_path(settings)


class Comparison:
    """Has a process for each runtime, which serves all networks."""

    def __init__(self, peers, settings, seconds):
        self.peers = peers
        self.settings = settings
        self.seconds = seconds
        self.log = open(settings.build / "compare.log", "w")
        self.processes = {peer.name: WorkerProcess(self.log) for peer in peers}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.end()
        self.log.close()

    def compare(self, network):
        """The MACs of an image, and a measurement of each runtime."""
        with tempfile.TemporaryDirectory(prefix="ockham_compare_") as name:
            folder = pathlib.Path(name)
            posed = images.prepare(network, folder)
            return posed.macs, [self.measure(peer, posed.source, folder) for peer in self.peers]

    def measure(self, peer, source, folder):
        try:
            if peer.name == "ockham":
                return self.measure_ockham(peer, source, folder)
            return self.measure_other(peer, folder)
        except Refusal as refusal:
            return Measurement(peer, reason=str(refusal))

    def measure_other(self, peer, folder):
        settings = self.settings
        found = self.processes[peer.name].ask(
            {"runtime": peer.name, "folder": str(folder), "batch": settings.batch,
             "precision": settings.precision, "device": settings.device, "seconds": self.seconds},
            LIMIT_SECONDS)
        if reason := found.get("reason"):
            raise Refusal(reason)
        return Measurement(peer, error=found["error"], lowest=1e3 * found["lowest"],
                           median=1e3 * found["ms"], samples=found["samples"])

    def measure_ockham(self, peer, source, folder):
        settings = self.settings
        model, tuning = folder / "model.ockham", ("--tune",) if settings.tune else ()
        run_converter(converter_path(settings), source, "--quiet", "-o", model, folder=folder)
        how = (settings.device, settings.precision)
        error = ockham.answer_error(self.call, program(settings, "ockham-run"), model, folder, *how,
                                    settings.batch, *tuning)
        if error > tolerance(settings.precision):
            raise Refusal(f"its answer is off by {error:.2g} of the largest element")
        report = ockham.measure(self.call, program(settings, "ockham-bench"), model, folder / "bench.json",
                                *how, [settings.batch], self.seconds, *tuning)
        times = ockham.batch_times(report)[settings.batch]
        computed = report["computed_in"]
        note = None if computed == settings.precision else f"computes in {computed}"
        return Measurement(peer, error=error, lowest=times["min"], median=times["p50"],
                           samples=times["runs"], note=note)

    def call(self, command):
        try:
            done = subprocess.run([str(part) for part in command], text=True, capture_output=True,
                                  timeout=LIMIT_SECONDS, env=environment(self.settings.build / "lib"))
        except subprocess.TimeoutExpired:
            raise Refusal(f"no answer within {LIMIT_SECONDS} s") from None
        if done.returncode != 0:
            words = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
            raise Refusal(f"{words[-1]} (status {done.returncode})")
