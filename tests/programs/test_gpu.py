"""scripts/gpu: what it packs, and that it says so where there is no GPU. What it measures on one is not tested
here, but its sections are tried on the CPU."""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from cli_case import BIN, FAILURE, SUCCESS, USAGE

ROOT = pathlib.Path(__file__).resolve().parents[2]


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
                     "python/compare/networks.py", "python/gpu_lib/driver.py", "run.py"):
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


if __name__ == "__main__":
    unittest.main()
