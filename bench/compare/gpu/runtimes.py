"""The other runtimes: what is known of them before they are loaded, which takes seconds where they are there."""

import dataclasses
import importlib
import importlib.metadata
import importlib.util


@dataclasses.dataclass(frozen=True)
class Runtime:
    """Its class, which is made from a job (worker.py) and then has
    - `launches_once`: whether a run is one launch for the host,
    - `run()`, which queues a run in the current stream of PyTorch, or runs where the device is the CPU,
    - `answers()`: the arrays of the last run by name, of any float type."""
    name: str  # for --runtimes
    title: str  # for tables
    module: str
    class_name: str
    package: str  # of Python
    others: tuple = ("torch",)  # further packages that it needs: PyTorch has streams and events
    provider: str = None  # of ONNX Runtime
    as_asked: bool = True  # it computes in the precision that was asked for

    def installed(self):
        if not all(map(importlib.util.find_spec, (self.package, *self.others))):
            return False
        return self.provider is None or self.provider in available_providers()

    def version(self, settings):
        for distribution in importlib.metadata.packages_distributions().get(self.package, ()):
            return importlib.metadata.version(distribution)
        return "of unknown version"

    def load(self):
        return getattr(importlib.import_module(f"compare.gpu.{self.module}"), self.class_name)


def available_providers():
    import onnxruntime
    return onnxruntime.get_available_providers()


def torch_runtime(name, title, class_name):
    return Runtime(name, title, "torch_runtimes", class_name, "torch", ())


CUDA, TENSORRT = "CUDAExecutionProvider", "TensorrtExecutionProvider"
RUNTIMES = {runtime.name: runtime for runtime in (
    torch_runtime("torch", "PyTorch", "Eager"),
    torch_runtime("torch-graph", "PyTorch, CUDA graph", "Graph"),
    torch_runtime("torch-compiled", "torch.compile, CUDA graph", "Compiled"),
    Runtime("onnxruntime", "ONNX Runtime", "onnx_runtimes", "Cuda", "onnxruntime", provider=CUDA),
    Runtime("onnxruntime-graph", "ONNX Runtime, CUDA graph", "onnx_runtimes", "CudaGraph", "onnxruntime",
            provider=CUDA),
    Runtime("tensorrt", "TensorRT", "onnx_runtimes", "TensorRt", "tensorrt", ("torch", "onnxruntime"),
            provider=TENSORRT))}
