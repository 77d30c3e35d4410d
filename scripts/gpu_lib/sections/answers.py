"""What the packed programs answer on the device, in every precision, beside ONNX Runtime's answers."""

import concurrent.futures

from compare.gpu import ockham
from compare.gpu.precisions import PRECISIONS, tolerance

from gpu_lib.sections import models
from gpu_lib.session import Failure

BATCH = 9  # odd: fills no tile
PROCESSES = 8


def error(session, name, precision):
    """The largest error of an answer, relative to its largest element."""
    folder = session.models / name
    return ockham.answer_error(session.call, session.program("ockham-run"), folder / models.MODEL, folder,
                               session.device, precision, BATCH)


def judge(session, name, precision):
    """The error, or why there is none."""
    try:
        return error(session, name, precision)
    except Exception as failure:
        return str(failure)


def run(session):
    cases = [(name, precision) for name in models.ready(session) for precision in PRECISIONS[session.device]]
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        found = list(pool.map(lambda case: judge(session, *case), cases))
    session.results["answers"] = {" ".join(case): error for case, error in zip(cases, found)}
    wrong = [(case, error) for case, error in zip(cases, found)
             if isinstance(error, str) or error > tolerance(case[1])]
    for (name, precision), error in wrong:
        session.say(f"  {name} {precision}: " +
                    (error if isinstance(error, str) else f"off by {error:.2g} of the largest element"))
    session.say(f"{len(cases) - len(wrong)} of {len(cases)} answers are right")
    for precision in PRECISIONS[session.device]:
        errors = [error for (_, used), error in zip(cases, found)
                  if used == precision and not isinstance(error, str)]
        if errors:
            session.say(f"  largest error in {precision}: {max(errors):.2g}")
    if wrong:
        raise Failure("not all answers are right")
