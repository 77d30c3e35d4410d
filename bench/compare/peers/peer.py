"""What every runtime's module provides."""

import ctypes
import dataclasses
import importlib.metadata
import importlib.util
import pathlib
import subprocess

import numpy as np


@dataclasses.dataclass
class Settings:
    build: pathlib.Path  # where Ockham is built
    threads: int
    batch: int
    cores: tuple = ()  # that all runtimes are held to; empty where the system cannot
    processor_time: bool = False  # of a process, instead of what a clock on the wall shows
    device: str = "cpu"
    precision: str = "fp32"  # on cuda; the CPU computes in float32
    tune: bool = False  # on cuda, Ockham measures kernels first


class Refusal(Exception):
    """A runtime does not take a network, or answers wrongly; the text says why."""


class Peer:
    """One runtime on one problem, in a process of its own. `convert` makes files of its own if it needs
    any, `load` prepares everything and returns the native calls that make up a run, and `answers` reads
    what the last run gave."""

    name = ""  # for --runtimes
    title = ""  # for tables
    package = ""  # of Python
    distribution = ""  # on PyPI
    as_asked = True  # False: it computes in a precision that it chooses itself
    tolerance = 1e-3  # error of an answer, relative to its largest element

    def __init__(self, problem, folder, settings):
        self.problem = problem
        self.folder = folder
        self.settings = settings
        self.outputs = {name: np.full(array.shape, np.nan, np.float32)
                        for name, array in problem.answers.items()}

    def convert(self):
        pass

    def load(self):
        raise NotImplementedError

    def answers(self):
        return self.outputs

    def failure(self):
        """Why the last call failed, if the runtime tells."""
        return "its run failed"

    @classmethod
    def installed(cls):
        return importlib.util.find_spec(cls.package) is not None

    @classmethod
    def version(cls, settings):
        return importlib.metadata.version(cls.distribution)

    @classmethod
    def files(cls, pattern):
        """Files of the Python package, or beside it if it is one file."""
        spec = importlib.util.find_spec(cls.package)
        roots = spec.submodule_search_locations or [pathlib.Path(spec.origin).parent]
        return sorted(path for root in roots for path in pathlib.Path(root).glob(pattern))

    @classmethod
    def library(cls, pattern):
        """The native library inside the package."""
        found = cls.files(pattern)
        if not found:
            raise Refusal(f"no {pattern} in the package {cls.package}")
        return ctypes.CDLL(str(found[0]))


def run_converter(*command, folder):
    """Runs a converter, quietly; its last words are the refusal if it fails."""
    done = subprocess.run([str(part) for part in command], cwd=folder, text=True, capture_output=True)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Refusal(words[-1] if words else f"its converter ended with status {done.returncode}")


def extents_of(array):
    """The shape of an array as C's int64_t[]."""
    return (ctypes.c_int64 * array.ndim)(*array.shape)
