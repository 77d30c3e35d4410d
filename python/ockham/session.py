"""A model prepared to run."""

from __future__ import annotations

import dataclasses
import statistics
import typing
from collections.abc import Sequence

import numpy as np

from ockham import _ockham
from ockham.errors import Error

if typing.TYPE_CHECKING:
    from ockham.model import Model, Preprocessing

_LAYOUTS = ("nchw", "nhwc")
_DEVICES = ("cpu", "cuda")
_KERNELS = ("auto", "reference", "exact")
_PRECISIONS = ("fp32", "tf32", "fp16", "bf16")


@dataclasses.dataclass(frozen=True)
class ArrayFormat:
    """How the arrays of an input or output are: images in layout "nchw" [N, C, H, W] or "nhwc" [N, H, W, C].

    dtype: None for that of the model, or "uint8" for inputs: bytes of pictures, which the first step prepares as
    `preprocessing` says, or else the model.
    """

    layout: str = "nchw"
    dtype: str | None = None
    preprocessing: Preprocessing | None = None

    def _shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Of arrays of a value of this shape."""
        return shape[:1] + shape[2:] + shape[1:2] if self.layout == "nhwc" else shape

    def _bound(self) -> _ockham.Format:
        if self.dtype not in (None, "uint8"):
            raise Error(f"dtype {self.dtype!r} is unknown, expected None or 'uint8'", "invalid argument")
        how = self.preprocessing
        return _ockham.Format(_number_of("layout", self.layout, _LAYOUTS), self.dtype is not None,
                              how and (how.scale, list(how.mean), list(how.standard_deviation)))


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of the plan: an operator with what was fused into it, or a reorder."""

    name: str
    op: str
    kernel: str
    reason: str  #: why that kernel
    macs: int  #: multiply-accumulates of an image
    parameters: int


@dataclasses.dataclass(frozen=True)
class StepTime:
    """What a step took: the median and the lowest of the profile's runs."""

    step: Step
    microseconds: float
    lowest: float


@dataclasses.dataclass(frozen=True)
class Memory:
    """Bytes: activations and scratch; weights, shared by the model's sessions; copies of arrays on CUDA."""

    arena: int
    packed: int
    staging: int


def _number_of(name: str, value: str, known: tuple[str, ...]) -> int:
    if value in known:
        return known.index(value)
    raise Error(f"{name} {value!r} is unknown, expected one of {', '.join(known)}", "invalid argument")


def _options(**values) -> _ockham.Options:
    options = _ockham.Options()
    for name, value in values.items():
        try:
            setattr(options, name, value)
        except TypeError:
            raise Error(f"{name} is {value!r}, which is of the wrong type or out of range; see "
                        "help(ockham.Session)", "invalid argument") from None
    return options


class Session:
    """A model with the memory to run it. Several threads may call `run`; they take turns.

    max_batch: the most images of a run. threads: those that share a run on the CPU; or thread_pool, an
    `ockham.ThreadPool` that sessions share. device: "cpu" or "cuda". precision: "fp32" or
    "bf16", on CUDA also "tf32", "fp16". kernels: "auto"; "exact", which leaves out Winograd's transforms; "reference", naive and slow.
    memory_limit: bytes, 0 for the default of 4 GiB. self_test: whether to replay the model's on creation.
    tune: whether to measure which kernels are the fastest. input_formats, output_formats: on the CPU, how the
    arrays of a run are, an `ArrayFormat` for each of the model's inputs or outputs.
    """

    def __init__(self, model: Model, *, max_batch: int = 1, threads: int = 1, device: str = "cpu",
                 precision: str = "fp32", kernels: str = "auto", memory_limit: int = 0, self_test: bool = True,
                 tune: bool = False, thread_pool: _ockham.ThreadPool | None = None,
                 input_formats: Sequence[ArrayFormat] = (), output_formats: Sequence[ArrayFormat] = ()):
        options = _options(
            max_batch=max_batch, threads=threads, memory_limit=memory_limit, self_test=self_test, tune=tune,
            thread_pool=thread_pool, device=_number_of("device", device, _DEVICES),
            kernels=_number_of("kernels", kernels, _KERNELS),
            precision=_number_of("precision", precision, _PRECISIONS),
            input_formats=[format._bound() for format in input_formats],
            output_formats=[format._bound() for format in output_formats])
        self.model = model
        self._input_formats = tuple(input_formats) or (ArrayFormat(),) * len(model.inputs)
        self._output_formats = tuple(output_formats) or (ArrayFormat(),) * len(model.outputs)
        self._session = _ockham.Session.make(model._model, options)
        self.plan: tuple[Step, ...] = tuple(Step(*step) for step in self._session.steps())
        self.notes: tuple[str, ...] = tuple(self._session.notes())
        self.memory = Memory(*self._session.memory())

    def run(self, *inputs, out=None):
        """Runs a batch of images, one array [N, ...] for each input of the model, in its order and format.

        Arrays of float32 that are contiguous are read in place, those of uint8 prepared as the model says, and
        others converted. Returns an array, or a tuple of them if the model has several outputs; `out`, such an
        array or tuple, is written into instead, and shares no memory with what is read.
        """
        arrays = self._arrays(inputs)
        outputs = self._outputs(arrays, out)
        self._session.run(arrays, outputs)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def bind(self, *inputs, out=None):
        """Binds arrays for `run_bound`, which checks them no more; what is in them may change between runs.

        Takes what `run` takes, but no arrays that would have to be converted. Returns the outputs.
        """
        arrays = self._arrays(inputs)
        for info, given, array in zip(self.model.inputs, inputs, arrays):
            if not (isinstance(given, np.ndarray) and np.may_share_memory(given, array)):
                raise Error(f"input '{info.name}' cannot be bound as it is: bind a contiguous array of {array.dtype}",
                            "invalid argument")
        outputs = self._outputs(arrays, out)
        self._session.bind(arrays, outputs)
        self._bound = (arrays, outputs)  # which the session reads and writes
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def run_bound(self) -> None:
        """Runs on the arrays that are bound."""
        self._session.run_bound()

    def cancel(self) -> None:
        """Ends a run that another thread has in progress on the CPU: that raises `Error` of status "cancelled"."""
        self._session.cancel()

    def profile(self, *inputs, runs: int = 20) -> list[StepTime]:
        """What each step of the plan takes on these inputs. A look, not a measurement to quote."""
        if runs < 1:
            raise Error(f"runs is {runs}, expected at least 1", "invalid argument")
        arrays = self._arrays(inputs)
        by_run = self._session.profile(arrays, self._outputs(arrays, None), runs)
        return [StepTime(step, statistics.median(times) / 1e3, min(times) / 1e3)
                for step, times in zip(self.plan, zip(*by_run))]

    def explain(self) -> str:
        """The plan as a table: what runs in which order, by which kernel, and why."""
        return self._session.explain()

    def _arrays(self, inputs) -> list[np.ndarray]:
        if len(inputs) != len(self.model.inputs):
            raise Error(f"{len(inputs)} inputs were given, but the model has {len(self.model.inputs)}: "
                        + ", ".join(info.name for info in self.model.inputs), "invalid argument")
        arrays = []
        for i, given in enumerate(inputs):
            array = np.asarray(given)
            if array.ndim == 0 or array.dtype.kind not in "fiub":
                raise Error(f"input '{self.model.inputs[i].name}' is no array of numbers with a batch axis",
                            "invalid argument")
            if self._input_formats[i].dtype == "uint8":
                if array.dtype != np.uint8:
                    raise Error(f"input '{self.model.inputs[i].name}' is of {array.dtype}, expected uint8, as the "
                                "session's format says", "invalid argument")
                arrays.append(np.ascontiguousarray(array))
                continue
            if array.dtype == np.uint8:
                array = self.model.preprocessing(i).prepare(array)
            arrays.append(np.require(array, np.float32, ("C_CONTIGUOUS", "ALIGNED")))
        return arrays

    def _outputs(self, arrays, out) -> list[np.ndarray]:
        if out is None:
            batch = arrays[0].shape[0]
            return [np.empty((batch, *format._shape(info.shape)[1:]), info.dtype)
                    for info, format in zip(self.model.outputs, self._output_formats)]
        outputs = list(out) if isinstance(out, (tuple, list)) else [out]
        for info, array in zip(self.model.outputs, outputs):
            if not (isinstance(array, np.ndarray) and array.dtype == info.dtype and array.flags.c_contiguous
                    and array.flags.writeable):
                raise Error(f"out for output '{info.name}' must be a contiguous, writeable array of {info.dtype}",
                            "invalid argument")
        for i, array in enumerate(outputs):
            # Contiguous arrays share memory where their bounds do.
            if any(np.may_share_memory(array, other) for other in (*arrays, *outputs[:i])):
                raise Error("an array of out shares memory with an input or another output; hand in one of its own",
                            "invalid argument")
        return outputs
