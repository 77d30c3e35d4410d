"""PyTorch: eager, in a CUDA graph, and compiled. Channels last, with cuDNN's algorithms measured."""

import functools
import pathlib

import torch

from compare.gpu import images
from compare.gpu.torch_network import Network

TYPES = {"fp32": torch.float32, "tf32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@functools.lru_cache(1)
def network(folder, precision, device):
    """In the memory format that tensor cores like."""
    made = Network(pathlib.Path(folder) / images.NETWORK).eval().to(TYPES[precision])
    return made.to(device=device, memory_format=torch.channels_last)


def images_of(job):
    (array,) = images.batch_of(pathlib.Path(job.folder) / images.INPUTS, job.batch).values()
    batch = torch.from_numpy(array).to(job.device, TYPES[job.precision])
    return batch.to(memory_format=torch.channels_last) if batch.dim() == 4 else batch


def set_up(precision):
    """PyTorch for inference in a precision."""
    torch.set_grad_enabled(False)
    allowed = precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cudnn.benchmark = True


def capture(function, batch):
    """A graph that computes `answer` from `batch`, in place."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            function(batch)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        answer = function(batch)
    return graph.replay, answer


class Eager:
    launches_once = False

    def __init__(self, job):
        set_up(job.precision)
        self.network = network(job.folder, job.precision, job.device)
        self.batch = images_of(job)

    def run(self):
        self.answer = self.network(self.batch)

    def answers(self):
        return {self.network.output: self.answer.float().cpu().numpy()}


class Graph(Eager):
    """A CPU has no graphs: there it is eager."""
    launches_once = True

    def __init__(self, job):
        super().__init__(job)
        if job.device == "cuda":
            self.run, self.answer = capture(self.function(), self.batch)

    def function(self):
        return self.network


class Compiled(Graph):
    """In a graph of ours, as the others."""

    def function(self):
        return torch.compile(self.network, mode="max-autotune-no-cudagraphs", dynamic=False)
