"""What the tests of all programs share: running one, and asserting how it failed.

OCKHAM_BIN is the folder of the programs.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

SUCCESS = 0
FAILURE = 1  # the work failed
USAGE = 2  # wrong usage

BIN = pathlib.Path(os.environ["OCKHAM_BIN"])


def run_program(name, *arguments, environment=None, timeout=300):
    """Runs a program of ours to its end; returns its status, output and errors as text."""
    return subprocess.run(
        [str(BIN / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
    )


class CliCase(unittest.TestCase):
    """Tests of one program; each test has a folder of its own."""

    program = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ockham_cli_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_cli(self, *arguments, **options):
        return run_program(self.program, *arguments, **options)

    def assert_succeeds(self, *arguments, **options):
        """Runs the program, which must succeed without a word about errors; returns what it printed."""
        result = self.run_cli(*arguments, **options)
        self.assertEqual(result.returncode, SUCCESS, result.stderr)
        self.assertNotIn("error", result.stderr)
        return result.stdout

    def assert_fails(self, status, parts, *arguments, **options):
        """Runs the program, which must fail with this status and one line on standard error that
        starts with its name and holds every one of `parts`."""
        result = self.run_cli(*arguments, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith(f"{self.program}: error: "), result.stderr)
        for part in parts:
            self.assertIn(str(part), result.stderr)
        return result
