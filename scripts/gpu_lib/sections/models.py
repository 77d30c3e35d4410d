"""Makes the networks with random weights, their model files, and the answers to expect of them."""

import concurrent.futures
import functools
import os

import numpy as np

from compare import networks, problem

from gpu_lib.session import Failure

IMAGES = 8  # different ones; larger batches repeat them
ONNX = "network.onnx"
MODEL = "network.ockham"
IMAGES_FILE = "images.npy"
ANSWERS_FILE = "answers.npy"


def tiled(array, batch):
    """The different images or their answers, repeated to fill a batch."""
    return np.resize(array, (batch, *array.shape[1:]))


def make(folder, network):
    """Writes the network, images and their answers; returns the MACs of an image."""
    folder.mkdir(parents=True, exist_ok=True)
    path = network.place(folder)
    model = problem.read(path)
    problem.fix_batch(path, model, IMAGES)
    shape = problem.extents(problem.graph_inputs(model.graph)[0])
    images = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    np.save(folder / IMAGES_FILE, images)
    np.save(folder / ANSWERS_FILE, problem.answer(path, {model.graph.input[0].name: images})[0])
    return problem.count_macs(model) // IMAGES


def convert(session, name):
    folder = session.models / name
    session.call([session.program("ockham-convert"), folder / ONNX, "-o", folder / MODEL, "--quiet"])


def run(session):
    wanted = networks.gpu_networks()
    folders = [session.models / network.name for network in wanted]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        made = [pool.submit(make, *one) for one in zip(folders, wanted)]
        macs = {network.name: future.result() for network, future in zip(wanted, made)}
    session.results["macs"] = macs
    refused = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, future in [(name, pool.submit(functools.partial(convert, session, name))) for name in macs]:
            try:
                future.result()
            except Failure as failure:
                refused[name] = str(failure)
                session.say(f"{name}: {failure}")
    session.say(f"{len(macs) - len(refused)} of {len(macs)} networks made and converted")
    if len(refused) == len(macs):
        raise Failure("no network was converted")


def ready(session):
    """The names of the networks that have a model file, the most telling first."""
    return [name for name in session.results.get("macs", ()) if (session.models / name / MODEL).exists()]
