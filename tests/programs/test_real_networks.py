"""Networks made by others, through ockham-convert and ockham-run: as many of the test images of
CIFAR-10 as their authors' tools classify correctly. Needs OCKHAM_MODELS and OCKHAM_DATA."""

import os
import pathlib
import re
import unittest

from cli_case import CliCase, run_program

IMAGENET = "0.00392156862745098,0.485:0.456:0.406,0.229:0.224:0.225"
HALVES = "0.00392156862745098,0.5,0.5"

# File below OCKHAM_MODELS, how its input is prepared, correct answers (README there).
NETWORKS = [
    ("resnet-cifar10/resnet20-12fca82f.onnx", IMAGENET, 9173),
    ("resnet-cifar10/resnet56-4bfd9763.onnx", IMAGENET, 9339),
    ("distiller/checkpoint_trained_dense.onnx", HALVES, 9171),
    ("distiller/checkpoint_trained_ch_regularized_dense.onnx", HALVES, 9081),
    ("distiller/checkpoint_trained_channel_regularized_resnet20_finetuned.onnx", HALVES, 9154),
]


class RealNetworks(CliCase):
    program = "ockham-run"

    def setUp(self):
        super().setUp()
        self.models = pathlib.Path(os.environ.get("OCKHAM_MODELS", "/none"))
        data = pathlib.Path(os.environ.get("OCKHAM_DATA", "/none"))
        if not self.models.is_dir():
            self.skipTest("OCKHAM_MODELS names no folder")
        if not (data / "cifar10").is_dir():
            self.skipTest("OCKHAM_DATA has no cifar10")

    def correct_answers(self, network, preprocessing):
        model = self.folder / "network.ockham"
        converted = run_program("ockham-convert", self.models / network, "-o", model, "--quiet")
        self.assertEqual(converted.returncode, 0, converted.stderr)
        said = self.assert_succeeds(model, "--data", "cifar10", "--normalize", preprocessing)
        return int(re.search(r"10000 images, (\d+) correct", said).group(1))

    def test_images_are_classified_as_their_authors_tools_do(self):
        for network, preprocessing, correct in NETWORKS:
            with self.subTest(network):
                self.assertEqual(self.correct_answers(network, preprocessing), correct)


if __name__ == "__main__":
    unittest.main()
