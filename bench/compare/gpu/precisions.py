"""The precisions that are measured, and what they may err."""

# By device, the most telling first.
PRECISIONS = {"cuda": ("fp16", "fp32", "tf32", "bf16"), "cpu": ("fp32",)}

# Of the largest element of an answer, some four times what was seen. In tf32 and fp16 numbers have eleven
# bits, in bf16 eight; an fp32 that is tf32 in secret shows.
TOLERANCES = {"fp32": 3e-4, "tf32": 5e-3, "fp16": 5e-3, "bf16": 4e-2}


def tolerance(precision):
    return TOLERANCES[precision]
