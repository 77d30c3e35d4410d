"""Short runs of ockham-train: on the GPU twice with one seed, which must be equal, and on the CPU, which must
begin alike."""

import concurrent.futures
import hashlib
import json
import time

from gpu_lib.session import Failure

OUTPUTS = ("dense.onnx", "pruned.onnx")
EPOCHS = ("--pretrain-epochs", 1, "--prune-epochs", 2, "--finetune-epochs", 1)
ALIKE = 0.05  # how far the first loss of GPU and CPU may be apart, relatively


def train(session, name, device):
    """Losses and times of the epochs, hashes of the networks, and the seconds of it all."""
    data = session.packed / "data"
    if not data.is_dir():
        raise Failure("no data sets were packed")
    folder = session.packed / "training" / name
    started = time.monotonic()
    printed = session.call([session.program("ockham-train"), "--network", "lenet5", "--data", "mnist",
                            "--data-dir", data, "--out", folder, "--seed", 0, "--device", device, *EPOCHS])
    epochs = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return {"seconds": round(time.monotonic() - started, 1), "epochs": epochs, "printed": printed,
            "hashes": {output: hashlib.sha256((folder / output).read_bytes()).hexdigest() for output in OUTPUTS}}


def losses(found):
    return [epoch.get("loss") for epoch in found["epochs"]]


def run(session):
    devices = {"first": session.device, "second": session.device, "on the CPU": "cpu"}
    runs = {"first": train(session, "first", devices["first"])}  # alone, for its times
    with concurrent.futures.ThreadPoolExecutor() as pool:
        others = [name for name in devices if name not in runs]
        runs.update(zip(others, pool.map(lambda name: train(session, name, devices[name]), others)))
    session.results["training"] = {name: {key: found[key] for key in ("seconds", "epochs", "hashes")}
                                   for name, found in runs.items()}
    (session.out / "training.log").write_text(
        "\n".join(f"== {name}\n{found['printed']}" for name, found in runs.items()))
    for name, found in runs.items():
        seconds = ", ".join(f"{epoch['phase']} {epoch['seconds']:.1f}" for epoch in found["epochs"])
        session.say(f"  {name}, {devices[name]}: {found['seconds']} s (epochs: {seconds}); losses "
                    f"{losses(found)}")
    judge(session, runs)


def judge(session, runs):
    equal = runs["first"]["hashes"] == runs["second"]["hashes"]
    apart = abs(losses(runs["first"])[0] / losses(runs["on the CPU"])[0] - 1)
    session.say(f"two runs with one seed: {'equal to the bit' if equal else 'not equal'}; the first epoch's loss "
                f"is {100 * apart:.2f} % from the CPU's")
    session.results["training"].update(equal=equal, first_loss_apart=apart)
    if apart > ALIKE:
        raise Failure("GPU and CPU do not begin alike")
