"""scripts/gpu: what it packs, that it says so where there is no GPU, and its parts that need none."""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

from cli_case import BIN, FAILURE, SUCCESS, USAGE

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "scripts")]

from compare.gpu import ockham  # noqa: E402
from gpu_lib import gtest  # noqa: E402
from gpu_lib.session import Session  # noqa: E402


def gpu(*arguments):
    """The script, with this Python as python3."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run([ROOT / "scripts" / "gpu", *map(str, arguments)], text=True, capture_output=True,
                          timeout=300, env={**os.environ, "PATH": path})


class Gpu(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="ockham_gpu_")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.packed = cls.folder / "packed"
        cls.packing = gpu("pack", cls.packed, "--no-build", "--build", BIN.parent, "--training", cls.folder)

    def test_packs_programs_and_what_they_need(self):
        self.assertEqual(self.packing.returncode, SUCCESS, self.packing.stderr)
        self.assertIn("without training: there is no ", self.packing.stdout)
        for name in ("bin/ockham-run", "bin/ockham-bench", "bin/ockham-convert", "lib/libprotobuf-lite.so.32",
                     "python/compare/gpu/worker.py", "python/gpu_lib/driver.py", "run.py"):
            self.assertTrue((self.packed / name).is_file(), name)
        self.assertFalse(list((self.packed / "lib").glob("libc.so*")))

    @unittest.skipIf(shutil.which("nvidia-smi"), "this machine may have a GPU")
    def test_says_that_there_is_no_gpu(self):
        for only in ((), ("--only", "bench")):
            done = gpu("run", self.packed, "--out", self.folder / "none", *only)
            self.assertEqual(done.returncode, FAILURE)
            self.assertRegex(done.stderr, r"^gpu: error: this machine has no GPU: .*\n$")

    @unittest.skipUnless(importlib.util.find_spec("onnxruntime"), "no ONNX Runtime")
    def test_sections_that_need_no_gpu(self):
        out = self.folder / "results"
        done = gpu("run", self.packed, "--cpu", "--only", "answers", "--out", out)
        self.assertEqual(done.returncode, SUCCESS, done.stdout + done.stderr)
        results = json.loads((out / "results.json").read_text())
        self.assertEqual(list(results["sections"]), ["device", "models", "answers"])
        self.assertEqual(results["macs"]["lenet5-5-10-76-16"], 153376)
        self.assertEqual(len(results["answers"]), len(results["macs"]))
        self.assertLess(max(results["answers"].values()), 1e-4)

    def test_packs_again_but_spares_other_folders(self):
        again = gpu("pack", self.packed, "--build", BIN.parent, "--training", self.folder)
        self.assertEqual(again.returncode, SUCCESS, again.stderr)
        other = self.folder / "other"
        other.mkdir()
        (other / "file").write_text("mine")
        done = gpu("pack", other, "--no-build", "--build", BIN.parent)
        self.assertEqual(done.returncode, FAILURE)
        self.assertIn("neither empty nor an earlier one", done.stderr)
        self.assertTrue((other / "file").exists())

    def test_wrong_usage(self):
        for arguments, part in (((), "pack or run?"), (("pack",), "needs a folder"),
                                (("pack", self.folder / "x", "--what", "y"), "unknown option"),
                                (("run", self.packed, "--only", "nothing"), "there are device, tests")):
            done = gpu(*arguments)
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertIn(part, done.stderr)
        done = gpu("run", self.folder)
        self.assertEqual(done.returncode, FAILURE)
        self.assertIn("was not made by scripts/gpu pack", done.stderr)

# Does as a program of GoogleTest, with a test for each way to end.
STAND_IN = """#!/usr/bin/env python3
import os, sys, time
names = ["good", "wrong", "crashes", "hangs", "loses", "skips", "last/0"]
if "--gtest_list_tests" in sys.argv:
    print("Some.  # a suite")
    print(*("  " + name + "  # GetParam() = 0" for name in names), sep="\\n")
    sys.exit()
lost = False
for name in os.environ["GTEST_FILTER"].split(":"):
    print("[ RUN      ]", name, flush=True)
    if name == "Some.crashes": os.abort()
    if name == "Some.hangs": time.sleep(100)
    if name == "Some.loses": print("CUDA error: an illegal memory access was encountered"); lost = True
    state = "      OK "
    if name == "Some.skips": state = "  SKIPPED"
    if lost or name == "Some.wrong": state = "  FAILED "
    print(f"[{state}] {name}{', where GetParam() = 0' if '/' in name else ''} (1 ms)", flush=True)
"""


class Parts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ockham_gpu_")
        self.addCleanup(folder.cleanup)
        self.session = Session(pathlib.Path(folder.name), pathlib.Path(folder.name), "cuda", 60)
        self.addCleanup(self.session.log.close)

    def test_one_test_costs_no_other(self):
        program = self.session.packed / "tests"
        program.write_text(STAND_IN)
        program.chmod(0o755)
        with unittest.mock.patch.object(gtest, "STUCK_SECONDS", 8):
            names = gtest.list_tests(self.session, program)
            outcomes, left = gtest.run_tests(self.session, program, names, 1)
        self.assertEqual({outcome.name: outcome.state for outcome in outcomes}, {
            "Some.good": "OK", "Some.wrong": "FAILED", "Some.crashes": "crashed", "Some.hangs": "stuck",
            "Some.loses": "FAILED", "Some.skips": "SKIPPED", "Some.last/0": "OK"})
        self.assertEqual(left, [])

    def test_programs_leave_the_user_s_cache_alone(self):
        printed = self.session.call(["sh", "-c", "echo $OCKHAM_CACHE_DIR"])
        self.assertEqual(printed, f"{self.session.packed / 'cache'}\n")

    def test_times_are_the_device_s_where_there_is_one(self):
        host, device = {"p50": 90.0}, {"p50": 50.0}
        for found, times in (
                ({"batch": 4, "latency_us": host}, {4: host}),
                ({"batch": 1, "latency_us": host, "batches": [
                    {"batch": 1, "latency_us": host, "device_us": device},
                    {"batch": 64, "latency_us": host}]}, {1: device, 64: host})):
            self.assertEqual(ockham.batch_times(found), times)


if __name__ == "__main__":
    unittest.main()
