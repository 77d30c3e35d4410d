"""Where the shared libraries lie that our programs load."""

import importlib.util
import os
import pathlib

TOOLKIT = pathlib.Path("/usr/local/cuda")


def package_folders(name):
    """The folders of an installed Python package, without importing it."""
    spec = importlib.util.find_spec(name)
    return [pathlib.Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]


def library_folders(ours):
    """Ours, PyTorch's, those of NVIDIA's packages (cuDNN, cuBLAS), the toolkit's."""
    folders = [ours]
    folders += [root / "lib" for root in package_folders("torch")]
    folders += [lib for root in package_folders("nvidia") for lib in sorted(root.glob("*/lib"))]
    folders += [TOOLKIT / "lib64"]
    return [folder for folder in folders if folder.is_dir()]


def environment(ours):
    """The environment of our programs, whose own libraries lie in the folder `ours`."""
    paths = [*map(str, library_folders(ours)), os.environ.get("LD_LIBRARY_PATH")]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(filter(None, paths))}
