"""Short runs of ockham-train: on the GPU twice with one seed, which should be equal, and on the CPU, which
must begin alike."""

import concurrent.futures
import hashlib
import json
import shutil
import time

from gpu_lib.session import Failure, last_words

OUTPUTS = ("dense.onnx", "pruned.onnx")
EPOCHS = ("--pretrain-epochs", 1, "--prune-epochs", 1, "--finetune-epochs", 1)
THREADS = 8
ALIKE = 0.05  # how far the first losses of GPU and CPU may be apart, relatively


def train(session, name, device):
    """What a run printed, its epochs as far as it came in its time, and hashes of what it left."""
    data = session.packed / "data"
    if not data.is_dir():
        raise Failure("no data sets were packed")
    folder = session.packed / "training" / name
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    status, output, errors = session.run(
        [session.program("ockham-train"), "--network", "lenet5", "--data", "mnist", "--data-dir", data,
         "--out", folder, "--seed", 0, "--device", device, "--threads", THREADS, *EPOCHS])
    if status not in (0, None):
        raise Failure(f"{name}: {last_words(status, output, errors)}")
    return {"seconds": round(time.monotonic() - started, 1), "finished": status == 0,
            "epochs": epochs(folder / "metrics.jsonl"), "printed": output + errors,
            "hashes": {file.name: hashlib.sha256(file.read_bytes()).hexdigest()
                       for file in map(folder.joinpath, OUTPUTS) if file.exists()}}


def epochs(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def description(found):
    parts = [f"{epoch['phase']} {epoch['seconds']:.1f} s, loss {epoch['loss']:.4f}"
             for epoch in found["epochs"]]
    return "; ".join([*parts, *([] if found["finished"] else ["stopped for lack of time"])])


def run(session):
    devices = {"first": session.device, "second": session.device, "on the CPU": "cpu"}
    runs = {"first": train(session, "first", devices["first"])}  # alone, for its times
    with concurrent.futures.ThreadPoolExecutor() as pool:
        others = [name for name in devices if name not in runs]
        runs.update(zip(others, pool.map(lambda name: train(session, name, devices[name]), others)))
    (session.out / "training.log").write_text(
        "\n".join(f"== {name}\n{found.pop('printed')}" for name, found in runs.items()))
    session.results["training"] = dict(runs)
    for name, found in runs.items():
        session.say(f"  {name}, {devices[name]}: {found['seconds']} s: {description(found)}")
    judge(session, runs)


def judge(session, runs):
    first, second, on_cpu = runs.values()
    if first["finished"] and second["finished"]:
        equal = first["hashes"] == second["hashes"]
        session.results["training"]["equal"] = equal
        session.say(f"two runs with one seed: {'equal to the bit' if equal else 'not equal'}")
    apart = {here["phase"]: abs(here["loss"] / there["loss"] - 1)
             for here, there in zip(first["epochs"], on_cpu["epochs"])}
    session.results["training"]["losses apart"] = apart
    session.say("losses beside the CPU's: " +
                (", ".join(f"{phase} {100 * one:.2f} % apart" for phase, one in apart.items()) or "none"))
    if not apart:
        raise Failure("there was no time for an epoch on both devices")
    if next(iter(apart.values())) > ALIKE:
        raise Failure("GPU and CPU do not begin alike")
