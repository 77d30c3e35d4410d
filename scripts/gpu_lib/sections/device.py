"""The GPU and what drives it."""

import os
import shutil
import subprocess
import sys

from compare.gpu.device import gpu
from compare.gpu.libraries import package_folders

# cuDNN is asked last: it is loaded for that, which may fail.
TORCH_VERSIONS = """
import torch
print(f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}", end="")
if torch.cuda.is_available(): print(f", cuDNN {torch.backends.cudnn.version()}", end="")
"""


def torch_versions():
    """In words, or why there are none; in a process of its own, as it may need what is missing."""
    asked = subprocess.run([sys.executable, "-c", TORCH_VERSIONS], text=True, capture_output=True, timeout=60)
    words = asked.stderr.strip().splitlines() if asked.returncode else []
    return asked.stdout + (f" ({words[-1]})" if words else "") or "no PyTorch"


def run(session):
    found = gpu() if session.device == "cuda" else {"name": "none (--cpu)"}
    found["torch"] = torch_versions()
    found["cores"] = os.cpu_count()
    found["toolkit"] = shutil.which("nvcc") or "no nvcc"
    found["nvidia packages"] = ", ".join(sorted(
        folder.name for root in package_folders("nvidia") for folder in root.iterdir() if folder.is_dir()))
    session.results["device"] = found
    for name, value in found.items():
        session.say(f"{name}: {value}")
