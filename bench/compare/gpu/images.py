"""A network in a folder, with a few images and the answers to them: what processes are given that run it. They
fill batches of any size by repeating the images, because answers are slow to get."""

import numpy as np

from compare.problem import pose

IMAGES = 7  # different ones. A prime: answers given to other images, mostly off by a power of two, show
NETWORK = "fixed.onnx"  # as compare.problem writes it, of that many images
INPUTS = "inputs.npz"
ANSWERS = "answers.npz"


def prepare(network, folder):
    """Writes all that, and returns the problem of the few images."""
    folder.mkdir(parents=True, exist_ok=True)
    posed = pose(network.place(folder), folder, IMAGES)
    save(folder / INPUTS, posed.inputs)
    save(folder / ANSWERS, posed.answers)
    return posed


def save(path, arrays):
    """Arrays by name, in their order. The names are no keys of the file, as they may be anything."""
    np.savez(path, *arrays.values(), names=np.array(list(arrays)))


def batch_of(path, batch):
    """The arrays of a file by name, filled up to a batch."""
    with np.load(path) as file:
        arrays = [file[f"arr_{number}"] for number in range(len(file["names"]))]
        return {str(name): np.resize(array, (batch, *array.shape[1:]))
                for name, array in zip(file["names"], arrays)}
