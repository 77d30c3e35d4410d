"""The GPU and what drives it."""

import os
import shutil
import subprocess

from gpu_lib.libraries import package_folders

QUERY = "name,driver_version,memory.total,compute_cap,clocks.sm,clocks.max.sm,power.limit"


class NoGpu(Exception):
    """There is nothing to run on."""


def gpu():
    """What nvidia-smi says of the first GPU, by name."""
    program = shutil.which("nvidia-smi")
    if program is None:
        raise NoGpu("this machine has no GPU: there is no nvidia-smi (--cpu tries the sections without one)")
    asked = subprocess.run([program, f"--query-gpu={QUERY}", "--format=csv,noheader"], text=True,
                           capture_output=True, timeout=30)
    if asked.returncode != 0 or not asked.stdout.strip():
        words = (asked.stdout + asked.stderr).strip().splitlines()
        raise NoGpu("this machine has no GPU: nvidia-smi says " + (words[0] if words else "nothing"))
    return dict(zip(QUERY.split(","), asked.stdout.splitlines()[0].split(", ")))


def torch_versions():
    """In words, or why there are none."""
    try:
        import torch
    except Exception as error:  # a library that it needs may be missing
        return f"no PyTorch: {error}"
    cudnn = torch.backends.cudnn.version() if torch.cuda.is_available() else None
    return f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {cudnn}"


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
