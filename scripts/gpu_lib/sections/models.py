"""Makes the networks with random weights, their model files, and the answers to expect of them."""

import concurrent.futures
import multiprocessing
import os

from compare import networks
from compare.gpu import images

from gpu_lib.session import Failure

ONNX = "network.onnx"
MODEL = "network.ockham"


def make(folder, network):
    """Writes the network, images and their answers; returns the MACs of an image."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).unlink(missing_ok=True)  # of an earlier run
    return images.prepare(network, folder).macs


def make_all(session):
    """The MACs of each network that was made, by name."""
    wanted, macs = networks.gpu_networks(), {}
    spawn = multiprocessing.get_context("spawn")  # libraries with threads do not survive a fork
    with spawn.Pool(min(os.cpu_count(), len(wanted))) as pool:
        made = [pool.apply_async(make, (session.models / network.name, network)) for network in wanted]
        for network, result in zip(wanted, made):
            try:
                macs[network.name] = result.get(max(0, session.seconds_left()))
            except Exception as error:
                session.say(f"{network.name}: not made: {error or type(error).__name__}")
    return macs


def convert(session, name):
    """Whether the network has a model file now."""
    folder = session.models / name
    try:
        session.call([session.program("ockham-convert"), folder / ONNX, "-o", folder / MODEL, "--quiet"])
    except Failure as failure:
        session.say(f"{name}: not converted: {failure}")
        return False
    return True


def run(session):
    session.results["macs"] = macs = make_all(session)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        converted = sum(pool.map(lambda name: convert(session, name), macs))
    session.say(f"{converted} networks made and converted")
    if converted < len(networks.gpu_networks()):
        raise Failure("not all are there")


def ready(session):
    """The names of the networks that have a model file, the most telling first."""
    return [name for name in session.results.get("macs", ()) if (session.models / name / MODEL).exists()]
