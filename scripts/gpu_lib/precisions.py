"""The precisions that are measured, and what they may err."""

# The most telling first, by device.
PRECISIONS = {"cuda": ("fp16", "fp32", "tf32", "bf16"), "cpu": ("fp32",)}

# Of the largest element of an answer. In tf32 and fp16 numbers have eleven bits, in bf16 eight.
TOLERANCES = {"fp32": 3e-4, "tf32": 1e-2, "fp16": 1e-2, "bf16": 6e-2}


def tolerance(precision):
    return TOLERANCES[precision]


def of_device(device, precision):
    """Options of the packed programs. The CPU computes in fp32 anyway."""
    return ("--device", device) if device == "cpu" else ("--device", device, "--precision", precision)
