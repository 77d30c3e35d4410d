"""What the tests of bench/compare share: how it is called, a folder for each test, and a network in it."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATHS = [str(ROOT / "bench"), str(ROOT / "scripts")]
sys.path[:0] = PATHS

try:
    import onnx
    from compare.network_writer import NetworkWriter
except ImportError:
    raise unittest.SkipTest("NumPy or onnx is not installed")


def compare(*arguments):
    return subprocess.run([sys.executable, "-P", "-m", "compare", *map(str, arguments)], text=True,
                          capture_output=True, timeout=300,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)})


class CompareCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ockham_compare_test_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def tiny_network(self):
        """The path of its ONNX file."""
        net = NetworkWriter("tiny", 3, 8, 8)
        net.linear(net.flatten(net.max_pool(net.conv_relu("x", 4, 3))), 5)
        path = self.folder / "tiny.onnx"
        onnx.save(net.model(), path)
        return path
