"""What the programs write, and where: files, devices, FIFOs, links, full disks, closed streams, signals.
Nothing is lost, nothing is left behind, and the exit status is that of the work."""

import os
import pathlib
import random
import resource
import signal
import stat
import subprocess
import tempfile
import threading
import time
import unittest

import numpy as np
from cli_case import BIN, FAILURE, SUCCESS, USAGE, run_program

SIGNAL_TRIES = 9


def file_limit(size):
    """For a child: no file may grow beyond `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class Outputs(unittest.TestCase):
    """Each test runs every program: `commands` has one for each, with an output missing at the end."""

    @classmethod
    def setUpClass(cls):
        models = tempfile.TemporaryDirectory(prefix="ockham_outputs_")
        cls.addClassCleanup(models.cleanup)
        cls.models = pathlib.Path(models.name)
        for writer in ("write_models", "write_onnx_models"):
            if (BIN / writer).exists():
                written = run_program(writer, cls.models)
                assert written.returncode == 0, written.stderr
        cls.model = cls.models / "digits.ockham"
        cls.network = cls.models / "masked.onnx"

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ockham_outputs_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def commands(self):
        run = [BIN / "ockham-run", self.model, "--random", "--quiet"]
        all_of_them = {
            "run --output": [*run, "--output"],
            "run --profile-csv": [*run, "--profile-csv"],
        }
        if (BIN / "ockham-convert").exists():
            convert = [BIN / "ockham-convert", self.network]
            all_of_them["convert -o"] = [*convert, "-o"]
            all_of_them["convert --onnx"] = [*convert, "-o", "/dev/null", "--onnx"]
            all_of_them["convert --json"] = [*convert, "--dry-run", "--json"]
            all_of_them["convert --dot"] = [*convert, "--dry-run", "--dot"]
        if (BIN / "ockham-bench").exists():
            bench = [BIN / "ockham-bench", self.model, "--seconds", "0.02"]
            all_of_them["bench --json"] = [*bench, "--json"]
        for name, command in all_of_them.items():
            with self.subTest(name):
                yield [str(part) for part in command]

    def run_command(self, command, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120, **options}
        return subprocess.run([str(part) for part in command], text=True, **options)

    def assert_only(self, *names):
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(names))

    def test_a_device_is_written_into(self):
        device = self.folder / "device"
        try:
            os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        except PermissionError:
            self.skipTest("this user may not make devices")
        for command in self.commands():
            done = self.run_command([*command, device])
            self.assertEqual(done.returncode, SUCCESS, done.stderr)
            self.assertTrue(stat.S_ISCHR(device.lstat().st_mode))
            self.assert_only("device")

    def test_a_fifo_is_written_into(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for command in self.commands():
            seen = []
            reader = threading.Thread(target=lambda: seen.append(fifo.read_bytes()))
            reader.start()
            done = self.run_command([*command, fifo])
            reader.join()
            self.assertEqual(done.returncode, SUCCESS, done.stderr)
            self.assertGreater(len(seen[0]), 50)
            self.assertTrue(stat.S_ISFIFO(fifo.lstat().st_mode))
            self.assert_only("fifo")

    def test_links_are_followed_and_modes_kept(self):
        (self.folder / "store").mkdir()
        target, link = self.folder / "store" / "file", self.folder / "link"
        link.symlink_to("store/file")
        for command in self.commands():
            target.write_bytes(b"old")
            target.chmod(0o600)
            done = self.run_command([*command, link])
            self.assertEqual(done.returncode, SUCCESS, done.stderr)
            self.assertTrue(link.is_symlink())
            self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o600)
            self.assertGreater(target.stat().st_size, 50)
            self.assertEqual(os.listdir(self.folder / "store"), ["file"])

    def test_standard_output_takes_an_output_alone(self):
        for command in self.commands():
            plain, piped = self.folder / "plain", self.folder / "piped"
            for name in ("-", "/dev/stdout"):
                with open(piped, "wb") as stream:
                    done = self.run_command([*command, name], stdout=stream)
                self.assertEqual(done.returncode, SUCCESS, done.stderr)
                self.run_command([*command, plain])
                # Files of measurements differ from run to run; their beginning does not.
                self.assertEqual(piped.read_bytes()[:8], plain.read_bytes()[:8])

    def test_an_input_is_never_an_output(self):
        before = {path: path.read_bytes() for path in (self.model, self.network) if path.exists()}
        alias = self.folder / "alias"
        for command in self.commands():
            source = pathlib.Path(command[1])
            for spelled in (source, self.models / "." / source.name, alias):
                alias.unlink(missing_ok=True)
                alias.symlink_to(source)
                done = self.run_command([*command, spelled])
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertIn("same file", done.stderr)
        for path, contents in before.items():
            self.assertEqual(path.read_bytes(), contents)

    def test_the_data_beside_a_network_is_never_an_output(self):
        network, data = self.models / "external.onnx", self.models / "external.data"
        if not network.exists():
            self.skipTest("this build has no converters")
        before = data.read_bytes()
        for options in (["-o"], ["-o", "/dev/null", "--onnx"], ["--dry-run", "--json"],
                        ["--dry-run", "--dot"]):
            done = self.run_command([BIN / "ockham-convert", network, *options, data])
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertIn("would overwrite the network's data", done.stderr)
            self.assertEqual(data.read_bytes(), before)

    def test_two_outputs_are_two_files(self):
        for command in self.commands():
            last = command[-1]
            second = {"-o": "--onnx", "--output": "--profile-csv"}.get(last)
            if second is None:
                continue
            done = self.run_command([*command, self.folder / "x", second, self.folder / "x"])
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertIn(second, done.stderr)
            self.assert_only()

    def test_a_full_disk_leaves_the_old_file_alone(self):
        for command in self.commands():
            output = self.folder / "file"
            output.write_bytes(b"old")
            done = self.run_command([*command, output], preexec_fn=file_limit(20))
            self.assertEqual(done.returncode, FAILURE, done.stderr)
            self.assertIn("too large", done.stderr)
            self.assertEqual(output.read_bytes(), b"old")
            self.assert_only("file")
            done = self.run_command([*command, "/dev/full"])
            self.assertEqual(done.returncode, FAILURE, done.stderr)
            self.assertIn("No space left", done.stderr)

    def test_closed_streams_do_not_decide(self):
        for command in self.commands():
            for closed in ([1], [2], [0, 1, 2]):
                output = self.folder / "file"
                close = lambda: [os.close(one) for one in closed]
                options = {"preexec_fn": close, "timeout": 120, "stdout": subprocess.DEVNULL,
                           "stderr": subprocess.DEVNULL}
                done = subprocess.run([*command, str(output)], **options)
                self.assertEqual(done.returncode, SUCCESS, closed)
                self.assertGreater(output.stat().st_size, 50)
                output.unlink()
                wrong = subprocess.run([*command, str(output), "--unknown"], **options)
                self.assertEqual(wrong.returncode, USAGE, closed)

    def test_a_full_standard_output_is_an_error_and_a_full_error_stream_none(self):
        for command in self.commands():
            with open("/dev/full", "w") as full:
                output = self.folder / "file"
                done = self.run_command([*command, output], stderr=full)
                self.assertEqual(done.returncode, SUCCESS)
                loud = [part for part in command if part != "--quiet"]
                done = self.run_command([*loud, output], stdout=full)
                self.assertEqual(done.returncode, FAILURE, done.stderr)
                self.assertIn("standard output", done.stderr)

    def test_help_on_a_full_standard_output_is_an_error(self):
        for program in ("ockham-run", "ockham-convert", "ockham-bench"):
            for option in ("--help", "--version"):
                if not (BIN / program).exists():
                    continue
                with open("/dev/full", "w") as full:
                    done = subprocess.run([BIN / program, option], stdout=full, stderr=subprocess.PIPE,
                                          text=True, timeout=60)
                self.assertEqual(done.returncode, FAILURE, done.stderr)
                self.assertRegex(done.stderr, f"^{program}: error: .*standard output.*\n$")

    def test_a_reader_that_has_enough_is_no_error(self):
        for command in self.commands():
            loud = [part for part in command if part != "--quiet"]
            reading, writing = os.pipe()
            os.close(reading)
            output = self.folder / "file"
            done = self.run_command([*loud, output], stdout=writing)
            os.close(writing)
            self.assertEqual(done.returncode, SUCCESS, done.stderr)
            self.assertGreater(output.stat().st_size, 50)

    def test_a_reader_of_a_fifo_that_leaves_is_an_error(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)

        def read_a_little():
            with open(fifo, "rb") as reading:
                reading.read(1)

        for command in self.commands():
            if command[-1] not in ("-o", "--onnx"):
                continue  # what the others write fits into the pipe
            reader = threading.Thread(target=read_a_little)
            reader.start()
            done = self.run_command([*command, fifo])
            reader.join()
            self.assertEqual(done.returncode, FAILURE, done.stdout)
            self.assertIn("Broken pipe", done.stderr)
            self.assertNotIn(f"wrote {fifo}", done.stdout)

    def test_standard_output_that_may_not_grow_is_an_error(self):
        for command in self.commands():
            loud = [part for part in command if part != "--quiet"]
            with open(self.folder / "said", "w") as said:
                done = self.run_command([*loud, "/dev/null"], stdout=said, preexec_fn=file_limit(0))
                self.assertEqual(done.returncode, FAILURE, done.stderr)
                help_ = self.run_command([loud[0], "--help"], stdout=said, preexec_fn=file_limit(0))
                self.assertEqual(help_.returncode, FAILURE, help_.stderr)
            self.assertIn("standard output: File too large", done.stderr)

    def test_signals_leave_nothing_behind(self):
        moments = random.Random(1)
        for command in self.commands():
            started = time.monotonic()
            self.run_command([*command, self.folder / "file"])
            whole = time.monotonic() - started
            for attempt in range(SIGNAL_TRIES):
                output = self.folder / "file"
                output.write_bytes(b"old")
                number = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[attempt % 3]
                child = subprocess.Popen([*command, str(output)], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
                time.sleep(moments.random() * whole * 1.1)
                child.send_signal(number)
                status = child.wait(timeout=60)
                self.assertIn(status, (SUCCESS, -number))
                self.assert_only("file")
                if status == SUCCESS:
                    self.assertNotEqual(output.read_bytes(), b"old")


if __name__ == "__main__":
    unittest.main()
