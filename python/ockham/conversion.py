"""From an ONNX network to a compact model."""

from __future__ import annotations

import json
import os
import typing

import numpy as np

from ockham import _ockham
from ockham.errors import Error
from ockham.model import Model

_MOST_SAMPLE_IMAGES = 8


class Conversion:
    """A network without what it does not need, verified.

    plan: what happened to each layer and why, as docs/plan_json.md describes it. difference: the largest between
    the network before and after, in double and in float32, relative to the largest output.
    """

    def __init__(self, conversion):
        self._conversion = conversion
        self._model: Model | None = None
        self.plan: dict[str, typing.Any] = json.loads(conversion.plan)
        self.difference: tuple[float, float] = (conversion.in_double, conversion.in_float)

    @property
    def model(self) -> Model:
        """The compact network, loaded from memory."""
        if self._model is None:
            self._model = Model(self._conversion.model_bytes())
        return self._model

    def save(self, path: str | os.PathLike[str]) -> int:
        """Writes the model file, and returns its bytes."""
        return self._conversion.write_model(os.fspath(path))

    def save_onnx(self, path: str | os.PathLike[str]) -> int:
        """Writes the compact network as ONNX, and returns the file's bytes."""
        return self._conversion.write_onnx(os.fspath(path))

    def __str__(self) -> str:
        return self._conversion.table


def convert(network: str | os.PathLike[str], output: str | os.PathLike[str] | None = None, *,
            shapes: dict[str, typing.Sequence[int]] | None = None, sample=None, seed: int = 1,
            max_memory: int = 4 << 30) -> Conversion:
    """Removes from an ONNX network what it does not need, exactly, and verifies that nothing else changed.

    output: where to write the model file. shapes: of inputs that the file leaves open, by name, the batch (-1)
    first. sample: images to verify on instead of noise, as the network takes them, one array for each input; the
    first eight stay in the model file for its self-test. seed: of the noise. max_memory: bytes that importing may
    take.
    """
    arrays = _sample_arrays(sample)
    conversion = Conversion(_converters().convert(os.fspath(network), os.path.basename(os.fspath(network)), arrays,
                                                  _options(shapes, seed, max_memory)))
    if output is not None:
        conversion.save(output)
    return conversion


def prune_report(network: str | os.PathLike[str], *, shapes: dict[str, typing.Sequence[int]] | None = None,
                 max_memory: int = 4 << 30) -> dict[str, typing.Any]:
    """What `convert` would remove, layer by layer, and why (docs/plan_json.md). Verifies and writes nothing."""
    return json.loads(_converters().plan(os.fspath(network), _options(shapes, 1, max_memory)))


def _converters():
    if not _ockham.has_converters:
        raise Error("this build of the package has no converters; build it with OCKHAM_CONVERTERS=ON", "unsupported")
    return _ockham


def _options(shapes, seed, max_memory):
    options = _ockham.ConversionOptions()
    options.shapes = {name: list(shape) for name, shape in (shapes or {}).items()}
    options.seed, options.max_memory = seed, max_memory
    return options


def _sample_arrays(sample) -> list[np.ndarray]:
    if sample is None:
        return []
    arrays = sample if isinstance(sample, (tuple, list)) else [sample]
    return [np.ascontiguousarray(np.asarray(array)[:_MOST_SAMPLE_IMAGES], np.float32) for array in arrays]
