"""ockham-train from the outside, and the whole path from it to a running model."""

import json
import signal
import subprocess
import time
import unittest

import numpy as np
from bars import write_bars
from cli_case import BIN, FAILURE, USAGE, CliCase, run_program

# Much pruning in few steps: small batches.
TINY = ["--network", "lenet5", "--batch", 8, "--price", 0.03, "--threads", 1,
        "--pretrain-epochs", 1, "--prune-epochs", 7, "--finetune-epochs", 2]


class OckhamTrain(CliCase):
    program = "ockham-train"

    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        write_bars(self.data)

    def arguments(self, out, *more):
        return [*TINY, "--data-dir", self.data, "--out", self.folder / out, *more]

    def summary(self, out):
        return json.loads((self.folder / out / "summary.json").read_text())


class Refusals(OckhamTrain):
    def test_missing_data_names_where_to_get_it(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_fails(FAILURE, ["mnist", "train-images"], "--data-dir", empty,
                          "--out", self.folder / "run", environment={"OCKHAM_DATA": str(empty)})

    def test_wrong_usage(self):
        self.assert_fails(USAGE, ["--help"], "--out", self.folder / "run", "--colour", "red")
        self.assert_fails(USAGE, ["--network"], *self.arguments("run", "--network", "resnet9000"))
        self.assert_fails(USAGE, ["--method"], *self.arguments("run", "--method", "magic"))
        self.assert_fails(USAGE, ["--out"], "--network", "lenet5")
        for option, value, expected in (("--network", "nowhere.onnx", "built-in network: lenet5"),
                                        ("--network", self.folder, "built-in network: lenet5"),
                                        ("--threads", 0, "a whole number from 1 to 1024"),
                                        ("--price", "-1", "a number, 0 or more"),
                                        ("--val-split", "x", "a number from 0 to 0.9")):
            self.assert_fails(USAGE, [option, f"'{value}': expected ", expected],
                              *self.arguments("run", option, value))

    def test_a_folder_that_cannot_be_made(self):
        (self.folder / "file").write_text("")
        self.assert_fails(FAILURE, ["file"], *self.arguments("file/run"))

    def test_help_has_an_example(self):
        self.assertIn("Example:", self.assert_succeeds("--help"))


class Recipes(OckhamTrain):
    SHORT = ["--threads", 1, "--quiet"]

    def recipe(self, *lines):
        path = self.folder / "recipe.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def train(self, *lines, more=()):
        return ["--recipe", self.recipe(*lines), "--data-dir", self.data, "--out",
                self.folder / "run", *self.SHORT, *more]

    LINES = ('# a comment', 'network = "lenet-300-100"', 'method = "gate-ard"', "price = 2.5", "batch = 16",
             "pretrain-epochs = 1", "prune-epochs = 1", "finetune-epochs = 1", "",
             "[results]", "seeds = [0, 1]", "order = 3")

    def test_give_options_that_the_command_line_overrides(self):
        self.assert_succeeds(*self.train(*self.LINES, more=["--price", 3.5]))
        settings = self.summary("run")["settings"]
        self.assertEqual(settings["method"], "gate-ard")
        self.assertEqual((settings["price"], settings["batch"]), (3.5, 16))

    def test_unknown_keys_and_sections_are_named(self):
        self.assert_fails(USAGE, ["colour"], *self.train('colour = "red"', *self.LINES))
        self.assert_fails(USAGE, ["[other]"], *self.train(*self.LINES, "[other]", "x = 1"))
        self.assert_fails(USAGE, ["resnet9000"], *self.train('network = "resnet9000"'))

    def test_a_missing_file_is_named(self):
        self.assert_fails(USAGE, ["nowhere.toml"], "--recipe", self.folder / "nowhere.toml",
                          "--out", self.folder / "run")


class Pretraining(OckhamTrain):
    SHORT = ["--network", "lenet-300-100", "--dense-only", "--pretrain-epochs", 2, "--threads", 1, "--quiet"]
    SGD = ["--optimizer", "sgd", "--learning-rate", 0.02, "--momentum", 0.8, "--weight-decay", 1e-4,
           "--warmup-epochs", 1, "--rate-schedule", "cosine", "--crop", 1, "--no-flip"]

    def test_is_as_the_options_say(self):
        arguments = [*self.SHORT, "--data-dir", self.data, "--out", self.folder / "run", *self.SGD]
        self.assert_succeeds(*arguments)
        settings = self.summary("run")["settings"]
        expected = {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.8, "weight_decay": 1e-4,
                    "warmup_epochs": 1, "rate_schedule": "cosine", "crop": 1, "flip": False}
        self.assertEqual({name: settings[name] for name in expected}, expected)
        other = [0.03 if one == 0.02 else one for one in arguments]
        self.assert_fails(USAGE, ["learning_rate", "0.02"], *other, "--resume")

    def test_is_not_for_a_trained_network(self):
        self.assert_succeeds(*self.SHORT, "--data-dir", self.data, "--out", self.folder / "dense")
        self.assertEqual(self.summary("dense")["settings"]["optimizer"], "adam")
        self.assert_fails(USAGE, ["--from", "is a trained network", "--optimizer"], "--from",
                          self.folder / "dense" / "dense.onnx", "--optimizer", "sgd", "--data-dir", self.data,
                          "--out", self.folder / "run")

    def test_options_that_are_unknown_or_out_of_range_are_named(self):
        for option, value in (("--optimizer", "lbfgs"), ("--rate-schedule", "step"), ("--momentum", 1.5),
                              ("--weight-decay", -1), ("--warmup-epochs", -1)):
            self.assert_fails(USAGE, [option], *self.arguments("run", option, value))


class DenseStart(OckhamTrain):
    SHORT = ["--network", "lenet-300-100", "--batch", 16, "--price", 3, "--method", "gate-ard",
             "--threads", 1, "--prune-epochs", 2, "--finetune-epochs", 1]

    def short(self, out, *more):
        return [*self.SHORT, "--data-dir", self.data, "--out", self.folder / out, *more]

    def test_from_dense_to_an_explanation(self):
        self.assert_succeeds(*self.short("dense", "--dense-only", "--pretrain-epochs", 1))
        dense = self.folder / "dense" / "dense.onnx"
        self.assertNotIn("pruned", self.summary("dense"))
        self.assert_succeeds(*self.short("run", "--from", dense))
        summary = self.summary("run")
        self.assertEqual(summary["dense"], self.summary("dense")["dense"])
        self.assertEqual(len(summary["cut_sensitivity"]), 17)
        macs = [cut["macs"] for cut in summary["cut_sensitivity"]]
        self.assertEqual(macs, sorted(macs, reverse=True))
        self.assertEqual(len(summary["empty_region"]["overall"]["region"]), 2)
        text = self.assert_succeeds("--explain", self.folder / "run")
        self.assertEqual(sum("keeping it cost" in line or "along with others" in line
                             for line in text.splitlines()), 300 + 100)
        self.assertIn("fc1 inputs: ", text)
        self.assert_fails(FAILURE, ["posterior.json"], "--explain", self.folder / "dense")

    def test_a_network_in_a_file_is_pruned_as_it_is(self):
        self.assert_succeeds(*self.short("dense", "--dense-only", "--pretrain-epochs", 1))
        dense = self.folder / "dense" / "dense.onnx"
        given = [dense if one == "lenet-300-100" else one for one in self.short("run")]
        self.assert_succeeds(*given)
        self.assertEqual(self.summary("run")["dense"], self.summary("dense")["dense"])
        self.assert_fails(USAGE, ["--network", "--from"], *given, "--from", dense)
        self.assert_fails(USAGE, ["--network", "--pretrain-epochs"], *given, "--pretrain-epochs", 1)

    def test_the_network_and_its_data_are_never_outputs(self):
        self.assertEqual(run_program("write_onnx_models", self.folder).returncode, 0)
        network, data = self.folder / "external.onnx", self.folder / "external.data"
        (self.folder / "run" / "price-3").mkdir(parents=True)
        output = self.folder / "run" / "summary.json"
        of_sweep = self.folder / "run" / "price-3" / "pruned.onnx"
        start = ["--from", network, "--data-dir", self.data, "--out", self.folder / "run"]
        before = network.read_bytes(), data.read_bytes()
        for link, options in ((output, []), (of_sweep, ["--sweep", "0,3"])):
            for target, named in ((network, "--from"), (data, "the network's data")):
                link.symlink_to(target)
                self.assert_fails(USAGE, [f"would overwrite {named} {target}"], *start, *options)
                link.unlink()
        self.assertEqual((network.read_bytes(), data.read_bytes()), before)

    def test_all_epochs_go_to_the_phases_that_run(self):
        self.assert_succeeds("--network", "lenet-300-100", "--dense-only", "--epochs", 2, "--quiet",
                             "--data-dir", self.data, "--out", self.folder / "dense")
        self.assert_succeeds("--network", self.folder / "dense" / "dense.onnx", "--epochs", 4, "--quiet",
                             "--method", "gate-ard", "--data-dir", self.data, "--out", self.folder / "run")
        phases = ("pretrain_epochs", "prune_epochs", "finetune_epochs")
        for run, expected in (("dense", (2, 0, 0)), ("run", (0, 1, 3))):
            settings = self.summary(run)["settings"]
            self.assertEqual(tuple(settings[phase] for phase in phases), expected)
        metrics = (self.folder / "run" / "metrics.jsonl").read_text().splitlines()
        self.assertEqual(len(metrics), 4)

    def test_an_input_preprocessing_that_does_not_fit_is_refused(self):
        self.assert_fails(USAGE, ["SCALE,MEAN,DEVIATION"], *self.short("run", "--normalize", "0.5"))
        self.assert_fails(USAGE, ["2 means", "1 channels"],
                          *self.short("run", "--normalize", "1,0.5:0.5,0.5:0.5"))

    def test_pretraining_a_trained_network_is_refused(self):
        (self.folder / "dense.onnx").write_text("")
        self.assert_fails(USAGE, ["--from", "--pretrain-epochs"],
                          *self.short("run", "--from", self.folder / "dense.onnx",
                                      "--pretrain-epochs", 1))

    def test_price_zero_says_so(self):
        free = [0 if one == 3 else one for one in self.short("run", "--pretrain-epochs", 1)]
        output = self.assert_succeeds(*free)
        self.assertIn("price 0: nothing is charged, so nothing is removed", output)

    def test_a_sweep_ends_with_a_table(self):
        priced = self.short("sweep", "--sweep", "0,3", "--pretrain-epochs", 1, "--optimizer", "sgd",
                            "--quiet")
        self.assert_fails(USAGE, ["--sweep", "--price"], *priced)
        at = priced.index("--price")
        output = self.assert_succeeds(*priced[:at], *priced[at + 2:])
        self.assertEqual(len(output.strip().splitlines()), 3, output)
        recipe = self.folder / "priced.toml"
        recipe.write_text("price = 7\n")
        self.assert_succeeds("--recipe", recipe, *priced[:at], *priced[at + 2:])
        sweep = json.loads((self.folder / "sweep" / "sweep.json").read_text())
        self.assertEqual([point["price"] for point in sweep["points"]], [0, 3])


class WholePath(OckhamTrain):
    """One run, killed on the way, resumed, converted, executed, and judged by ONNX Runtime."""

    def kill_after_some_epochs(self, out):
        process = subprocess.Popen([str(BIN / "ockham-train"), *map(str, self.arguments(out))],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        metrics = self.folder / out / "metrics.jsonl"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            if metrics.exists() and metrics.read_text().count("\n") >= 4:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        self.assertEqual(process.returncode, -signal.SIGKILL, "it ended before it could be killed")

    def test_killed_and_resumed_equals_unbroken(self):
        self.assert_succeeds(*self.arguments("unbroken", "--quiet"))
        self.kill_after_some_epochs("broken")
        self.assert_succeeds(*self.arguments("broken", "--quiet", "--resume"))
        unbroken, broken = self.summary("unbroken"), self.summary("broken")
        for summary in (unbroken, broken):
            del summary["seconds"]
        self.assertEqual(unbroken, broken)
        metrics = (self.folder / "broken" / "metrics.jsonl").read_text().splitlines()
        self.assertEqual(len(metrics), 10)

    def test_from_training_to_a_running_model(self):
        self.assert_succeeds(*self.arguments("run"))
        run, summary = self.folder / "run", self.summary("run")
        self.assertLess(summary["pruned"]["macs"], summary["dense"]["macs"])
        compact = run / "compact.onnx"
        for name, more in (("dense", []), ("pruned", ["--onnx", compact])):
            self.convert(run / f"{name}.onnx", run / f"{name}.ockham", *more)
        self.convert(compact, run / "again.ockham", "--onnx", run / "again.onnx")

        for name in ("dense", "pruned"):
            accuracy = run_program("ockham-run", run / f"{name}.ockham", "--data", "mnist",
                                   "--data-dir", self.data, "--json", "--quiet")
            self.assertEqual(accuracy.returncode, 0, accuracy.stderr)
            self.assertAlmostEqual(json.loads(accuracy.stdout)["error_percent"],
                                   summary[name]["test_error_percent"], places=6)
        self.assert_same_network(compact, run / "again.onnx")
        self.assert_agrees_with_onnx_runtime(run, {"dense.onnx": "dense.ockham",
                                                   "pruned.onnx": "pruned.ockham",
                                                   "compact.onnx": "pruned.ockham"})

    def convert(self, source, target, *more):
        result = run_program("ockham-convert", source, "-o", target, *more)
        self.assertEqual(result.returncode, 0, result.stderr)

    def outputs(self, model, images):
        np.save(self.folder / "in.npy", images)
        result = run_program("ockham-run", model, "--input", self.folder / "in.npy",
                             "--output", self.folder / "out.npy", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        return np.load(self.folder / "out.npy")

    def assert_same_network(self, first, second):
        for path in (first, second):
            self.convert(path, self.folder / f"{path.stem}-same.ockham")
        images = np.random.default_rng(5).random((3, 1, 28, 28), dtype=np.float32)
        same = [self.outputs(self.folder / f"{path.stem}-same.ockham", images)
                for path in (first, second)]
        self.assertTrue(np.array_equal(*same), "converting again changed the network")

    def assert_agrees_with_onnx_runtime(self, folder, pairs):
        try:
            import onnxruntime
        except ImportError as missing:
            self.skipTest(f"ONNX Runtime is not installed: {missing}")
        images = np.random.default_rng(6).random((4, 1, 28, 28), dtype=np.float32)
        for onnx, ockham in pairs.items():
            session = onnxruntime.InferenceSession(folder / onnx, providers=["CPUExecutionProvider"])
            expected = session.run(None, {session.get_inputs()[0].name: images})[0]
            found = self.outputs(folder / ockham, images)
            difference = np.abs(found - expected).max() / np.abs(expected).max()
            self.assertLessEqual(difference, 1e-5, onnx)


if __name__ == "__main__":
    unittest.main()
