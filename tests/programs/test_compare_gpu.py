"""bench/compare --device cuda, as far as no GPU is needed: its parts, and whole comparisons on the CPU."""

import contextlib
import csv
import dataclasses
import functools
import importlib.util
import io
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import unittest.mock

from cli_case import BIN, FAILURE, SUCCESS, USAGE
from compare_case import PATHS, ROOT, CompareCase, compare

import numpy as np

from compare import table
from compare.gpu import comparison, images, ockham, worker
from compare.gpu.clocks import DeviceClock
from compare.gpu.precisions import tolerance
from compare.gpu.process import WorkerProcess
from compare.networks import own_networks
from compare.peers.peer import Refusal, Settings
from compare.problem import NetworkError
from compare.timing import Measurement


@functools.cache
def has_torch():
    """Installed, and with all the libraries that it needs."""
    return subprocess.run([sys.executable, "-c", "import torch"], capture_output=True).returncode == 0


class GpuCase(CompareCase):
    def own_network(self):
        return own_networks([self.tiny_network()])[0]

    def prepared(self):
        images.prepare(self.own_network(), self.folder / "prepared")
        return self.folder / "prepared"

    def job(self, runtime, precision="fp32", batch=9):
        return worker.Job(runtime, str(self.prepared()), batch, precision, "cpu", 0.01)


class CommandLine(GpuCase):
    @unittest.skipIf(shutil.which("nvidia-smi"), "this machine may have a GPU")
    def test_says_that_there_is_no_gpu(self):
        for script in ([ROOT / "bench" / "compare" / "run"], [sys.executable, "-P", "-m", "compare"]):
            done = subprocess.run([*script, "--device", "cuda"], text=True, capture_output=True,
                                  env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)})
            self.assertEqual(done.returncode, FAILURE)
            self.assertRegex(done.stderr, r"^compare: error: this machine has no GPU: .*\n$")

    def test_refuses_what_the_device_does_not_know(self):
        for part, arguments in (
                ("--precision is for --device cuda", ("--precision", "fp16")),
                ("--tune is for --device cuda", ("--tune",)),
                ("--threads is for --device cpu", ("--device", "cuda", "--threads", "2")),
                ("there are ockham, torch,", ("--device", "cuda", "--runtimes", "openvino")),
                ("there are ockham, onnxruntime,", ("--runtimes", "tensorrt"))):
            done = compare(*arguments)
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertIn(part, done.stderr)


FAKE_MODULE = BIN.parent / "lib" / "libfake_cuda.so"  # tests/runtime/session/fake_cuda_module.cpp
FAKE_NVIDIA_SMI = """#!/bin/sh
echo Fake GPU, 1.2, 1 MiB, 9.0, 1 MHz, 1 MHz, 1 W
"""


@unittest.skipUnless(FAKE_MODULE.exists(), "the module that needs no GPU is not built")
class WholeProgram(GpuCase):
    """On a machine that says it has a GPU, and with a module that needs none."""

    def compared(self, precision):
        """The table, and what the CSV file says of ours."""
        self.tiny_network()
        program = self.folder / "nvidia-smi"
        program.write_text(FAKE_NVIDIA_SMI)
        program.chmod(0o755)
        fakes = {"PATH": f"{self.folder}:{os.environ['PATH']}", "OCKHAM_CUDA_MODULE": str(FAKE_MODULE)}
        times = self.folder / "times.csv"
        with unittest.mock.patch.dict(os.environ, fakes):
            done = compare(self.folder / "tiny.onnx", "--build", BIN.parent, "--device", "cuda",
                           "--precision", precision, "--batch", "8", "--seconds", "0.02", "--runtimes",
                           "ockham", "--csv", times)
        self.assertEqual(done.returncode, SUCCESS, done.stderr)
        with open(times, newline="") as file:
            return done.stdout, *csv.DictReader(file)

    def test_times_are_the_device_s(self):
        printed, ours = self.compared("fp16")
        self.assertIn("Fake GPU, driver 1.2, ", printed)
        self.assertIn("| tiny | 7.23 k | 8.00 (8.00) | - |", printed)
        self.assertEqual([ours[key] for key in ("lowest_us", "clock", "device", "precision", "batch")],
                         ["8.0", "device", "cuda", "fp16", "8"])

    def test_says_why_a_network_is_not_timed(self):
        printed, ours = self.compared("bf16")
        self.assertRegex(printed, "Not timed:\n\n- Ockham: .*the self-test failed in precision 'bf16'")
        self.assertEqual(ours["lowest_us"], "")


class Images(GpuCase):
    def test_fill_batches_in_their_order(self):
        folder = self.prepared()
        for file in (images.INPUTS, images.ANSWERS):
            (few,) = images.batch_of(folder / file, images.IMAGES).values()
            (many,) = images.batch_of(folder / file, 20).values()
            (one,) = images.batch_of(folder / file, 1).values()
            for number in range(20):
                np.testing.assert_array_equal(many[number], few[number % images.IMAGES])
            np.testing.assert_array_equal(one, few[:1])
            self.assertEqual(len(np.unique(few, axis=0)), images.IMAGES)

    def test_names_may_be_anything(self):
        arrays = {"file": np.ones((7, 1)), "a/b": np.zeros((7, 2)), "arr_0": np.zeros((7, 3))}
        images.save(self.folder / "arrays.npz", arrays)
        found = images.batch_of(self.folder / "arrays.npz", 2)
        self.assertEqual({name: array.shape for name, array in found.items()},
                         {"file": (2, 1), "a/b": (2, 2), "arr_0": (2, 3)})


class FakeCuda:
    """Of torch.cuda what the clock needs: a device on which a run takes a millisecond, and a pause two."""

    def __init__(self):
        self.now = 0.0
        self.calls = []

    def _sleep(self, cycles):
        self.calls.append("pause")
        self.now += 2.0

    def synchronize(self):
        self.calls.append("wait")

    def Event(self, enable_timing):
        cuda = self

        class Event:
            def record(self):
                cuda.calls.append("event")
                self.time = cuda.now

            def elapsed_time(self, end):
                return end.time - self.time

        return Event()


@dataclasses.dataclass
class FakeRuntime:
    cuda: FakeCuda
    launches_once: bool

    def run(self):
        self.cuda.calls.append("run")
        self.cuda.now += 1.0


class Clock(unittest.TestCase):
    def calls(self, launches_once):
        cuda = FakeCuda()
        times = DeviceClock(cuda).milliseconds(FakeRuntime(cuda, launches_once), 2)
        self.assertEqual(times, [1.0, 1.0])
        return cuda.calls

    def test_each_run_has_events_of_its_own_and_nothing_waits_between(self):
        expected = ["event", "run", "event", "event", "run", "event", "wait"]
        self.assertEqual(self.calls(launches_once=False), expected)
        self.assertEqual(self.calls(launches_once=True), ["pause", *expected])

    def test_takes_samples_for_a_while(self):
        cuda = FakeCuda()
        samples = DeviceClock(cuda).samples(FakeRuntime(cuda, True), 0)
        self.assertEqual(samples, [1.0] * DeviceClock.RUNS_MILLISECONDS)


class RightRuntime:
    """Gives the answers that are expected, times `factor`."""
    launches_once = False
    factor = 1.0

    def __init__(self, job):
        self.found = images.batch_of(pathlib.Path(job.folder) / images.ANSWERS, job.batch)

    def run(self):
        pass

    def answers(self):
        return {name: self.factor * array for name, array in self.found.items()}


class ShiftedRuntime(RightRuntime):
    """Gives each image the answer of the one eight further on."""

    def answers(self):
        return {name: np.roll(array, -8, axis=0) for name, array in self.found.items()}


class Worker(GpuCase):
    def measure(self, kind, **attributes):
        made = type("Made", (kind,), attributes)
        stub = unittest.mock.Mock(load=lambda: made)
        with unittest.mock.patch.dict(worker.RUNTIMES, {"stub": stub}):
            return worker.answer_job(self.job("stub", batch=64))

    def test_times_what_answers_right(self):
        found = self.measure(RightRuntime, factor=1 + tolerance("fp32") / 2)
        self.assertNotIn("reason", found)
        self.assertGreater(found["samples"], 0)
        self.assertLessEqual(found["lowest"], found["ms"])

    def test_does_not_time_what_answers_wrongly(self):
        for found in (self.measure(RightRuntime, factor=1.01), self.measure(ShiftedRuntime)):
            self.assertRegex(found["reason"], "^its answer is off by .* of the largest element")
            self.assertNotIn("ms", found)

    def test_a_failure_is_a_reason(self):
        def fail(self, job):
            raise Refusal("no such kernel\nand a backtrace")
        self.assertEqual(self.measure(RightRuntime, __init__=fail), {"reason": "no such kernel"})


# Answers a job by what it says.
STAND_IN = """
import json, os, sys, time
for line in sys.stdin:
    what = json.loads(line)["what"]
    if what == "die": os._exit(3)
    if what == "hang": time.sleep(60)
    print(json.dumps({"what": what}), flush=True)
"""


class Process(GpuCase):
    def test_starts_again_after_what_went_wrong(self):
        (self.folder / "stand_in.py").write_text(STAND_IN)
        log = open(self.folder / "log", "w")
        self.addCleanup(log.close)
        process = WorkerProcess(log, "stand_in")
        self.addCleanup(process.end)
        with unittest.mock.patch.object(sys, "path", [str(self.folder), *sys.path]):
            self.assertEqual(process.ask({"what": "good"}, 60), {"what": "good"})
            self.assertEqual(process.ask({"what": "die"}, 60),
                             {"reason": f"its process ended with status 3; {log.name} has its words"})
            self.assertEqual(process.ask({"what": "hang"}, 0.2), {"reason": "no answer within 0 s"})
            self.assertEqual(process.ask({"what": "good"}, 60), {"what": "good"})


class OnTheCpu(GpuCase):
    """The runtimes' own paths, as far as a CPU goes."""

    def compared(self, *names, precision="fp32"):
        settings = Settings(BIN.parent, 1, 9, device="cpu", precision=precision)
        peers = [comparison.PEERS[name] for name in names]
        with comparison.Comparison(peers, settings, 0.02) as on_device:
            macs, measurements = on_device.compare(self.own_network())
        self.assertEqual(macs, 7232)
        self.assertEqual([one.peer.name for one in measurements], list(names))
        return measurements

    def assert_timed(self, measurements, precision="fp32"):
        for one in measurements:
            self.assertIsNone(one.reason, one.peer.name)
            self.assertLessEqual(one.error, tolerance(precision))
            self.assertLessEqual(one.lowest, one.median)
            self.assertGreater(one.samples, 0)

    def test_ours(self):
        self.assert_timed(self.compared("ockham"))

    def test_ours_is_not_timed_when_it_is_wrong(self):
        with unittest.mock.patch.object(comparison, "tolerance", lambda precision: -1.0):
            self.assertIn("of the largest element", self.compared("ockham")[0].reason)

    def test_ours_says_what_it_computes_in(self):
        report = {"batch": 9, "computed_in": "fp32", "batches": [
            {"batch": 9, "latency_us": {"p50": 90.0}, "device_us": {"p50": 2.0, "min": 1.0, "runs": 3}}]}
        with unittest.mock.patch.object(ockham, "measure", lambda *_: report):
            (ours,) = self.compared("ockham", precision="fp16")
        self.assertEqual((ours.lowest, ours.median, ours.note), (1.0, 2.0, "computes in fp32"))

    def test_what_goes_wrong_is_a_reason(self):
        with unittest.mock.patch.object(ockham, "of_device", lambda *_: ("--device", "abacus")):
            self.assertRegex(self.compared("ockham")[0].reason, r"--device.*abacus.*\(status 2\)")

    def test_a_network_that_cannot_be_compared(self):
        (self.folder / "text.onnx").write_text("no network")
        with self.assertRaisesRegex(NetworkError, "not an ONNX file"):
            images.prepare(own_networks([self.folder / "text.onnx"])[0], self.folder)

    @unittest.skipUnless(importlib.util.find_spec("onnxruntime"), "no ONNX Runtime")
    def test_onnx_runtime(self):
        self.assert_timed(self.compared("onnxruntime", "onnxruntime-graph"))
        found = worker.answer_job(self.job("onnxruntime", "fp16"))
        self.assertNotIn("reason", found)
        self.assertGreater(found["error"], tolerance("fp32") / 30)  # it is fp16 indeed
        self.assertIn("not measured in bf16", worker.answer_job(self.job("onnxruntime", "bf16"))["reason"])

    @unittest.skipUnless(has_torch(), "no PyTorch that loads")
    def test_torch(self):
        self.assert_timed(self.compared("torch", "torch-graph"))
        for precision in ("fp16", "bf16"):
            self.assertNotIn("reason", worker.answer_job(self.job("torch", precision)))


class TableOfADevice(GpuCase):
    def test_says_where_what_and_how(self):
        peers = [comparison.PEERS[name] for name in ("ockham", "torch-graph")]
        settings = Settings(self.folder, 1, 64, device="cuda", precision="fp16")
        gpu = {"name": "Test GPU", "driver_version": "1.2"}
        printed = io.StringIO()
        with unittest.mock.patch.object(table, "gpu", lambda: gpu), \
                unittest.mock.patch.object(comparison.Ockham, "version", lambda *_: "0.1"), \
                unittest.mock.patch.object(type(peers[1]), "version", lambda *_: "2.11"), \
                contextlib.redirect_stdout(printed):
            made = table.Table(peers, settings)
            made.print_head()
            rows = [Measurement(peers[0], None, 0.0, 10.0, 11.0, 5, "computes in fp32"),
                    Measurement(peers[1], None, 0.0, 40.0, 42.0, 5)]
            made.print_row("tiny", 7232, rows)
            made.print_remarks()
        for part in ("Test GPU, driver 1.2, ", "fp16, batch 64; Ockham 0.1, PyTorch, CUDA graph 2.11.",
                     "on the device, by events", "best fp16 peer / Ockham",
                     "| tiny | 7.23 k | 10.0 (11.0) | 40.0 (42.0) | 4.00 (PyTorch, CUDA graph) |",
                     "Notes:\n\n- Ockham: computes in fp32 (tiny)"):
            self.assertIn(part, printed.getvalue())
        self.assertNotIn("Not timed", printed.getvalue())


if __name__ == "__main__":
    unittest.main()
