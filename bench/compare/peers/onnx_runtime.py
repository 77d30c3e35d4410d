"""ONNX Runtime, by its C interface: a table of functions in an order that never changes. The wheel has the
library without its header, so that the places are written here."""

import ctypes

from compare.native import NO_ERROR_OBJECT, call
from compare.peers.peer import Peer, Refusal, extents_of

API_VERSION = 17
PLACES = {"GetErrorMessage": 2, "CreateEnv": 3, "CreateSession": 7, "Run": 9, "CreateSessionOptions": 10,
          "SetSessionGraphOptimizationLevel": 23, "SetIntraOpNumThreads": 24, "SetInterOpNumThreads": 25,
          "CreateTensorWithDataAsOrtValue": 49, "CreateCpuMemoryInfo": 69}
ALL_OPTIMISATIONS = 99
ERRORS_ONLY = 3
FLOAT32 = 1
ARENA_ALLOCATOR = 1


class ApiBase(ctypes.Structure):
    _fields_ = [("get_api", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)),
                ("version", ctypes.c_void_p)]


class OnnxRuntime(Peer):
    name = "onnxruntime"
    title = "ONNX Runtime"
    package = "onnxruntime"
    distribution = "onnxruntime"

    def load(self):
        base = self.library("capi/libonnxruntime.so.*").OrtGetApiBase
        base.restype = ctypes.POINTER(ApiBase)
        api = base().contents.get_api(API_VERSION)
        self.api = ctypes.cast(api, ctypes.POINTER(ctypes.c_void_p))
        session = self.make("CreateSession", self.make("CreateEnv", ERRORS_ONLY, b"compare"),
                            str(self.problem.model).encode(), self.session_options())
        inputs, outputs = self.problem.inputs, self.outputs
        self.kept = (self.names(inputs), self.values(inputs), self.names(outputs), self.values(outputs))
        given, input_values, wanted, output_values = self.kept
        return [call(self.api[PLACES["Run"]], session, None, given, input_values, len(inputs), wanted,
                     len(outputs), output_values, returns=NO_ERROR_OBJECT)]

    def session_options(self):
        options = self.make("CreateSessionOptions")
        self.call("SetIntraOpNumThreads", options, self.settings.threads)
        self.call("SetInterOpNumThreads", options, 1)
        self.call("SetSessionGraphOptimizationLevel", options, ALL_OPTIMISATIONS)
        return options

    def call(self, name, *arguments):
        error = self.function(name)(*arguments)
        if error:
            message = self.function("GetErrorMessage", ctypes.c_char_p)
            raise Refusal(message(ctypes.c_void_p(error)).decode())

    def make(self, name, *arguments):
        """What a function returns by its last parameter."""
        made = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(made))
        return made

    def function(self, name, result=ctypes.c_void_p):
        return ctypes.CFUNCTYPE(result)(self.api[PLACES[name]])

    def names(self, arrays):
        return (ctypes.c_char_p * len(arrays))(*(name.encode() for name in arrays))

    def values(self, arrays):
        return (ctypes.c_void_p * len(arrays))(*(self.value(array).value for array in arrays.values()))

    def value(self, array):
        """A view of an array."""
        memory = self.make("CreateCpuMemoryInfo", ARENA_ALLOCATOR, 0)
        return self.make("CreateTensorWithDataAsOrtValue", memory, ctypes.c_void_p(array.ctypes.data),
                         ctypes.c_size_t(array.nbytes), extents_of(array), ctypes.c_size_t(array.ndim),
                         FLOAT32)
