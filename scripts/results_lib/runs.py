"""Runs: one recipe with one seed, from training to its row. Each step is skipped where its result is there,
so that what was interrupted goes on where it was."""

import json
import pathlib
import shutil
import threading
import time

from results_lib.rows import make_row

OUT = pathlib.Path("out")


def plan(table, only=()):
    """(recipe, seed) in the order in which to run them: every recipe's first seed, then the second seeds.
    `only` holds NAME or NAME:SEED."""
    wanted = [(table.recipe(name), [int(seed)] if seed else None)
              for name, _, seed in (one.partition(":") for one in only)]
    if not only:
        wanted = [(recipe, None) for recipe in table.recipes]
    runs = [(place, number, recipe, seed)
            for number, (recipe, seeds) in enumerate(wanted)
            for place, seed in enumerate(seeds or recipe.seeds)]
    return [(recipe, seed) for _, _, recipe, seed in sorted(runs, key=lambda run: run[:2])]


def set_other_recipe_aside(folder, settings):
    """Moves a folder away whose run was made with other settings, and notes these settings."""
    note = folder / "recipe.json"
    if note.exists() and json.loads(note.read_text()) != settings:
        folder.rename(folder.with_name(f"{folder.name}.until-{time.strftime('%Y%m%d-%H%M%S')}"))
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(settings) + "\n")


def is_older(path, source):
    return not path.exists() or path.stat().st_mtime < source.stat().st_mtime


class Runner:
    """Makes the runs of one table. Several may train at a time; one alone is measured."""

    def __init__(self, table, programs, out=OUT, device="cpu"):
        self.table, self.programs, self.device = table, programs, device
        self.folder = out / table.name
        self.measuring = threading.Lock()
        self.dense_locks, self.dense_locks_lock = {}, threading.Lock()

    def run_folder(self, recipe, seed):
        return self.folder / f"{recipe.name}-{seed}"

    def dense_folder(self, seed):
        return self.run_folder(self.table.dense, seed)

    def machine(self):
        """What training runs on, as options."""
        return "--device", self.device, "--threads", 1

    def train(self, recipe, seed, *more):
        """Trains to the end, or does nothing when that was done."""
        folder = self.run_folder(recipe, seed)
        set_other_recipe_aside(folder, recipe.settings)
        if not (folder / "summary.json").exists():
            self.programs.train("--recipe", recipe.path, "--seed", seed, *self.machine(), "--out", folder,
                                *more, log=folder / "train.log")
        return folder

    def dense_network(self, seed):
        """The dense network of this seed, trained by the first run that needs it."""
        with self.dense_locks_lock:
            lock = self.dense_locks.setdefault(seed, threading.Lock())
        with lock:
            folder = self.train(self.table.dense, seed)
            if is_older(folder / "dense.ockham", folder / "dense.onnx"):
                self.programs.convert(folder / "dense.onnx")
            return folder / "dense.onnx"

    def measure(self, recipe, seed, dense_onnx):
        """Converts a trained run and measures its file: its row."""
        folder, data = self.run_folder(recipe, seed), recipe.settings["data"]
        self.programs.convert(folder / "pruned.onnx")
        pruned, dense = folder / "pruned.ockham", dense_onnx.with_suffix(".ockham")
        with self.measuring:
            return make_row(
                recipe, seed, summary=json.loads((folder / "summary.json").read_text()),
                bench=self.programs.bench(pruned, dense),
                error=self.programs.accuracy(pruned, data),
                dense_error=self.programs.accuracy(dense, data))

    def run(self, recipe, seed):
        """One run from its dense network to its row."""
        dense = self.dense_network(seed)
        self.train(recipe, seed, "--from", dense)
        return self.measure(recipe, seed, dense)

    def epochs_done(self, recipe, seed):
        metrics = self.run_folder(recipe, seed) / "metrics.jsonl"
        return len(metrics.read_text().splitlines()) if metrics.exists() else 0

    def dense_epoch_seconds(self):
        """Mean over what dense epochs have left, or one epoch trained for the purpose."""
        seconds = [json.loads(line)["seconds"] for metrics in self.folder.glob("dense-*/metrics.jsonl")
                   for line in metrics.read_text().splitlines()]
        if not seconds:
            probe = self.folder / "epoch-probe"
            shutil.rmtree(probe, ignore_errors=True)  # of another recipe, perhaps
            probe.mkdir(parents=True)
            self.programs.train("--recipe", self.table.dense.path, "--pretrain-epochs", 1,
                                "--warmup-epochs", 0, *self.machine(), "--out", probe,
                                log=probe / "train.log")
            seconds = [json.loads((probe / "metrics.jsonl").read_text())["seconds"]]
        return sum(seconds) / len(seconds)
