"""scripts/results without training: recipes, the order of runs, what is skipped, estimates, tables. The
programs are stand-ins that note how they were called."""

import functools
import json
import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "bench")]

try:
    import matplotlib  # noqa: F401
except ImportError:
    raise unittest.SkipTest("Matplotlib is not installed")

from results_lib import charts, estimate, recipes, render, rows, runs  # noqa: E402
from results_lib.programs import ProgramError  # noqa: E402

try:
    from results_lib import timing  # noqa: E402
except ImportError:
    raise unittest.SkipTest("ONNX's package is not installed")

DENSE = 'network = "lenet5"\ndata = "mnist"\ndense-only = true\npretrain-epochs = 4\n'
RECIPE = """network = "lenet5"
data = "mnist"
method = "{name}"
prune-epochs = 2
finetune-epochs = 3

[results]
seeds = [{seeds}]
order = {order}
"""
PUBLISHED = '[[row]]\nname = "BC-GHS"\nsource = "somewhere"\nerror = 1.0\nkept = [5, 10, 76, 16]\n'

LAYERS = [{"name": "conv1", "op": "conv2d", "inputs": 1, "outputs": 5},
          {"name": "conv2", "op": "conv2d", "inputs": 5, "outputs": 10},
          {"name": "fc1", "op": "linear", "inputs": 76, "outputs": 16},
          {"name": "fc2", "op": "linear", "inputs": 16, "outputs": 10}]
SUMMARY = {
    "settings": {"price": 3.0},
    "seconds": 500.04,
    "empty_region": {"overall": {"region": [-0.5, None], "macs": [160000, 153376]}},
    "cut_sensitivity": [{"cut": -1.0, "macs": 170000}, {"cut": 1.0, "macs": 120000}],
    "dense": {"validation_error_percent": 0.9, "macs": 2293000, "params": 431080},
    "pruned": {"validation_error_percent": 1.1, "layers": LAYERS},
}
BENCH = {
    "macs": 153376, "params": 2792, "latency_us": {"p50": 11.0},
    "baseline": {"latency_us": {"p50": 74.0}}, "speedup": {"theoretical": 15.0, "measured": 6.5},
    "machine": {"cpu": "AMD EPYC", "cores": 2, "isa": ["fma", "avx512f"], "commit": "0123456789ab"},
}


class StandIns:
    """Programs that leave files and remember their calls."""

    def __init__(self):
        self.calls = []

    def train(self, *arguments, log):
        arguments = [str(one) for one in arguments]
        self.calls.append(["train", *arguments])
        folder = pathlib.Path(arguments[arguments.index("--out") + 1])
        (folder / "summary.json").write_text(json.dumps(SUMMARY))
        (folder / "dense.onnx").write_text("")
        (folder / "pruned.onnx").write_text("")

    def convert(self, onnx):
        onnx.with_suffix(".ockham").write_text("")

    def accuracy(self, model, data):
        return 0.7 if model.name == "dense.ockham" else 0.9

    def bench(self, pruned, dense):
        return BENCH


class ResultsCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ockham_results_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        here = self.folder / "recipes" / "lenet5"
        here.mkdir(parents=True)
        (here / "dense.toml").write_text(DENSE)
        (here / "published.toml").write_text(PUBLISHED)
        (here / "late.toml").write_text(RECIPE.format(name="late", seeds="0, 1", order=2))
        (here / "early.toml").write_text(RECIPE.format(name="early", seeds="0, 1, 2", order=1))
        self.table = self.read()

    def read(self):
        return recipes.read_table("lenet5", self.folder / "recipes")

    def row(self, name="early", seed=0, **changes):
        row = rows.make_row(self.table.recipe(name), seed, SUMMARY, BENCH, error=0.9, dense_error=0.7)
        return {**row, **changes}


class Recipes(ResultsCase):
    def test_are_read_in_their_order(self):
        self.assertEqual([recipe.name for recipe in self.table.recipes], ["early", "late"])
        self.assertEqual(self.table.recipes[0].seeds, (0, 1, 2))
        self.assertNotIn("results", self.table.recipes[0].settings)
        self.assertEqual(self.table.recipes[0].epochs(), 5)
        self.assertEqual(self.table.dense.epochs(), 4)

    def test_published_costs_follow_from_what_was_kept(self):
        self.assertEqual(self.table.published[0]["macs"], 153376)
        self.assertEqual(self.table.published[0]["params"], 2751)

    def test_published_costs_of_the_vgg_are_those_of_its_papers(self):
        dense = (64, 64, 128, 128, *[256] * 3, *[512] * 6, 512, 512)
        self.assertEqual(recipes.vgg_cost(*dense)[0], 313_463_808)
        sbp = (64, 62, 128, 126, 234, 155, 31, 79, 73, 9, 59, 73, 56, 56, 27)
        self.assertAlmostEqual(recipes.vgg_cost(*dense)[0] / recipes.vgg_cost(*sbp)[0], 2.30, 2)

    def test_refusals_name_what_is_wrong(self):
        for name, part in (("nothing", "lenet5"),):
            with self.assertRaisesRegex(recipes.RecipeError, part):
                recipes.read_table(name, self.folder / "recipes")
        with self.assertRaisesRegex(recipes.RecipeError, "early, late"):
            self.table.recipe("other")
        (self.folder / "recipes" / "lenet5" / "late.toml").write_text("[results]\ncolour = 3\n")
        with self.assertRaisesRegex(recipes.RecipeError, "colour"):
            self.read()

    def test_of_the_tree_are_all_readable(self):
        for folder in (ROOT / "training" / "recipes").iterdir():
            table = recipes.read_table(folder.name, ROOT / "training" / "recipes")
            self.assertTrue(table.recipes)
            for recipe in table.recipes:
                self.assertEqual(recipe.settings["network"], table.dense.settings["network"])
            for row in table.published:
                self.assertTrue(row["macs"], row["name"])


class Runs(ResultsCase):
    def names(self, *only):
        return [f"{recipe.name}-{seed}" for recipe, seed in runs.plan(self.table, only)]

    def test_first_seeds_come_first(self):
        self.assertEqual(self.names(), ["early-0", "late-0", "early-1", "late-1", "early-2"])
        self.assertEqual(self.names("late:7", "early"), ["late-7", "early-0", "early-1", "early-2"])

    def test_a_run_shares_the_dense_network_of_its_seed(self):
        programs = StandIns()
        runner = runs.Runner(self.table, programs, self.folder / "out")
        row = runner.run(self.table.recipe("early"), 1)
        runner.run(self.table.recipe("late"), 1)
        self.assertEqual(row["kept"], [5, 10, 76, 16])
        self.assertEqual((row["test_error"], row["dense_test_error"]), (0.9, 0.7))
        dense = str(self.folder / "out" / "lenet5" / "dense-1" / "dense.onnx")
        self.assertEqual(len(programs.calls), 3)
        self.assertNotIn("--from", programs.calls[0])
        for call in programs.calls[1:]:
            self.assertEqual(call[call.index("--from") + 1], dense)

    def test_all_training_is_on_the_device_that_was_asked_for(self):
        programs = StandIns()
        runner = runs.Runner(self.table, programs, self.folder / "out", device="cuda")
        runner.run(self.table.recipe("early"), 1)
        for call in programs.calls:
            self.assertEqual(call[call.index("--device") + 1], "cuda")

    def test_a_trained_run_is_not_trained_again_unless_its_recipe_changed(self):
        programs = StandIns()
        runner = runs.Runner(self.table, programs, self.folder / "out")
        runner.run(self.table.recipe("early"), 0)
        runner.run(self.table.recipe("early"), 0)
        self.assertEqual(len(programs.calls), 2)
        path = self.folder / "recipes" / "lenet5" / "early.toml"
        path.write_text("price = 4\n" + path.read_text())
        runner.run(self.read().recipe("early"), 0)
        self.assertEqual(len(programs.calls), 3)
        aside = list((self.folder / "out" / "lenet5").glob("early-0.until-*"))
        self.assertEqual(len(aside), 1)


class Rows(ResultsCase):
    def test_the_last_row_of_the_present_recipe_counts(self):
        path = self.folder / "results" / "lenet5.jsonl"
        for error in (0.9, 0.8):
            rows.append_row(path, self.row(test_error=error))
        rows.append_row(path, self.row("late", recipe_settings={"price": 1}))
        present = rows.present_rows(self.table, rows.read_rows(path))
        self.assertEqual([row["test_error"] for row in present], [0.8])
        self.assertTrue(rows.is_finished(self.table, present, self.table.recipe("early"), 0))
        self.assertFalse(rows.is_finished(self.table, present, self.table.recipe("early"), 1))
        self.assertFalse(rows.is_finished(self.table, present, self.table.recipe("late"), 0))

    def test_times_change_and_nothing_else_when_a_run_is_timed_again(self):
        row = self.row()
        report = {"latency_us": {"p50": 2.5}, "baseline": {"latency_us": {"p50": 50.0}},
                  "speedup": {"measured": 20.0}, "machine": BENCH["machine"]}
        timed = timing.retimed(row, report)
        self.assertEqual([timed[key] for key in ("us", "dense_us", "measured_speedup")], [2.5, 50.0, 20.0])
        changed = {key for key in timed if timed[key] != row.get(key)}
        self.assertEqual(changed, {"us", "dense_us", "measured_speedup", "timed"})
        path = self.folder / "lenet5.jsonl"
        rows.write_rows(path, [timed])
        self.assertEqual(rows.read_rows(path), [timed])

    def test_networks_of_all_tables_can_be_made_from_their_widths(self):
        for results in sorted((ROOT / "docs" / "results").glob("*.jsonl")):
            for row in rows.read_rows(results):
                network = row["recipe_settings"]["network"]
                if network in timing.BUILDERS:
                    self.assertEqual(len(timing.BUILDERS[network][2]), len(row["kept"]), results)

    def test_of_resnets_cannot_be_timed_from_their_widths(self):
        with self.assertRaisesRegex(ProgramError, "resnet20"):
            timing.retime(None, None, self.row(recipe_settings={"network": "resnet20"}))

    def test_a_vgg_is_made_from_its_widths(self):
        build, shape, dense = timing.BUILDERS["vgg-like"]
        made = timing.networks.made_network("vgg", shape, functools.partial(build, *(4,) * len(dense)))
        self.assertTrue(made.place(self.folder).exists())

    def test_perceptrons_have_their_inputs_first(self):
        layers = [{"op": "linear", "inputs": 97, "outputs": 71},
                  {"op": "linear", "inputs": 71, "outputs": 33},
                  {"op": "linear", "inputs": 33, "outputs": 10}]
        self.assertEqual(rows.kept_widths(layers), [97, 71, 33])


class Estimates(ResultsCase):
    def seconds(self, finished):
        runner = runs.Runner(self.table, StandIns(), self.folder / "out")
        dense = self.folder / "out" / "lenet5" / "dense-0"
        dense.mkdir(parents=True)
        (dense / "metrics.jsonl").write_text('{"seconds": 10.0}\n' * 4)
        begun = self.folder / "out" / "lenet5" / "early-0"
        begun.mkdir()
        (begun / "metrics.jsonl").write_text("{}\n")
        todo = [(self.table.recipe(name), 0) for name in ("early", "late")]
        return dict(estimate.remaining_seconds(runner, todo, finished))

    def test_come_from_finished_runs_of_the_recipe_or_the_table(self):
        finished = [self.row("early", 1, train_seconds=100.0)]
        self.assertEqual(self.seconds(finished), {"early-0": 92.0, "late-0": 112.0})

    def test_come_from_dense_epochs_otherwise(self):
        left = self.seconds([])
        self.assertAlmostEqual(left["late-0"], 10 * (2 * 2 + 3 * 0.7) + 12)

    def test_are_said_in_hours(self):
        self.assertEqual(estimate.duration_text(7260), "2 h 1 min")
        self.assertEqual(estimate.duration_text(5), "1 min")


class Pages(ResultsCase):
    PAGE = "before\n<!-- table:lenet5 -->\nold\n<!-- end -->\nafter <!-- end -->\n"

    def test_only_what_is_between_the_markers_changes(self):
        page = render.replace_section(self.PAGE, "lenet5", "new \\1")
        self.assertEqual(page, "before\n<!-- table:lenet5 -->\n\nnew \\1\n\n<!-- end -->\n"
                               "after <!-- end -->\n")
        with self.assertRaisesRegex(render.RenderError, "other"):
            render.replace_section(self.PAGE, "other", "new")

    def test_means_and_single_runs(self):
        text = render.section(self.table, [self.row(seed=0, test_error=0.8), self.row(seed=1)])
        self.assertIn("| early | 0.85 ± 0.07 | 0.70 | 153,376 | 2,792 | 5-10-76-16 |", text)
        self.assertIn("BC-GHS, published (somewhere) | 1.00 |", text)
        self.assertIn("| early | 1 | 0.90 (0.70) |", text)
        self.assertIn("| -0.50 to ...: 160,000 to 153,376 | 170,000, 120,000 |", text)
        self.assertIn("AMD EPYC, 2 cores, AVX-512", text)
        self.assertNotIn("Times:", text)
        timed = {"machine": "Another, 4 cores", "date": "2026-12-01", "revision": "abc"}
        self.assertIn("Times: Another, 4 cores, 2026-12-01, by networks",
                      render.section(self.table, [{**self.row(), "timed": timed}]))
        widths = {line.count("|") for line in text.splitlines() if line.startswith("| early | 0.85")}
        self.assertEqual(widths, {len(render.MEAN_HEADER) + 1})

    def test_pictures_are_the_same_each_time(self):
        pictures = []
        for name in ("a.svg", "b.svg"):
            charts.error_over_macs(self.table, [self.row()], self.folder / name)
            pictures.append((self.folder / name).read_bytes())
        self.assertEqual(*pictures)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
