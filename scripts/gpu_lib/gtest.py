"""Runs the tests of a GoogleTest program in several processes, such that a test that crashes, hangs or leaves
the GPU in a state in which all that follows fails costs no other test."""

import concurrent.futures
import dataclasses
import os
import re
import selectors
import subprocess
import time

from compare.gpu.process import stop

from gpu_lib.session import Failure

STUCK_SECONDS = 40  # without a word from a test
FILTER_TESTS = 1000  # at most in a process: their names go into one variable of its environment
RESULT = re.compile(r"\[\s*(OK|FAILED|SKIPPED)\s*\] (\S+?)(,.*)? \(\d+ ms\)")
START = "[ RUN      ] "
# CUDA errors after which a process can use the GPU no more.
LASTING = re.compile(r"illegal (memory access|address|instruction)|misaligned address|launch failure|"
                     r"launch timed out|device-side assert|hardware stack error|invalid (pc|address space)",
                     re.IGNORECASE)


@dataclasses.dataclass
class Outcome:
    name: str
    state: str  # OK, FAILED, SKIPPED, or how it ended: crashed, stuck
    text: str  # what it printed


def list_tests(session, program, pattern="*"):
    """Full names, in the program's order."""
    printed = session.call([program, "--gtest_list_tests", f"--gtest_filter={pattern}"], 60)
    names, suite = [], ""
    for line in printed.splitlines():
        word = line.split("#")[0].rstrip()
        if line.startswith("  "):
            names.append(suite + word.strip())
        elif word.endswith("."):
            suite = word
    return names


def run_share(session, program, names):
    """Runs tests one after the other, in a new process where the last one can go on no more."""
    left, outcomes = list(names), []
    while left and session.seconds_left() > 1:
        done = run_process(session, program, left[:FILTER_TESTS])
        outcomes += done
        finished = {outcome.name for outcome in done}
        left = [name for name in left if name not in finished]
        if not done:
            break
    return outcomes, left


def run_process(session, program, names):
    """What became of the tests until the process ended; the last one may have ended it."""
    process = subprocess.Popen([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env={**session.environment, "GTEST_FILTER": ":".join(names)},
                               start_new_session=True)
    outcomes, current, text = [], None, []
    for line in lines(process, session):
        if line is None:  # no word for too long, or no time
            if current and session.seconds_left() > 1:
                outcomes.append(Outcome(current, "stuck", "\n".join(text)))
            current = None
            break
        text.append(line)
        if line.startswith(START):
            current, text = line[len(START):].split(",")[0], [line]
        elif current and (found := RESULT.match(line)) and found[2] == current:
            outcomes.append(Outcome(current, found[1], "\n".join(text)))
            current = None
            if found[1] == "FAILED" and LASTING.search("\n".join(text)):
                break
    stop(process)
    status = process.wait()
    if current:
        outcomes.append(Outcome(current, "crashed", "\n".join([*text, f"ended with status {status}"])))
    return outcomes


def lines(process, session):
    """The lines that a process prints, then None if it was silent or had no time any more."""
    buffer = b""
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    heard = time.monotonic()
    while True:
        if selector.select(1):
            chunk = os.read(process.stdout.fileno(), 1 << 16)
            if not chunk:
                return
            heard = time.monotonic()
            *whole, buffer = (buffer + chunk).split(b"\n")
            yield from (line.decode(errors="replace") for line in whole)
        if time.monotonic() - heard > STUCK_SECONDS or session.seconds_left() <= 0:
            yield None
            return


def run_tests(session, program, names, processes):
    """The outcomes of all tests, and the names of those that there was no time for."""
    if not names:
        raise Failure("there are no such tests")
    shares = [names[first::processes] for first in range(min(processes, len(names)))]
    with concurrent.futures.ThreadPoolExecutor(len(shares)) as pool:
        done = list(pool.map(lambda share: run_share(session, program, share), shares))
    return [one for outcomes, _ in done for one in outcomes], [name for _, left in done for name in left]
