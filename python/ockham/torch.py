"""From PyTorch: needs torch and onnx (in the source tree: pip install '.[torch]')."""

from __future__ import annotations

import os
import pathlib
import tempfile

import torch

from ockham.conversion import Conversion, convert


def export(module: torch.nn.Module, example: torch.Tensor | tuple[torch.Tensor, ...],
           output: str | os.PathLike[str] | None = None, **options) -> Conversion:
    """Exports a module to ONNX and converts that.

    example: an input, or a tuple of them, of any batch; the model runs on other batches too. output and the
    options are those of `ockham.convert`. The module is exported as in evaluation and left as it was.
    """
    inputs = example if isinstance(example, tuple) else (example,)
    names = [f"input{i}" if len(inputs) > 1 else "input" for i in range(len(inputs))]
    was_training = module.training
    module.eval()
    try:
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            path = pathlib.Path(folder) / f"{type(module).__name__}.onnx"
            torch.onnx.export(module, inputs, str(path), input_names=names, dynamo=False,
                              dynamic_axes={name: {0: "batch"} for name in names})
            return convert(path, output, **options)
    finally:
        module.train(was_training)
