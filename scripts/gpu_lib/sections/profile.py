"""The time of each step of some networks, by ockham-run --profile."""

from compare.gpu.ockham import of_device
from compare.gpu.precisions import PRECISIONS

from gpu_lib.sections import models
from gpu_lib.session import Failure

CASES = (("lenet5", 256), ("vgg-sbp", 256), ("vgg", 256), ("lenet5", 1), ("vgg-sbp", 1))


def run(session):
    precision = PRECISIONS[session.device][0]
    failed = 0
    with open(session.out / "profile.txt", "w") as file:
        for name, batch in CASES:
            if name not in models.ready(session):
                continue
            try:
                text = session.call([session.program("ockham-run"), session.models / name / models.MODEL,
                                     "--random", "--batch", batch, "--profile",
                                     *of_device(session.device, precision)])
            except Failure as failure:
                failed += 1
                text = str(failure)
            file.write(f"== {name}, {precision}, batch {batch}\n{text}\n\n")
            session.say(f"  {name}, {precision}, batch {batch}:\n{text}")
    if failed:
        raise Failure(f"{failed} of {len(CASES)} profiles failed")
