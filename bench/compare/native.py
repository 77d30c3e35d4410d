"""Calls into native libraries, and the loop in C that times them (burst.c)."""

import ctypes
import hashlib
import os
import pathlib
import subprocess

import numpy as np

SOURCE = pathlib.Path(__file__).with_name("burst.c")
CAPACITY = 100_000

# How a function says that all went well, as in burst.c.
STATUS = 0  # an int that is 0
NO_ERROR_OBJECT = 1  # a pointer that is NULL
TRUE_BYTE = 2  # a bool that is true
OBJECT = 3  # a pointer that is not NULL


class Call(ctypes.Structure):
    _fields_ = [("function", ctypes.c_void_p), ("arguments", ctypes.c_void_p * 8),
                ("returns", ctypes.c_int64)]


class BuildError(Exception):
    """Something that must be built first is not there, or does not build."""


def call(function, *arguments, returns=STATUS):
    """A call of `function`, from ctypes or an address, with pointers and integers."""
    address = function if isinstance(function, int) else ctypes.cast(function, ctypes.c_void_p).value
    pointers = [value(argument) for argument in arguments]
    return Call(address, (ctypes.c_void_p * 8)(*pointers), returns)


def value(argument):
    """What stands for an argument in a register."""
    if isinstance(argument, np.ndarray):
        return argument.ctypes.data
    if isinstance(argument, (ctypes.Array, ctypes.Structure)):
        return ctypes.addressof(argument)
    if isinstance(argument, ctypes.c_void_p):
        return argument.value
    return argument


def python_call(function):
    """A call of a Python function without arguments. It must return None: what it returns is not
    released."""
    return call(ctypes.pythonapi.PyObject_CallNoArgs, id(function), returns=OBJECT)


def build_loop(folder):
    """Compiles burst.c, once for each version of it."""
    text = SOURCE.read_bytes()
    library = folder / f"burst-{hashlib.sha256(text).hexdigest()[:12]}.so"
    if library.exists():
        return library
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = library.with_suffix(f".{os.getpid()}")
    command = [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", str(SOURCE), "-o", str(unfinished)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise BuildError(f"no C compiler: {command[0]} (set CC, or run scripts/setup)") from None
    except subprocess.CalledProcessError as error:
        raise BuildError(f"{' '.join(command)}: {error.stderr.strip()}") from None
    unfinished.replace(library)
    return library


class Loop:
    """The timed loop over one runtime's calls."""

    def __init__(self, library, calls):
        # PyDLL keeps the interpreter's lock, as runtimes without a C interface are called by it.
        self.function = ctypes.PyDLL(str(library)).burst
        self.function.restype = ctypes.c_int64
        self.calls = (Call * len(calls))(*calls)
        self.samples = np.zeros(CAPACITY)

    def run(self, seconds, repeats, processor_time=False):
        """Microseconds of a run, many times; None when a call failed."""
        taken = self.function(self.calls, ctypes.c_int64(len(self.calls)), ctypes.c_double(seconds),
                              ctypes.c_int64(repeats), ctypes.c_int64(processor_time),
                              ctypes.c_void_p(self.samples.ctypes.data), ctypes.c_int64(CAPACITY))
        return None if taken < 0 else self.samples[:taken].copy()
