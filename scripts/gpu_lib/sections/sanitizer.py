"""compute-sanitizer's memcheck over a part of the CUDA module's tests."""

import pathlib
import re
import shutil

from gpu_lib.gtest import list_tests
from gpu_lib.libraries import TOOLKIT
from gpu_lib.sections.tests import PROGRAM
from gpu_lib.session import Failure

PATTERN = "*batch3*"
TESTS = 40  # at most: each takes many times as long as usual
SUMMARY = re.compile(r"ERROR SUMMARY: (\d+) error")
REPORT = re.compile(r"========= (Invalid|Misaligned|Program hit|Error:)")


def sanitizer():
    found = shutil.which("compute-sanitizer") or TOOLKIT / "bin" / "compute-sanitizer"
    if not pathlib.Path(found).exists():
        raise Failure("there is no compute-sanitizer")
    return found


def some(names):
    """So many of them, from all over the list."""
    step = max(1, len(names) // TESTS)
    return names[::step][:TESTS]


def run(session):
    tool, program = sanitizer(), session.program(PROGRAM)
    names = some(list_tests(session, program, PATTERN) or list_tests(session, program))
    session.say(f"{len(names)} tests")
    status, output, errors = session.run([tool, "--tool", "memcheck", "--print-limit", "20", program,
                                          f"--gtest_filter={':'.join(names)}"])
    (session.out / "sanitizer.log").write_text(errors + output)
    summary = SUMMARY.search(output + errors)
    reports = len(REPORT.findall(output + errors))
    passed = len(re.findall(r"^\[       OK \]", output, re.MULTILINE))
    count = int(summary[1]) if summary else reports
    session.results["sanitizer"] = {"tests": len(names), "passed": passed, "errors": count, "status": status}
    session.say(f"{passed} of {len(names)} tests passed, {count} errors of memory")
    if status is None:
        session.say("its time was over before the last test")
    if count or status not in (0, None):
        raise Failure(f"sanitizer.log says more (status {status})")
