"""Whether a run of a small network takes more instructions than are on record (scripts/instruction_counts)."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "bench")]

from instruction_counts import CountingError, mean_of_calls  # noqa: E402

PROFILE = """fn=(1) main
12 100
cfn=(2) ockham::Session::run(long)
calls=2 0
13 1000
cfn=(3) other
calls=7 0
14 70000
fn=(4) self_test
20 5
cfn=(2)
calls=1 0
21 800
"""


class Profile(unittest.TestCase):
    def test_is_summed_over_all_callers(self):
        self.assertEqual(mean_of_calls(PROFILE.splitlines(), "ockham::Session::run("), 600)

    def test_without_the_function(self):
        with self.assertRaisesRegex(CountingError, "no call of absent"):
            mean_of_calls(PROFILE.splitlines(), "absent")


@unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed (scripts/setup --checks)")
@unittest.skipUnless("avx2" in pathlib.Path("/proc/cpuinfo").read_text(), "counts on record are those of AVX2")
class Counts(unittest.TestCase):
    def test_are_no_higher_than_on_record(self):
        done = subprocess.run([ROOT / "scripts/instruction_counts", "--bin", os.environ["OCKHAM_BIN"]],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("| lenet5-5-10-76-16 |", done.stdout)


if __name__ == "__main__":
    unittest.main()
