"""LiteRT (TensorFlow Lite), by its Python interface: the wheel's library exports no C functions of the
interpreter. The input lies in LiteRT's own layout, channels last, before the time starts."""

import numpy as np

from compare.native import python_call
from compare.peers.litert_model import channels_last, write_tflite
from compare.peers.peer import Peer


class LiteRt(Peer):
    name = "litert"
    title = "LiteRT"
    package = "ai_edge_litert"
    distribution = "ai-edge-litert"

    def convert(self):
        write_tflite(self.problem.model, self.folder / "model.tflite")

    def load(self):
        from ai_edge_litert.interpreter import Interpreter
        self.interpreter = Interpreter(str(self.folder / "model.tflite"), num_threads=self.settings.threads)
        self.interpreter.allocate_tensors()
        inputs = self.interpreter.get_input_details()
        for detail, array in zip(inputs, self.problem.inputs.values()):
            self.interpreter.set_tensor(detail["index"], channels_last(array))
        # The bound method under Interpreter.invoke, which spares LiteRT a Python function.
        self.function = self.interpreter._interpreter.Invoke
        return [python_call(self.function)]

    def answers(self):
        details = self.interpreter.get_output_details()
        found = (self.interpreter.get_tensor(detail["index"]) for detail in details)
        return {name: np.moveaxis(array, -1, 1) if array.ndim == 4 else array
                for name, array in zip(self.outputs, found)}
