"""Ockham, by its C interface (runtime/include/ockham/ockham.h)."""

import ctypes

from compare.native import BuildError, call
from compare.peers.peer import Peer, Refusal, run_converter

FLOAT32 = 1
MAX_RANK = 8


class SessionOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("max_batch", ctypes.c_int64),
                ("memory_limit", ctypes.c_uint64), ("threads", ctypes.c_int32), ("device", ctypes.c_int32),
                ("kernels", ctypes.c_int32), ("skip_self_test", ctypes.c_int32)]


class Tensor(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("data", ctypes.c_void_p),
                ("element_type", ctypes.c_int32), ("device", ctypes.c_int32), ("rank", ctypes.c_int64),
                ("shape", ctypes.c_int64 * MAX_RANK)]


def tensor(array):
    return Tensor(ctypes.sizeof(Tensor), array.ctypes.data, FLOAT32, 0, array.ndim,
                  (ctypes.c_int64 * MAX_RANK)(*array.shape))


def tensors(arrays):
    return (Tensor * len(arrays))(*map(tensor, arrays))


def built(path, target):
    """A part of the build, which must be there."""
    if not path.exists():
        raise BuildError(f"{path} is not there; build it with scripts/setup && cmake --preset release && "
                         f"cmake --build --preset release --target {target} (or name a build by --build)")
    return path


def library_path(settings):
    return built(settings.build / "lib" / "libockham.so", "ockham ockham-convert")


def converter_path(settings):
    return built(settings.build / "bin" / "ockham-convert", "ockham ockham-convert")


class Ockham(Peer):
    name = "ockham"
    title = "Ockham"

    @classmethod
    def installed(cls):
        return True

    @classmethod
    def version(cls, settings):
        library = ctypes.CDLL(str(library_path(settings)))
        library.ockham_version.restype = ctypes.c_char_p
        return library.ockham_version().decode()

    def convert(self):
        run_converter(converter_path(self.settings), self.problem.source, "--quiet", "-o", "model.ockham",
                      folder=self.folder)

    def load(self):
        self.native = ctypes.CDLL(str(library_path(self.settings)))
        self.native.ockham_last_error.restype = ctypes.c_char_p
        model, self.session = ctypes.c_void_p(), ctypes.c_void_p()
        path = str(self.folder / "model.ockham").encode()
        self.check(self.native.ockham_model_load(path, ctypes.byref(model)))
        options = SessionOptions(struct_size=ctypes.sizeof(SessionOptions),
                                 max_batch=self.settings.batch, threads=self.settings.threads)
        self.check(self.native.ockham_session_create(model, ctypes.byref(options),
                                                     ctypes.byref(self.session)))
        self.tensors = tensors(list(self.problem.inputs.values())), tensors(list(self.outputs.values()))
        inputs, outputs = self.tensors
        return [call(self.native.ockham_session_run, self.session, inputs, len(inputs), outputs,
                     len(outputs))]

    def check(self, status):
        if status:
            raise Refusal(self.failure())

    def failure(self):
        return self.native.ockham_last_error().decode()
