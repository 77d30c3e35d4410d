"""The GPU of this machine."""

import shutil
import subprocess

QUERY = "name,driver_version,memory.total,compute_cap,clocks.sm,clocks.max.sm,power.limit"


class NoGpu(Exception):
    """There is nothing to run on."""


def gpu():
    """What nvidia-smi says of the first GPU, by name."""
    program = shutil.which("nvidia-smi")
    if program is None:
        raise NoGpu("this machine has no GPU: there is no nvidia-smi")
    asked = subprocess.run([program, f"--query-gpu={QUERY}", "--format=csv,noheader"], text=True,
                           capture_output=True, timeout=30)
    if asked.returncode != 0 or not asked.stdout.strip():
        words = (asked.stdout + asked.stderr).strip().splitlines()
        raise NoGpu("this machine has no GPU: nvidia-smi says " + (words[0] if words else "nothing"))
    return dict(zip(QUERY.split(","), asked.stdout.splitlines()[0].split(", ")))
