"""ONNX Runtime on a GPU, by its execution providers. Inputs and outputs stay in the device's memory."""

import os
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

from compare import problem
from compare.gpu import images
from compare.peers.peer import Refusal

ERRORS_ONLY = 3


def model_of(job):
    """The network for a batch, all float32 in it made float16 where that is the precision."""
    path = pathlib.Path(job.folder) / images.NETWORK
    model = problem.read(path)
    problem.fix_batch(path, model, job.batch)
    if job.precision == "fp16":
        make_float16(model.graph)
    return model


def make_float16(graph):
    stated = [attribute.t for node in graph.node if node.op_type == "Constant"
              for attribute in node.attribute if attribute.name == "value"]
    for tensor in (*graph.initializer, *stated):
        if tensor.data_type == TensorProto.FLOAT:
            halved = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(halved, tensor.name))
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16


def current_stream():
    import torch
    return str(torch.cuda.current_stream().cuda_stream)


class Cuda:
    provider = "CUDAExecutionProvider"
    launches_once = False
    captures = False  # a CUDA graph, in its second or third run

    def __init__(self, job):
        if job.precision == "bf16":
            raise Refusal("not measured in bf16: ONNX Runtime has no such convolutions")
        self.session = self.make_session(job)
        self.bind(job)
        self.options = onnxruntime.RunOptions()
        self.options.add_run_config_entry("disable_synchronize_execution_providers", "1")

    def make_session(self, job):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = ERRORS_ONLY
        provider = ("CPUExecutionProvider", {})
        if job.device == "cuda":
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
            provider = (self.provider, {"user_compute_stream": current_stream(),
                                        **self.provider_options(job.precision)})
        session = onnxruntime.InferenceSession(model_of(job).SerializeToString(), options,
                                               providers=[provider])
        if session.get_providers()[0] != provider[0]:
            raise Refusal(f"its {provider[0]} does not load here")
        return session

    def provider_options(self, precision):
        return {"use_tf32": int(precision == "tf32"), "enable_cuda_graph": int(self.captures)}

    def bind(self, job):
        """Arrays in the device's memory, at addresses that stay."""
        folder = pathlib.Path(job.folder)
        kind = np.float16 if job.precision == "fp16" else np.float32
        self.binding = self.session.io_binding()
        self.outputs = {}
        for name, array in images.batch_of(folder / images.INPUTS, job.batch).items():
            self.binding.bind_ortvalue_input(name, self.on_device(array.astype(kind), job.device))
        for name, array in images.batch_of(folder / images.ANSWERS, job.batch).items():
            self.outputs[name] = self.on_device(np.full(array.shape, np.nan, kind), job.device)
            self.binding.bind_ortvalue_output(name, self.outputs[name])

    def on_device(self, array, device):
        return onnxruntime.OrtValue.ortvalue_from_numpy(array, device, 0)

    def run(self):
        self.session.run_with_iobinding(self.binding, self.options)

    def answers(self):
        return {name: value.numpy().astype(np.float32) for name, value in self.outputs.items()}


class CudaGraph(Cuda):
    launches_once = True
    captures = True


class TensorRt(Cuda):
    provider = "TensorrtExecutionProvider"
    launches_once = True
    captures = True

    def provider_options(self, precision):
        import tensorrt  # noqa: F401 loads the libraries that the provider asks for by name
        if precision in ("fp32", "tf32"):  # TensorRT takes tf32 by itself
            os.environ["NVIDIA_TF32_OVERRIDE"] = str(int(precision == "tf32"))
        return {"trt_fp16_enable": precision == "fp16", "trt_cuda_graph_enable": self.captures}
