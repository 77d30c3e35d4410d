"""MNN, by the C++ functions that its Python module exports; the wheel has no headers, so that the layouts of
a few structs are written here (MNN 3, Interpreter.hpp and MNNForwardType.h)."""

import ctypes

from compare.native import STATUS, TRUE_BYTE, call
from compare.peers.peer import Peer, Refusal

INTERPRETER = "_ZN3MNN11Interpreter"
CREATE = INTERPRETER + "14createFromFileEPKc"
CREATE_SESSION = INTERPRETER + "13createSessionERKNS_14ScheduleConfigE"
SESSION_INPUT = INTERPRETER + "15getSessionInputEPKNS_7SessionEPKc"
SESSION_OUTPUT = INTERPRETER + "16getSessionOutputEPKNS_7SessionEPKc"
RUN_SESSION = "_ZNK3MNN11Interpreter10runSessionEPNS_7SessionE"
CREATE_TENSOR = "_ZN3MNN6Tensor6createERKSt6vectorIiSaIiEE13halide_type_tPvNS0_13DimensionTypeE"
COPY_FROM_HOST = "_ZN3MNN6Tensor18copyFromHostTensorEPKS0_"
COPY_TO_HOST = "_ZNK3MNN6Tensor16copyToHostTensorEPS0_"

HIGH_PRECISION = 1  # float32 throughout
CHANNELS_FIRST = 1
FLOAT_CODE = 2


class Vector(ctypes.Structure):
    """A std::vector; all zero is an empty one."""
    _fields_ = [("begin", ctypes.c_void_p), ("end", ctypes.c_void_p), ("capacity", ctypes.c_void_p)]


class Path(ctypes.Structure):
    _fields_ = [("inputs", Vector), ("outputs", Vector), ("mode", ctypes.c_int)]


class BackendConfig(ctypes.Structure):
    _fields_ = [("memory", ctypes.c_int), ("power", ctypes.c_int), ("precision", ctypes.c_int),
                ("flags", ctypes.c_size_t)]


class ScheduleConfig(ctypes.Structure):
    _fields_ = [("saved", Vector), ("type", ctypes.c_int), ("threads", ctypes.c_int), ("path", Path),
                ("backup", ctypes.c_int), ("backend", ctypes.POINTER(BackendConfig))]


class ElementType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint32), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Mnn(Peer):
    name = "mnn"
    title = "MNN"
    package = "_mnncengine"
    distribution = "MNN"

    def convert(self):
        """By the converter inside the module. The command mnnconvert is left alone: it installs a package
        by itself and reports each conversion to a server."""
        import _tools
        _tools.mnnconvert(["compare", "-f", "ONNX", "--modelFile", str(self.problem.model), "--MNNModel",
                           str(self.folder / "model.mnn"), "--bizCode", "compare", "--keepInputFormat=1"])
        if not (self.folder / "model.mnn").exists():
            raise Refusal("its converter wrote nothing")

    def load(self):
        self.native = self.library("_mnncengine*.so")
        path = str(self.folder / "model.mnn").encode()
        network = self.pointer(CREATE, path)
        self.backend = BackendConfig(precision=HIGH_PRECISION)
        config = ScheduleConfig(threads=self.settings.threads, backend=ctypes.pointer(self.backend))
        session = self.pointer(CREATE_SESSION, network, ctypes.byref(config))
        fed = [self.copy(COPY_FROM_HOST, self.pointer(SESSION_INPUT, network, session, name.encode()), array)
               for name, array in self.problem.inputs.items()]
        run = call(self.function(RUN_SESSION), network, session, returns=STATUS)
        read = [self.copy(COPY_TO_HOST, self.pointer(SESSION_OUTPUT, network, session, name.encode()), array)
                for name, array in self.outputs.items()]
        return [*fed, run, *read]

    def copy(self, function, tensor, array):
        return call(self.function(function), tensor, self.host_tensor(array), returns=TRUE_BYTE)

    def function(self, name):
        try:
            return getattr(self.native, name)
        except AttributeError:
            raise Refusal(f"its library has no {name}: another version than in requirements.txt?") from None

    def pointer(self, name, *arguments):
        function = self.function(name)
        function.restype = ctypes.c_void_p
        made = function(*arguments)
        if not made:
            raise Refusal(f"{name} gave nothing")
        return ctypes.c_void_p(made)

    def host_tensor(self, array):
        """A view of an array."""
        extents = (ctypes.c_int * array.ndim)(*array.shape)
        begin = ctypes.addressof(extents)
        end = begin + ctypes.sizeof(extents)
        shape, kind = Vector(begin, end, end), ElementType(FLOAT_CODE, 32, 1)
        return self.pointer(CREATE_TENSOR, ctypes.byref(shape), kind, ctypes.c_void_p(array.ctypes.data),
                            CHANNELS_FIRST)
