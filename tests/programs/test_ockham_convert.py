"""ockham-convert from the outside: what it writes, judged by ONNX Runtime and ockham-run, and the one
line it says when it fails."""

import json
import os
import pathlib
import pty
import subprocess
import tempfile
import unittest

import numpy as np
from cli_case import BIN, FAILURE, USAGE, CliCase, run_program

try:
    import onnxruntime
except ImportError:
    onnxruntime = None


class OckhamConvert(CliCase):
    program = "ockham-convert"

    @classmethod
    def setUpClass(cls):
        models = tempfile.TemporaryDirectory(prefix="ockham_models_")
        cls.addClassCleanup(models.cleanup)
        cls.models = pathlib.Path(models.name)
        written = run_program("write_onnx_models", cls.models)
        assert written.returncode == 0, written.stderr
        cls.masked = cls.models / "masked.onnx"
        cls.residual = cls.models / "residual.onnx"
        cls.scattered = cls.models / "scattered.onnx"

    def convert(self, source, *arguments):
        """Converts to model.ockham and compact.onnx; returns what was printed."""
        self.model, self.compact = self.folder / "model.ockham", self.folder / "compact.onnx"
        return self.assert_succeeds(source, "-o", self.model, "--onnx", self.compact, *arguments)


class Conversion(OckhamConvert):
    def test_prints_plan_agreement_and_files(self):
        printed = self.convert(self.masked)
        for part in ("20 -> 17", "3 filters are zero", "4 neurons are not used",
                     "verified on noise", f"wrote {self.model}",
                     f"wrote {self.compact}"):
            self.assertIn(part, printed)

    def test_a_file_that_is_self_test_above_all_says_so(self):
        self.assertNotIn("self-test", self.convert(self.masked))
        printed = self.convert(self.models / "slow.onnx")
        self.assertRegex(printed, r"wrote .*\n\d+ bytes of it are the self-test: inputs of \d images?")

    def test_quiet_prints_nothing(self):
        self.assertEqual(self.convert(self.masked, "--quiet"), "")
        self.assertTrue(self.model.exists())

    def test_converting_again_changes_nothing(self):
        for source in (self.masked, self.residual, self.scattered):
            self.convert(source)
            again = self.folder / "again.onnx"
            printed = self.assert_succeeds(self.compact, "-o", self.model, "--onnx", again)
            self.assertIn("nothing to remove", printed)
            self.assertIn("differ by 0.0e+00 of the largest in double", printed)
            self.assertEqual(len(again.read_bytes()), len(self.compact.read_bytes()))

    @unittest.skipIf(onnxruntime is None, "onnxruntime is not installed")
    def test_what_others_have_noted_is_kept(self):
        self.convert(self.masked)
        session = onnxruntime.InferenceSession(self.compact, providers=["CPUExecutionProvider"])
        self.assertEqual(session.get_modelmeta().custom_metadata_map["author"], "somebody")

    def test_a_sample_may_be_handed_in(self):
        sample = self.folder / "images.npy"
        images = np.random.default_rng(3).integers(0, 256, (20, 1, 28, 28)).astype(np.uint8)
        np.save(sample, images)
        self.convert(self.masked, "--sample", f"image={sample}")
        with_eight_images = self.model.stat().st_size
        np.save(sample, images[:3])
        self.convert(self.masked, "--sample", sample)
        image_and_answer = (28 * 28 + 10) * 4
        self.assertAlmostEqual(
            with_eight_images - self.model.stat().st_size, 5 * image_and_answer, delta=256)
        ran = run_program("ockham-run", self.model, "--random")
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_single_inputs_go(self):
        printed = self.convert(self.scattered)
        for part in ("800 -> 196", "604 inputs whose columns are zero", "50 -> 49"):
            self.assertIn(part, printed)
        explained = run_program("ockham-run", self.model, "--explain")
        self.assertEqual(explained.returncode, 0, explained.stderr)
        gathers = [line for line in explained.stdout.splitlines() if "fc1.inputs" in line]
        self.assertEqual(len(gathers), 1)
        self.assertIn("gather", gathers[0])

    def test_dry_run_writes_only_the_plan_asked_for(self):
        plan = self.folder / "plan.json"
        self.assert_succeeds(self.masked, "--dry-run", "--json", plan)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["plan.json"])
        layers = {layer["name"]: layer for layer in json.loads(plan.read_text())["layers"]}
        self.assertEqual(layers["conv1"]["width"], {"before": 20, "after": 17})
        self.assertEqual(layers["conv2"]["reason"], "2 filters are constant")
        self.assertEqual(layers["conv1"]["removed_filters"], [0, 5, 19])
        self.assertEqual(layers["conv2"]["removed_inputs"], [0, 5, 19])

    def test_plan_as_graphviz_text(self):
        dot = self.folder / "plan.dot"
        self.convert(self.residual, "--dot", dot)
        text = dot.read_text()
        self.assertTrue(text.startswith("digraph "))
        for part in ('label="conv1\\l', "width 8 -> ", "folded away", "may not be cut: output"):
            self.assertIn(part, text)

    def test_check_only_says_that_it_can(self):
        printed = self.assert_succeeds(self.masked, "--check")
        self.assertIn("can be imported", printed)
        self.assertIn("2293000 MACs", printed)

    def test_the_model_runs_and_passes_its_self_test(self):
        self.convert(self.masked)
        images = np.random.default_rng(1).standard_normal((3, 1, 28, 28)).astype(np.float32)
        source, target = self.folder / "in.npy", self.folder / "out.npy"
        np.save(source, images)
        ran = run_program("ockham-run", self.model, "--input", source, "--output", target)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(np.load(target).shape, (3, 10))

    def test_subnormal_weights_count_as_zeros(self):
        self.convert(self.models / "subnormal.onnx")
        ran = run_program("ockham-run", self.model, "--random")
        self.assertEqual(ran.returncode, 0, ran.stderr)

    @unittest.skipIf(onnxruntime is None, "onnxruntime is not installed")
    def test_onnx_runtime_sees_no_difference(self):
        for source, shape in (
            (self.masked, (4, 1, 28, 28)),
            (self.residual, (4, 3, 8, 8)),
            (self.scattered, (4, 1, 28, 28)),
        ):
            self.convert(source)
            images = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
            masked, compact = (
                onnxruntime.InferenceSession(str(path)).run(None, {"image": images})[0]
                for path in (source, self.compact)
            )
            self.assertLessEqual(np.abs(masked - compact).max(), 1e-5 * np.abs(masked).max())


class EmittedC(OckhamConvert):
    SAMPLE = pathlib.Path(__file__).parents[2] / "samples" / "04_emitted_c"

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_files_are_named_after_the_network(self):
        printed = self.assert_succeeds(self.masked, "--emit-c", self.folder)
        self.assertEqual(self.names(), ["masked.c", "masked.h"])
        self.assertIn(f"wrote {self.folder / 'masked.c'}", printed)

    def test_files_are_named_after_the_model_file(self):
        self.assert_succeeds(self.masked, "--emit-c", self.folder, "-o", self.folder / "LeNet-5.ockham")
        self.assertEqual(self.names(), ["LeNet-5.ockham", "lenet_5.c", "lenet_5.h"])

    def test_files_are_not_named_after_standard_output(self):
        command = [BIN / self.program, self.masked, "--emit-c", self.folder, "-o", "-"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        self.assertEqual(self.names(), ["masked.c", "masked.h"])

    def test_refuses_what_it_cannot_write(self):
        nowhere = self.folder / "nowhere"
        self.assert_fails(FAILURE, [nowhere], self.masked, "--emit-c", nowhere)
        self.assert_fails(USAGE, ["--emit-c"], self.masked, "--emit-c", self.folder, "--dry-run")
        self.assert_fails(USAGE, ["--json", "--emit-c"], self.masked, "--emit-c", self.folder,
                          "--json", self.folder / "masked.h")

    def test_the_sample_builds_and_runs(self):
        build = self.folder / "build"
        for command in (
            ["cmake", "-S", self.SAMPLE, "-B", build, f"-DNETWORK={self.masked}",
             f"-DOCKHAM_CONVERT={BIN / self.program}"],
            ["cmake", "--build", build],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        scores = subprocess.run([build / "emitted_c"], capture_output=True, text=True, check=True)
        expected = self.answer_to_zeros()
        np.testing.assert_allclose(np.array(scores.stdout.split(), float), expected, rtol=1e-4, atol=1e-5)

    def answer_to_zeros(self):
        """What ockham-run says of the sample's image."""
        self.convert(self.masked)
        image, answer = self.folder / "image.npy", self.folder / "answer.npy"
        np.save(image, np.zeros((1, 1, 28, 28), np.float32))
        ran = run_program("ockham-run", self.model, "--input", image, "--output", answer)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return np.load(answer)[0]


class Waiting(OckhamConvert):
    """A bar for conversions of more than a second, on a terminal only."""

    def errors_on_a_terminal(self, source, *options):
        terminal, program = pty.openpty()
        result = subprocess.run([str(BIN / self.program), str(source), "--dry-run", *options],
                                stdout=subprocess.DEVNULL, stderr=program, timeout=300)
        os.close(program)
        self.assertEqual(result.returncode, 0)
        text = b""
        try:
            while piece := os.read(terminal, 65536):
                text += piece
        except OSError:  # how Linux says that nobody writes any more
            pass
        os.close(terminal)
        return text.decode()

    def test_slow_conversions_have_a_bar_on_one_line(self):
        shown = self.errors_on_a_terminal(self.models / "slow.onnx")
        self.assertTrue(shown.startswith("\r\x1b[Kverifying ["), shown)
        self.assertIn("[########################] 100 % (1000/1000)", shown)
        self.assertEqual(shown.count("\n"), 1, shown)

    def test_quiet_ones_have_none(self):
        self.assertEqual(self.errors_on_a_terminal(self.models / "slow.onnx", "--quiet"), "")

    def test_other_files_than_terminals_get_nothing(self):
        result = self.run_cli(self.models / "slow.onnx", "--dry-run")
        self.assertEqual((result.returncode, result.stderr), (0, ""))


class Errors(OckhamConvert):
    def test_missing_file(self):
        self.assert_fails(FAILURE, ["nowhere.onnx"], "nowhere.onnx", "--check")

    def test_no_regular_file(self):
        pipe, empty = self.folder / "pipe", self.folder / "empty"
        os.mkfifo(pipe)
        empty.write_bytes(b"")
        for path, found in ((pipe, "a pipe"), (self.folder, "a directory"), (empty, "an empty file"),
                            ("/dev/null", "a device")):
            self.assert_fails(FAILURE, [path, f"found {found}, expected an ONNX file"], path, "--check")

    def test_no_onnx(self):
        other = self.folder / "text.onnx"
        other.write_text("a text, no network")
        self.assert_fails(FAILURE, ["text.onnx"], other, "--check")

    def test_all_that_is_refused_is_listed(self):
        done = self.run_cli(self.models / "refused.onnx", "--check")
        self.assertEqual(done.returncode, FAILURE, done.stderr)
        *listed, last = done.stderr.splitlines()
        self.assertEqual(len(listed), 2, done.stderr)
        self.assertIn("refused.onnx: node 'first' (Det): ", listed[0])
        self.assertRegex(listed[1], "refused.onnx: node 'third' .NonZero.: .* not supported$")
        self.assertIn("cannot be imported for 2 reasons, listed above; of 1 node behind", last)

    def test_wrong_usage(self):
        self.assert_fails(USAGE, ["-o OUT.ockham"], self.masked)
        self.assert_fails(USAGE, ["--frobnicate"], self.masked, "--frobnicate")
        self.assert_fails(USAGE, ["--dry-run"], self.masked, "--dry-run", "-o", "x.ockham")
        self.assert_fails(USAGE, ["--dot"], self.masked, "--check", "--dot", "x.dot")
        self.assert_fails(USAGE, ["input"])

    def test_shapes_that_do_not_fit(self):
        self.assertIn("can be imported",
                      self.assert_succeeds(self.masked, "--check", "--shape", "image=N,1,28,28"))
        for shape, text in (("image=1,1,32,28", "the file says 28"), ("picture=1,1", "'picture'"),
                            ("image=3,28,28", "3 extents are given, the input has 4 (N, 1, 28, 28)"),
                            ("image", "expected NAME=1,3,224,224"), ("image=1,x", "image=1,x"),
                            ("image=1,1,28,", "expected NAME="), ("=1,1", "expected NAME=")):
            self.assert_fails(USAGE, [text], self.masked, "--check", "--shape", shape)
        twice = ["--shape", "image=1,1,28,28"] * 2
        self.assert_fails(USAGE, ["given twice"], self.masked, "--check", *twice)

    def test_files_of_other_kinds_are_named(self):
        other = self.folder / "other"
        self.convert(self.masked)
        for content, advice in ((self.model.read_bytes(), "ONNX file that it was made from"),
                                (b"PK\x03\x04" + bytes(100), "torch.onnx.export"),
                                (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull")):
            other.write_bytes(content)
            self.assert_fails(FAILURE, [other, advice], other, "--check")

    def test_memory_limit(self):
        for amount in ("-1", "0", "x", "12XB", "99999999999999999999"):
            self.assert_fails(USAGE, ["--max-memory", "such as 512MB"], self.masked, "--check",
                              f"--max-memory={amount}")
        self.assert_fails(FAILURE, ["raise the memory limit (ockham-convert: --max-memory)"],
                          self.masked, "--check", "--max-memory", "1KB")
        self.assert_fails(FAILURE, ["memory"], self.masked, "--check", "--max-memory", "100KB")

    def test_a_sample_that_the_network_does_not_reproduce(self):
        target = self.folder / "x.ockham"
        self.assert_fails(
            FAILURE, ["does not reproduce the sample"], self.models / "mistaken.onnx", "-o", target
        )
        self.assertFalse(target.exists())

    def test_samples_that_do_not_fit(self):
        sample = self.folder / "images.npy"
        np.save(sample, np.zeros((2, 3, 28, 28), np.float32))
        arguments = (self.masked, "--dry-run", "--sample")
        self.assert_fails(USAGE, ["[2, 3, 28, 28]", "takes [N, 1, 28, 28]"], *arguments, sample)
        np.save(sample, np.full((2, 1, 28, 28), np.nan, np.float32))
        self.assert_fails(USAGE, ["not finite"], *arguments, sample)
        self.assert_fails(FAILURE, ["nowhere.npy"], *arguments, self.folder / "nowhere.npy")
        self.assert_fails(USAGE, ["--sample", "--json"], *arguments, sample, "--json", sample)

    def test_folder_that_does_not_exist(self):
        self.assert_fails(FAILURE, ["nowhere"], self.masked, "-o", self.folder / "nowhere" / "x.ockham")


if __name__ == "__main__":
    unittest.main()
