"""ONNX's checker takes what we export, and ONNX Runtime runs it and agrees with our reference executor.

OCKHAM_WRITE_ONNX_CASES is the program that writes the networks, their inputs and our outputs.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as error:
    raise unittest.SkipTest(f"needs Python's numpy, onnx and onnxruntime: {error}")

TOLERANCE = 1e-5  # max|a - b| relative to max|b|


def load_arrays(folder):
    return [numpy.load(folder / f"{i}.npy") for i in range(len(list(folder.glob("*.npy"))))]


class OnnxRuntimeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="ockham_onnx_")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        subprocess.run([os.environ["OCKHAM_WRITE_ONNX_CASES"], folder.name], check=True, timeout=300)

    def check(self, case):
        onnx.checker.check_model(str(case / "model.onnx"), full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            case / "model.onnx", options, providers=["CPUExecutionProvider"])
        names = [value.name for value in session.get_inputs()]
        inputs = load_arrays(case / "inputs")
        expected = load_arrays(case / "outputs")
        self.assertEqual(len(names), len(inputs))

        found = session.run(None, dict(zip(names, inputs)))

        self.assertEqual(len(found), len(expected))
        for ours, theirs in zip(expected, found):
            self.assertEqual(ours.shape, theirs.shape)
            self.assertLessEqual(
                numpy.abs(ours - theirs).max(), TOLERANCE * numpy.abs(ours).max())

    def test_every_network_agrees(self):
        cases = sorted(path for path in self.folder.iterdir())
        self.assertGreater(len(cases), 30)
        for case in cases:
            with self.subTest(case.name):
                self.check(case)


if __name__ == "__main__":
    unittest.main()
