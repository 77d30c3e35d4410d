"""Calling the programs of this tree, from whichever folder they were built into."""

import json
import pathlib
import subprocess


class ProgramError(Exception):
    """A program failed; the text says which and why."""


class Programs:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder).absolute()
        if not (self.folder / "ockham-train").exists():
            raise ProgramError(f"{self.folder} has no ockham-train; build it, or name another folder "
                               "by --programs")

    def run(self, name, *arguments, log=None):
        """Runs a program to its end and returns what it printed; `log` takes its output instead."""
        command = [str(self.folder / name), *map(str, arguments)]
        with open(log, "a") if log else open("/dev/null") as output:
            done = subprocess.run(command, text=True, stderr=subprocess.PIPE,
                                  stdout=output if log else subprocess.PIPE)
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"]
            raise ProgramError(lines[-1])
        return done.stdout

    def train(self, *arguments, log):
        self.run("ockham-train", *arguments, "--resume", log=log)

    def convert(self, onnx, model=None):
        self.run("ockham-convert", onnx, "-o", model or onnx.with_suffix(".ockham"), "--quiet")

    def accuracy(self, model, data):
        """Test error in percent of a model file."""
        answer = self.run("ockham-run", model, "--data", data, "--json", "--quiet")
        return json.loads(answer)["error_percent"]

    def bench(self, pruned, dense, seconds=3):
        """The report of ockham-bench over both, batch 1, one thread."""
        report = pruned.with_name("bench.json")
        self.run("ockham-bench", pruned, "--baseline", dense, "--threads", 1, "--seconds", seconds,
                 "--json", report, "--quiet")
        return json.loads(report.read_text())
