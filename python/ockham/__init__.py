"""Ockham: convolutional networks, pruned exactly and run fast.

    import numpy, ockham

    model = ockham.convert("pruned.onnx").model          # or ockham.Model("lenet5.ockham")
    session = model.session(max_batch=8)
    scores = session.run(numpy.zeros((8, 1, 28, 28), numpy.float32))

Everything that fails raises `ockham.Error`.
"""

from ockham._ockham import ThreadPool
from ockham._ockham import version as _version
from ockham.conversion import Conversion, convert, prune_report
from ockham.errors import Error
from ockham.model import Model, Preprocessing, ValueInfo
from ockham.session import ArrayFormat, Memory, Session, Step, StepTime

__version__ = _version()
__all__ = ["ArrayFormat", "Conversion", "Error", "Memory", "Model", "Preprocessing", "Session", "Step", "StepTime", "ThreadPool",
           "ValueInfo", "convert", "prune_report"]
