"""ockham-run from the outside: what it writes, and the one line it says when it fails."""

import csv
import json
import pathlib
import re
import shutil
import tempfile
import unittest

import numpy as np
from bars import write_idx
from cli_case import BIN, FAILURE, SUCCESS, USAGE, CliCase, run_program

CLASSES = 10


class OckhamRun(CliCase):
    program = "ockham-run"

    @classmethod
    def setUpClass(cls):
        models = tempfile.TemporaryDirectory(prefix="ockham_models_")
        cls.addClassCleanup(models.cleanup)
        folder = pathlib.Path(models.name)
        written = run_program("write_models", folder)
        assert written.returncode == 0, written.stderr
        cls.digits = folder / "digits.ockham"
        cls.plain_digits = folder / "plain_digits.ockham"
        cls.named_digits = folder / "named_digits.ockham"
        cls.adder = folder / "adder.ockham"

    def save(self, name, array):
        np.save(self.folder / name, array)
        return self.folder / name

    def pictures(self, count):
        random = np.random.default_rng(7)
        return random.integers(0, 256, size=(count, 1, 28, 28), dtype=np.uint8)

    def scores(self, array, *arguments, model=None):
        """Runs a model on an array and reads what it wrote."""
        source, target = self.save("in.npy", array), self.folder / "out.npy"
        self.assert_succeeds(
            model or self.digits, "--input", source, "--output", target, *arguments
        )
        return np.load(target)

    def assert_close(self, found, expected):
        self.assertEqual(found.shape, expected.shape)
        tolerance = 1e-5 * np.abs(expected).max()
        self.assertLessEqual(np.abs(found - expected).max(), tolerance)


class Arrays(OckhamRun):
    def test_batches_and_kernels_answer_the_same(self):
        images = np.random.default_rng(3).random((5, 1, 28, 28), dtype=np.float32)
        scores = self.scores(images)
        self.assertEqual(scores.shape, (5, CLASSES))
        self.assertEqual(scores.dtype, np.float32)
        self.assertGreater(np.ptp(scores), 0)
        self.assert_close(self.scores(images, "--reference"), scores)
        self.assert_close(self.scores(images, "--batch", 2), scores)
        self.assert_close(self.scores(images, "--threads", 2), scores)
        for i, image in enumerate(images):
            self.assert_close(self.scores(image), scores[i : i + 1])

    def test_indices_are_written_as_int64(self):
        images = self.pictures(5)
        classes = self.scores(images, model=self.named_digits)
        self.assertEqual(classes.dtype, np.int64)
        self.assertEqual(classes.tolist(), self.scores(images).argmax(axis=1).tolist())

    def test_bytes_are_prepared_as_the_model_says(self):
        pictures = self.pictures(2)
        prepared = ((pictures / np.float32(255) - 0.25) / 0.5).astype(np.float32)
        self.assert_close(self.scores(pictures), self.scores(prepared))

    def test_bytes_without_preprocessing_are_taken_as_they_are(self):
        pictures = self.pictures(2)
        expected = self.scores(pictures.astype(np.float32), model=self.plain_digits)
        self.assert_close(self.scores(pictures, model=self.plain_digits), expected)

    def test_normalize_overrides_the_model(self):
        pictures = self.pictures(2)
        prepared = ((pictures * np.float32(0.5) - 2) / 4).astype(np.float32)
        expected = self.scores(prepared)
        self.assert_close(self.scores(pictures, "--normalize", "0.5,2,4"), expected)
        as_floats = pictures.astype(np.float32)
        self.assert_close(self.scores(as_floats, "--normalize", "0.5,2,4"), expected)

    def test_numbers_of_every_type_and_order_are_taken(self):
        numbers = np.random.default_rng(4).integers(0, 100, (3, 1, 28, 28))
        expected = self.scores(numbers.astype(np.float32))
        for dtype in ("<f2", ">f4", "<f8", "<i2", ">i4", "<i8", "<u2", "<u4"):
            self.assert_close(self.scores(numbers.astype(dtype)), expected)
        self.assert_close(self.scores(np.asfortranarray(numbers.astype(np.float32))), expected)

    def test_several_inputs_and_outputs(self):
        left = np.array([[1, -2, 3], [4, 5, 6]], dtype=np.float32)
        right = np.array([[10, -20, -30], [1, 1, 1]], dtype=np.float32)
        total, positive = self.folder / "sum.npy", self.folder / "positive.npy"
        self.assert_succeeds(
            self.adder,
            "--input", f"right={self.save('right.npy', right)}",
            "--input", f"left={self.save('left.npy', left)}",
            "--output", f"positive={positive}",
            "--output", f"sum={total}",
        )  # fmt: skip
        np.testing.assert_array_equal(np.load(total), left + right)
        np.testing.assert_array_equal(np.load(positive), np.maximum(left + right, 0))

    def test_without_output_it_sums_up(self):
        zeros = self.save("zeros.npy", np.zeros((2, 3), dtype=np.float32))
        ones = self.save("ones.npy", np.ones((2, 3), dtype=np.float32))
        printed = self.assert_succeeds(
            self.adder, "--input", f"left={zeros}", "--input", f"right={ones}"
        )
        self.assertIn("input 'left' [2, 3]: min 0, max 0, mean 0", printed)
        self.assertIn("output 'sum' [2, 3]: min 1, max 1, mean 1", printed)

    def test_quiet_prints_nothing(self):
        source = self.save("in.npy", self.pictures(1))
        target = self.folder / "out.npy"
        result = self.run_cli(self.digits, "--input", source, "--output", target, "--quiet")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertTrue(target.exists())


class MadeUpInput(OckhamRun):
    def random_scores(self, *arguments):
        target = self.folder / "out.npy"
        self.assert_succeeds(self.digits, "--random", "--output", target, *arguments)
        return np.load(target)

    def test_prints_shapes_and_a_summary(self):
        printed = self.assert_succeeds(self.digits, "--random", "--batch", 3)
        self.assertRegex(printed, r"input '\w+' \[3, 1, 28, 28\]: min 0.*, max 0.99")
        self.assertRegex(printed, r"output '\w+' \[3, 10\]: min .*, max .*, mean ")

    def test_is_the_same_for_the_same_seed(self):
        first = self.random_scores("--seed", 5)
        np.testing.assert_array_equal(first, self.random_scores("--seed", 5))
        self.assertFalse(np.array_equal(first, self.random_scores("--seed", 6)))

    def test_explain_prints_the_plan(self):
        printed = self.assert_succeeds(self.digits, "--explain")
        for layer in ("conv1", "conv2", "fc1"):
            self.assertIn(layer, printed)
        self.assertIn("reference", self.assert_succeeds(self.digits, "--explain", "--reference"))
        self.assertIn("conv1", self.assert_succeeds(self.digits, "--explain", "--exact"))
        self.assertIn("arena", printed)

    def test_runs_in_bfloat16_what_gains_from_it(self):
        rounded = ("--precision", "bf16")
        printed = self.assert_succeeds(self.digits, "--explain", *rounded)
        self.assertIn("ockham:tiles_bf16", printed)
        self.assertIn("; not bf16: ", printed)
        exact, scores = self.random_scores(), self.random_scores(*rounded)
        self.assertFalse(np.array_equal(scores, exact))
        np.testing.assert_allclose(scores, exact, atol=0.02 * np.abs(exact).max())
        result = self.run_cli(self.adder, "--random", *rounded)
        self.assertIn("no step gains from it: all compute in 'fp32'", result.stderr)
        self.assertIn("packed weights of ", printed)


class Cuda(OckhamRun):
    """With a module that needs no GPU (tests/runtime/session/fake_cuda_module.cpp)."""

    FAKE = BIN.parent / "lib" / "libfake_cuda.so"

    def install(self, place):
        """A copy of the program in bin/, and one of the module, if any, in `place`."""
        for folder in ("bin", "lib"):
            (self.folder / folder).mkdir()
        if place:
            shutil.copy(self.FAKE, self.folder / place / "libockham_cuda.so")
        return shutil.copy(BIN / "ockham-run", self.folder / "bin" / "ockham-run")

    def explain(self, program, **environment):
        return run_program(program, self.digits, "--device", "cuda", "--explain",
                           environment={"OCKHAM_CUDA_MODULE": "", **environment})

    def test_finds_the_module_where_it_is_installed(self):
        for place in ("bin", "lib"):
            with self.subTest(place=place), tempfile.TemporaryDirectory() as folder:
                self.folder = pathlib.Path(folder)
                self.assertIn("fake", self.explain(self.install(place)).stdout)

    def test_finds_the_module_where_the_system_looks(self):
        program = self.install(None)
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(self.FAKE, elsewhere / "libockham_cuda.so")
        self.assertIn("fake", self.explain(program, LD_LIBRARY_PATH=str(elsewhere)).stdout)

    def test_says_where_it_looked(self):
        result = self.explain(self.install(None))
        self.assertEqual(result.returncode, FAILURE, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for part in ("libockham_cuda.so was not found", f"'{self.folder}/bin'",
                     f"'{self.folder}/lib'", "ockham_cuda", "use device 'cpu'"):
            self.assertIn(part, result.stderr)

    def test_runs_in_the_precision_that_is_asked_for(self):
        environment = {"OCKHAM_CUDA_MODULE": str(self.FAKE)}
        arguments = (self.digits, "--random", "--device", "cuda")
        exact = self.assert_succeeds(*arguments, environment=environment)
        rounded = self.assert_succeeds(*arguments, "--precision", "fp16", environment=environment)
        self.assertNotEqual(exact, rounded)

    def test_says_what_tuning_says(self):
        note = "tuning: there is nothing to measure\n"
        arguments = (self.digits, "--random", "--device", "cuda", "--tune")
        environment = {"OCKHAM_CUDA_MODULE": str(self.FAKE)}
        for option, output, errors in (((), 0, 1), (("--explain",), 1, 0), (("--quiet",), 0, 0)):
            with self.subTest(option=option):
                result = self.run_cli(*arguments, *option, environment=environment)
                self.assertEqual(result.returncode, SUCCESS, result.stderr)
                self.assertEqual(result.stdout.count(note), output)
                self.assertEqual(result.stderr.count(note), errors)


class Tuning(OckhamRun):
    def run_tuned(self, *arguments, cache):
        environment = {"OCKHAM_CACHE_DIR": str(cache)}
        result = self.run_cli(self.digits, "--random", "--tune", *arguments, environment=environment)
        self.assertEqual(result.returncode, SUCCESS, result.stderr)
        return result

    def test_says_and_keeps_what_was_measured(self):
        first = self.run_tuned(cache=self.folder)
        self.assertRegex(first.stderr, r"tuning took [0-9.]+ s\n")
        self.assertRegex(first.stderr, rf"tuning: [1-9]\d* measured, 0 known from '{self.folder}/")
        second = self.run_tuned(cache=self.folder)
        self.assertRegex(second.stderr, r"tuning: 0 measured, [1-9]\d* known")
        self.assertNotIn("took", second.stderr)
        self.assertEqual(second.stdout, first.stdout)

    def test_keeps_nothing_where_that_is_not_wanted(self):
        self.assertIn("not kept", self.run_tuned(cache="").stderr)

    def test_explains_what_each_kernel_took(self):
        plan = self.run_tuned("--explain", cache=self.folder).stdout
        self.assertRegex(plan, r"ockham:\S+ +tuned: [0-9.]+ us; \S+ [0-9.]+ us")


class Profile(OckhamRun):
    def test_has_every_step_of_the_plan(self):
        table, trace = self.folder / "profile.csv", self.folder / "trace.json"
        printed = self.assert_succeeds(self.digits, "--random", "--batch", 2, "--quiet", "--profile",
                                       "--profile-csv", table, "--profile-trace", trace)
        self.assertRegex(printed, r"medians of \d+ runs of 2 images")
        with open(table, newline="") as file:
            steps = list(csv.DictReader(file))
        self.assertEqual(sum(int(step["macs"]) for step in steps), 2293000)
        self.assertTrue(all(float(step["us"]) >= 0 for step in steps))
        for step in steps:
            self.assertIn(step["step"], printed)
        events = json.loads(trace.read_text())["traceEvents"]
        self.assertEqual([event["name"] for event in events], [step["step"] for step in steps])
        for before, after in zip(events, events[1:]):
            self.assertAlmostEqual(before["ts"] + before["dur"], after["ts"], places=6)

    def test_one_image_is_no_images(self):
        printed = self.assert_succeeds(self.digits, "--random", "--quiet", "--profile")
        self.assertRegex(printed, r"medians of \d+ runs of 1 image\n")

    def test_needs_something_to_run_on(self):
        self.assert_fails(USAGE, ["--profile", "--random"], self.digits, "--explain", "--profile")


class Accuracy(OckhamRun):
    COUNT = 150  # no multiple of the batch

    def setUp(self):
        super().setUp()
        self.images = self.pictures(self.COUNT)
        scores = self.scores(self.images)
        self.labels = scores.argmax(axis=1)
        self.labels[:30] = (self.labels[:30] + 1) % CLASSES  # 30 wrong ones
        write_idx(self.folder / "t10k-images-idx3-ubyte", self.images[:, 0])
        write_idx(self.folder / "t10k-labels-idx1-ubyte", self.labels)

    def test_counts_what_is_right(self):
        printed = self.assert_succeeds(
            self.digits, "--data", "mnist", "--data-dir", self.folder, "--json"
        )
        self.assertEqual(
            json.loads(printed), {"images": self.COUNT, "correct": 120, "error_percent": 20.0}
        )

    def test_counts_classes_that_the_model_names(self):
        printed = self.assert_succeeds(
            self.named_digits, "--data", "mnist", "--data-dir", self.folder, "--json"
        )
        self.assertEqual(json.loads(printed)["correct"], 120)

    def test_says_it_in_words_too(self):
        arguments = (self.digits, "--data", "mnist", "--data-dir", self.folder, "--batch", 7)
        self.assertEqual(
            self.assert_succeeds(*arguments), "150 images, 120 correct: 20.00 % error\n"
        )

    def test_finds_data_by_the_environment(self):
        printed = self.assert_succeeds(
            self.digits, "--data", "mnist", "--json", environment={"OCKHAM_DATA": str(self.folder)}
        )
        self.assertEqual(json.loads(printed)["correct"], 120)

    def test_normalize_overrides_the_model(self):
        scores = self.scores(self.images, "--normalize", "0.001,0.5,2", model=self.plain_digits)
        printed = self.assert_succeeds(
            self.digits, "--data", "mnist", "--data-dir", self.folder, "--json",
            "--normalize", "0.001,0.5,2",
        )  # fmt: skip
        self.assertEqual(
            json.loads(printed)["correct"], int((scores.argmax(axis=1) == self.labels).sum())
        )

    def test_names_what_is_missing(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_fails(
            FAILURE, ["t10k-images-idx3-ubyte", empty],
            self.digits, "--data", "mnist", "--data-dir", empty, environment={"OCKHAM_DATA": ""},
        )  # fmt: skip

    def test_refuses_damaged_data(self):
        path = self.folder / "t10k-images-idx3-ubyte"
        path.write_bytes(path.read_bytes()[:-1])
        self.assert_fails(
            FAILURE, [path], self.digits, "--data", "mnist", "--data-dir", self.folder
        )

    def test_refuses_a_model_for_other_pictures(self):
        self.assert_fails(
            USAGE, ["one input and one output"],
            self.adder, "--data", "mnist", "--data-dir", self.folder,
        )  # fmt: skip


class Failures(OckhamRun):
    def test_missing_model(self):
        absent = self.folder / "absent.ockham"
        self.assert_fails(FAILURE, [absent], absent, "--random")

    def test_folder_as_model(self):
        self.assert_fails(FAILURE, [self.folder], self.folder, "--random")

    def test_onnx_names_the_converter(self):
        path = self.folder / "net.onnx"
        path.write_bytes(b"\x08\x08\x12\x07pytorch")
        self.assert_fails(FAILURE, [path, "ONNX file", "ockham-convert FILE.onnx"], path, "--random")

    def test_damaged_model(self):
        damaged = self.folder / "damaged.ockham"
        damaged.write_bytes(self.digits.read_bytes()[:-1])
        self.assert_fails(FAILURE, [damaged, "length"], damaged, "--random")

    def test_wrong_usage(self):
        array = self.save("in.npy", self.pictures(1))
        for parts, arguments in (
            (["model"], []),
            (["--input, --random or --data"], [self.digits]),
            (["--sauce"], [self.digits, "--random", "--sauce"]),
            (["--random", "--input"], [self.digits, "--random", "--input", array]),
            (["--data"], [self.digits, "--random", "--data", "mnist"]),
            (["cifar"], [self.digits, "--data", "cifar"]),
            (["--json"], [self.digits, "--random", "--json"]),
            (["--threads", "from 1 to 1024"], [self.digits, "--random", "--threads", 0]),
            (["--batch", "from 1 to 1048576"], [self.digits, "--random", "--batch", 0]),
            (["--batch"], [self.digits, "--random", "--batch", -1]),
            (["--seed"], [self.digits, "--random", "--seed", -1]),
            (["--batch"], [self.digits, "--random", "--batch", "many"]),
            (["--memory", "such as 512MB"], [self.digits, "--random", "--memory", "much"]),
            (["--device"], [self.digits, "--random", "--device", "abacus"]),
        ):
            with self.subTest(arguments=arguments):
                self.assert_fails(USAGE, parts, *arguments)

    def test_too_little_memory(self):
        self.assert_fails(FAILURE, ["memory limit is 1024"], self.digits, "--random", "--memory",
                          "1KB")

    def test_wrong_normalize(self):
        array = self.save("in.npy", self.pictures(1))
        for text in ("1", "1,2", "1,2,3,4", "1,x,1", "1,0,0", "1,0:0,1", "nan,0,1", "1,,1"):
            with self.subTest(text=text):
                self.assert_fails(
                    USAGE, [], self.digits, "--input", array, "--normalize", text
                )

    def test_cuda_without_a_module_is_refused_in_a_sentence(self):
        self.assert_fails(
            FAILURE, ["'cuda'", "/absent.so", "use device 'cpu'"], self.digits, "--random",
            "--device", "cuda", environment={"OCKHAM_CUDA_MODULE": "/absent.so"},
        )

    def test_some_precisions_are_for_cuda(self):
        self.assert_fails(
            FAILURE, ["'fp16'", "'fp32' or 'bf16' only", "device 'cuda'"], self.digits, "--random",
            "--precision", "fp16"
        )
        self.assert_fails(USAGE, ["--precision"], self.digits, "--random", "--precision", "fp8")

    def test_missing_array(self):
        absent = self.folder / "absent.npy"
        self.assert_fails(FAILURE, [absent], self.digits, "--input", absent)

    def test_array_of_another_shape(self):
        array = self.save("in.npy", np.zeros((2, 1, 28, 27), dtype=np.float32))
        self.assert_fails(
            USAGE, [array, "[2, 1, 28, 27]", "[N, 1, 28, 28]"], self.digits, "--input", array
        )
        for shape in ((), (0, 1, 28, 28), (28, 28), (1, 1, 1, 28, 28)):
            array = self.save("in.npy", np.zeros(shape, dtype=np.float32))
            with self.subTest(shape=shape):
                self.assert_fails(USAGE, [array], self.digits, "--input", array)

    def test_array_of_another_type(self):
        array = self.save("in.npy", np.zeros((1, 1, 28, 28), dtype=np.complex64))
        self.assert_fails(FAILURE, [array, "<c8", "astype"], self.digits, "--input", array)

    def test_truncated_array(self):
        array = self.save("in.npy", np.zeros((2, 1, 28, 28), dtype=np.float32))
        content = array.read_bytes()
        for size in (0, 5, 9, 60, 128, len(content) - 1):
            array.write_bytes(content[:size])
            with self.subTest(size=size):
                self.assert_fails(FAILURE, [array], self.digits, "--input", array)

    def test_wrong_names(self):
        array = self.save("in.npy", np.zeros((1, 3), dtype=np.float32))
        left, right = f"left={array}", f"right={array}"
        for parts, arguments in (
            (["NAME=FILE", "'left', 'right'"], ["--input", array]),
            (["NAME=FILE"], ["--input", f"middle={array}"]),
            (["input 'right'", "--input right=FILE"], ["--input", left]),
            (["twice"], ["--input", left, "--input", left]),
            (["output 'positive'"], ["--input", left, "--input", right, "--output", "sum=x.npy"]),
        ):
            with self.subTest(arguments=arguments):
                self.assert_fails(USAGE, parts, self.adder, *arguments)

    def test_a_name_that_the_only_output_has_not(self):
        self.assert_fails(USAGE, ["NAME=FILE", "./skores=x.npy"], self.digits, "--random",
                          "--output", "skores=x.npy")
        self.assertFalse((self.folder / "skores=x.npy").exists())
        self.assert_fails(USAGE, ["NAME=FILE, NAME one of", "./imaje=x.npy"], self.digits,
                          "--input", "imaje=x.npy")

    def test_a_file_whose_name_has_a_sign_of_equality(self):
        file = self.folder / "scores=x.npy"
        self.assert_succeeds(self.digits, "--random", "--quiet", "--output", file)
        self.assertTrue(file.exists())

    def test_arrays_with_different_numbers_of_images(self):
        one = self.save("one.npy", np.zeros((1, 3), dtype=np.float32))
        two = self.save("two.npy", np.zeros((2, 3), dtype=np.float32))
        self.assert_fails(
            USAGE, [two, "2 images", "has 1 image ("], self.adder, "--input", f"left={one}", "--input", f"right={two}"
        )

    def test_output_that_cannot_be_written(self):
        target = self.folder / "absent" / "out.npy"
        self.assert_fails(FAILURE, [target], self.digits, "--random", "--output", target)


class Help(OckhamRun):
    def test_help_has_an_example(self):
        printed = self.assert_succeeds("--help")
        self.assertIn("ockham-run lenet5.ockham --input", printed)

    def test_version(self):
        self.assertTrue(re.fullmatch(r"ockham-run \d+\.\d+\.\d+\n", self.assert_succeeds("--version")))


if __name__ == "__main__":
    unittest.main()
