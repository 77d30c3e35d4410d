"""All sections, in the order in which they run: the most telling first."""

import dataclasses


@dataclasses.dataclass
class Section:
    """A module of this package with a function `run(session)`. It is imported when it runs, as it may need
    what the machine has not."""
    title: str
    seconds: int  # at most
    needs_models: bool = False
    on_cpu: bool = False  # has something to do without a GPU


SECTIONS = {
    "device": Section("the GPU, its driver and libraries", 60, on_cpu=True),
    "tests": Section("ockham_cuda_tests", 120),
    "models": Section("makes and converts the networks", 60, on_cpu=True),
    "answers": Section("answers of all networks beside ONNX Runtime's", 60, needs_models=True, on_cpu=True),
    "bench": Section("device time, ours and PyTorch's", 330, needs_models=True, on_cpu=True),
    "profile": Section("time of each step", 40, needs_models=True, on_cpu=True),
    "sanitizer": Section("compute-sanitizer over some tests", 60),
    "training": Section("ockham-train on the GPU: twice the same, and beside the CPU", 90, on_cpu=True),
}
