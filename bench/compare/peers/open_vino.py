"""OpenVINO, by its C interface: held to float32, and as it comes (bfloat16 where the processor has it)."""

import ctypes

from compare.native import call
from compare.peers.peer import Peer, Refusal, extents_of

FLOAT32 = 4  # of ov_element_type_e


class Shape(ctypes.Structure):
    _fields_ = [("rank", ctypes.c_int64), ("extents", ctypes.POINTER(ctypes.c_int64))]


class OpenVino(Peer):
    name = "openvino"
    title = "OpenVINO float32"
    package = "openvino"
    distribution = "openvino"
    precision = ("INFERENCE_PRECISION_HINT", "f32")

    def load(self):
        self.native = self.library("libs/libopenvino_c.so*")
        self.native.ov_get_last_err_msg.restype = ctypes.c_char_p
        self.properties = [text.encode() for text in (
            "INFERENCE_NUM_THREADS", str(self.settings.threads), "NUM_STREAMS", "1",
            "PERFORMANCE_HINT", "LATENCY", *self.precision)]
        core = self.make("ov_core_create")
        compiled = ctypes.c_void_p()
        self.check(self.native.ov_core_compile_model_from_file(
            core, str(self.problem.model).encode(), b"CPU", ctypes.c_size_t(len(self.properties)),
            ctypes.byref(compiled), *self.properties))
        request = self.make("ov_compiled_model_create_infer_request", compiled)
        self.bind(request, self.native.ov_infer_request_set_input_tensor_by_index, self.problem.inputs)
        self.bind(request, self.native.ov_infer_request_set_output_tensor_by_index, self.outputs)
        return [call(self.native.ov_infer_request_infer, request)]

    def bind(self, request, setter, arrays):
        """Makes the request read from, or write to, our arrays."""
        for number, array in enumerate(arrays.values()):
            tensor = self.make("ov_tensor_create_from_host_ptr", FLOAT32,
                               Shape(array.ndim, extents_of(array)), ctypes.c_void_p(array.ctypes.data))
            self.check(setter(request, ctypes.c_size_t(number), tensor))

    def make(self, name, *arguments):
        made = ctypes.c_void_p()
        self.check(getattr(self.native, name)(*arguments, ctypes.byref(made)))
        return made

    def check(self, status):
        if status:
            raise Refusal(self.failure())

    def failure(self):
        return self.native.ov_get_last_err_msg().decode(errors="replace")


class OpenVinoAsItComes(OpenVino):
    name = "openvino-as-it-comes"
    title = "OpenVINO as it comes"
    as_asked = False
    tolerance = 5e-2
    precision = ()
