"""compute-sanitizer's memcheck over a part of the CUDA module's tests."""

import concurrent.futures
import pathlib
import re
import shutil

from gpu_lib.gtest import list_tests
from compare.gpu.libraries import TOOLKIT
from gpu_lib.sections.tests import PROGRAM
from gpu_lib.session import Failure

TESTS = 320  # at most, from all over the list: each takes many times as long as usual
PROCESSES = 8
SUMMARY = re.compile(r"ERROR SUMMARY: (\d+) error")
REPORT = re.compile(r"^========= (Invalid|Misaligned|Program hit|Error:)", re.MULTILINE)
PASSED = re.compile(r"^\[       OK \] .*ms\)", re.MULTILINE)


def sanitizer():
    found = shutil.which("compute-sanitizer") or TOOLKIT / "bin" / "compute-sanitizer"
    if not pathlib.Path(found).exists():
        raise Failure("there is no compute-sanitizer")
    return found


def errors_in(text):
    """As the tool counts them, or as many as it has shown when it was stopped."""
    summary = SUMMARY.search(text)
    return int(summary[1]) if summary else len(REPORT.findall(text))


def run(session):
    tool, program = sanitizer(), session.program(PROGRAM)
    names = list_tests(session, program)
    chosen = names[::max(1, len(names) // TESTS)][:TESTS]

    def check(share):
        return session.run([tool, "--tool", "memcheck", "--print-limit", "20", program,
                            f"--gtest_filter={':'.join(share)}"])

    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        done = list(pool.map(check, [chosen[first::PROCESSES] for first in range(PROCESSES)]))
    texts = [errors + output for _, output, errors in done]
    (session.out / "sanitizer.log").write_text("\n".join(texts))
    passed = sum(len(PASSED.findall(text)) for text in texts)
    errors = sum(map(errors_in, texts))
    statuses = [status for status, _, _ in done]
    session.results["sanitizer"] = {"passed": passed, "tests": len(chosen), "errors": errors,
                                    "statuses": statuses}
    session.say(f"{passed} of {len(chosen)} tests passed{' in the time there was' if None in statuses else ''}, "
                f"{errors} errors of memory")
    if not passed:
        raise Failure("no test passed; sanitizer.log says more")
    if errors or any(statuses):
        raise Failure(f"sanitizer.log says more (statuses {statuses})")
