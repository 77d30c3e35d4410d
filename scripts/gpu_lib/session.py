"""What the sections share: the folders, the log, the results, the time that is left, calling programs."""

import json
import os
import subprocess
import time

from compare.gpu.libraries import environment
from compare.gpu.process import stop


class Failure(Exception):
    """A section cannot go on; the text says why."""


class Session:
    def __init__(self, packed, out, device, seconds, compiles=False):
        self.packed = packed
        self.models = packed / "models"
        self.out = out
        self.device = device  # cuda, or cpu to try the sections without a GPU
        self.compiles = compiles  # also times torch.compile, where time is left
        # What --tune finds stays here: it speeds up neither the user's sessions nor another build's.
        self.environment = {**environment(packed / "lib"), "OCKHAM_CACHE_DIR": str(packed / "cache")}
        self.results = {}
        self.end = self.section_end = time.monotonic() + seconds
        self.log = open(out / "log.txt", "w")

    def say(self, text=""):
        print(text, flush=True)
        print(text, file=self.log, flush=True)

    def begin(self, seconds):
        """Gives a section its time, or what is left of all."""
        self.section_end = min(self.end, time.monotonic() + seconds)

    def seconds_left(self):
        return self.section_end - time.monotonic()

    def save(self):
        (self.out / "results.json").write_text(json.dumps(self.results, indent=1) + "\n")

    def program(self, name):
        """A packed program, which may be missing from what was packed."""
        path = self.packed / "bin" / name
        if not path.is_file():
            raise Failure(f"no {name} was packed")
        return path

    def call(self, command, seconds=None):
        """Runs a program to its end and returns what it printed, errors first; fails with its last words."""
        status, output, errors = self.run(command, seconds)
        if status is None:
            raise Failure(f"{command[0]}: stopped for lack of time")
        if status != 0:
            raise Failure(last_words(status, output, errors))
        return errors + output

    def run(self, command, seconds=None):
        """Status (None when its time was over), output and errors of a program."""
        limit = min(seconds or self.seconds_left(), self.seconds_left())
        if limit <= 0:
            return None, "", ""
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors="replace",
                                   env=self.environment, start_new_session=True)
        try:
            output, errors = process.communicate(timeout=limit)
            return process.returncode, output, errors
        except subprocess.TimeoutExpired:
            stop(process)
            output, errors = process.communicate()
            return None, output, errors


def last_words(status, output, errors):
    lines = errors.strip().splitlines() or output.strip().splitlines()
    return f"{lines[-1] if lines else 'no word'} (status {status})"
