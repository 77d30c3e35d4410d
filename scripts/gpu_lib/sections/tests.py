"""The tests of the CUDA module, in several processes."""

import collections

from gpu_lib.gtest import list_tests, run_tests
from gpu_lib.session import Failure

PROGRAM = "ockham_cuda_tests"
PROCESSES = 12
SHOWN = 40  # names of failures


def reason(skipped):
    """What a skipped test says, without the lines of GoogleTest."""
    words = [line for line in skipped.text.splitlines() if not line.startswith("[")]
    return words[-1] if words else "nothing"


def run(session):
    program = session.program(PROGRAM)
    outcomes, left = run_tests(session, program, list_tests(session, program), PROCESSES)
    states = collections.Counter(outcome.state for outcome in outcomes)
    bad = [outcome for outcome in outcomes if outcome.state not in ("OK", "SKIPPED")]
    with open(session.out / "tests.log", "w") as log:
        for outcome in bad:
            log.write(f"{outcome.text}\n== {outcome.name}: {outcome.state}\n\n")
    session.results["tests"] = {"states": dict(states), "not run": left,
                                "bad": {outcome.name: outcome.state for outcome in bad}}
    session.say(f"{states['OK']} passed, {len(bad)} failed, {states['SKIPPED']} skipped, "
                f"{len(left)} not run for lack of time")
    for outcome in bad[:SHOWN]:
        session.say(f"  {outcome.state}: {outcome.name}")
    skipped = [outcome for outcome in outcomes if outcome.state == "SKIPPED"]
    if len(skipped) > states["OK"]:
        raise Failure(f"most tests were skipped; the first says: {reason(skipped[0])}")
    if bad or left:
        raise Failure("not all tests passed; tests.log has what the others said")
