"""ncnn, by its Python interface, as the wheel exports no other; converted by pnnx."""

import importlib.util
import pathlib

import numpy as np

from compare.native import python_call
from compare.peers.peer import Peer, Refusal, run_converter


def pnnx_program():
    """The program inside the package, which itself would import PyTorch."""
    spec = importlib.util.find_spec("pnnx")
    return spec and pathlib.Path(spec.submodule_search_locations[0]) / "pnnx"


class Ncnn(Peer):
    name = "ncnn"
    title = "ncnn"
    package = "ncnn"
    distribution = "ncnn"

    @classmethod
    def installed(cls):
        return super().installed() and pnnx_program() is not None

    def convert(self):
        if self.settings.batch != 1:
            raise Refusal("it takes one image at a time")
        shapes = ",".join(f"[{','.join(map(str, array.shape))}]f32" for array in self.problem.inputs.values())
        (self.folder / "model.onnx").symlink_to(self.problem.model)  # its output goes beside its input
        run_converter(pnnx_program(), "model.onnx", "fp16=0", f"inputshape={shapes}", folder=self.folder)
        if not (self.folder / "model.ncnn.bin").exists():
            raise Refusal("its converter wrote nothing")

    def load(self):
        import ncnn
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = self.settings.threads
        options.use_vulkan_compute = False
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = False
        if self.net.load_param(str(self.folder / "model.ncnn.param")) or \
                self.net.load_model(str(self.folder / "model.ncnn.bin")):
            raise Refusal("cannot load what pnnx made")
        self.fed = [(f"in{number}", ncnn.Mat(array[0]).clone())
                    for number, array in enumerate(self.problem.inputs.values())]
        self.read = [None] * len(self.outputs)
        self.function = self.run
        return [python_call(self.function)]

    def run(self):
        extractor = self.net.create_extractor()
        for name, mat in self.fed:
            extractor.input(name, mat)
        for number in range(len(self.read)):
            status, self.read[number] = extractor.extract(f"out{number}")
            if status:
                raise Refusal("its run failed")

    def answers(self):
        return {name: np.array(mat).reshape(array.shape)
                for (name, array), mat in zip(self.outputs.items(), self.read)}
