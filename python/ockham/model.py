"""A loaded model file."""

from __future__ import annotations

import dataclasses
import os

import numpy as np

from ockham import _ockham
from ockham.session import Session

_DTYPES = {1: np.dtype(np.float32), 2: np.dtype(np.int64)}


@dataclasses.dataclass(frozen=True)
class ValueInfo:
    """An input or output: its shape with -1 for the batch, images [N, C, H, W]; outputs of indices are int64."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """How bytes of pictures become an input: (byte * scale - mean[c]) / standard_deviation[c].

    Means and standard deviations have one element for each channel, or none (0 and 1 then).
    """

    scale: float
    mean: np.ndarray
    standard_deviation: np.ndarray

    def prepare(self, pictures: np.ndarray) -> np.ndarray:
        """Bytes [N, C, ...] as float32."""
        prepared = np.asarray(pictures).astype(np.float32)
        prepared *= np.float32(self.scale)
        along_channels = (-1,) + (1,) * (prepared.ndim - 2)
        if self.mean.size:
            prepared -= self.mean.reshape(along_channels)
        if self.standard_deviation.size:
            prepared /= self.standard_deviation.reshape(along_channels)
        return prepared


def _infos(values) -> tuple[ValueInfo, ...]:
    return tuple(ValueInfo(name, tuple(shape), _DTYPES[dtype]) for name, shape, dtype in values)


class Model:
    """A loaded `.ockham` file, from a path or from its bytes. Any number of sessions and threads may use it."""

    def __init__(self, file: str | os.PathLike[str] | bytes):
        if isinstance(file, (bytes, bytearray, memoryview)):
            self._model = _ockham.Model.from_bytes(bytes(file))
        else:
            self._model = _ockham.Model.load(os.fspath(file))
        self.inputs = _infos(self._model.inputs())
        self.outputs = _infos(self._model.outputs())
        self.provenance: dict[str, str] = dict(self._model.provenance())
        """Where the model comes from, by the keys that docs/model_format.md lists."""

    def preprocessing(self, index: int = 0) -> Preprocessing:
        """How pictures become the input with this index."""
        scale, mean, deviation = self._model.preprocessing(index)
        return Preprocessing(scale, np.array(mean, np.float32), np.array(deviation, np.float32))

    def session(self, **options) -> Session:
        """Prepares to run the model; the options are those of `Session`."""
        return Session(self, **options)

    def __repr__(self) -> str:
        def text(infos):
            return ", ".join(f"{info.name} {list(info.shape)}" for info in infos)
        return f"<ockham.Model: {text(self.inputs)} -> {text(self.outputs)}>"
