"""bench/compare: its figures, its refusals and its errors, with those runtimes that are installed."""

import csv
import os
import sys
import unittest

from cli_case import BIN, FAILURE, SUCCESS, USAGE
from compare_case import CompareCase, compare

import numpy as np
import onnx

from compare import native, networks, problem
from compare.peers import PEERS
from compare.peers.peer import Peer, Refusal, Settings
from compare.worker import Subject, Worker

BUILD = BIN.parent


class Figures(CompareCase):
    def compared(self, runtimes, *arguments):
        """What was printed, and the CSV file's line of each runtime."""
        table = self.folder / "times.csv"
        done = compare(self.tiny_network(), "--build", BUILD, "--seconds", "0.05", "--runtimes", runtimes,
                       "--csv", table, *arguments)
        self.assertEqual(done.returncode, SUCCESS, done.stderr)
        with open(table, newline="") as file:
            return done, {line["runtime"]: line for line in csv.DictReader(file)}

    def test_every_installed_runtime_is_timed(self):
        names = [name for name, peer in PEERS.items() if peer.installed()]
        done, lines = self.compared(",".join(names))
        self.assertEqual(list(lines), names)
        for name, line in lines.items():
            self.assertEqual(line["reason"], "", name)
            self.assertLessEqual(float(line["answer_error"]), PEERS[name].tolerance)
            self.assertLessEqual(float(line["lowest_us"]), float(line["median_us"]))
            self.assertGreater(int(line["samples"]), 0)
        self.assertIn("| tiny | 7.23 k | ", done.stdout)

    def test_a_batch_and_a_picture(self):
        picture = self.folder / "times.svg"
        _, lines = self.compared("ockham", "--batch", "3", "--threads", "2", "--svg", picture)
        self.assertEqual((lines["ockham"]["batch"], lines["ockham"]["threads"]), ("3", "2"))
        self.assertEqual(lines["ockham"]["macs"], "7232")
        self.assertIn("<svg", picture.read_text())

    def test_what_is_not_installed_is_left_out_with_a_word(self):
        missing = [name for name, peer in PEERS.items() if not peer.installed()]
        if not missing:
            self.skipTest("all runtimes are installed")
        done, lines = self.compared(",".join(["ockham", missing[0]]))
        self.assertEqual(list(lines), ["ockham"])
        self.assertIn(f"left out, not installed: {PEERS[missing[0]].title}", done.stderr)


class Errors(CompareCase):
    def assert_fails(self, status, part, *arguments):
        done = compare(*arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(part, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_name_what_is_wrong(self):
        absent = self.folder / "absent.onnx"
        self.assert_fails(FAILURE, f"{absent}: no such file", absent, "--build", BUILD)
        self.assert_fails(FAILURE, "not an ONNX file", __file__, "--build", BUILD)
        self.assert_fails(FAILURE, "no network's name matches", "--networks", "nothing", "--build", BUILD)
        self.assert_fails(FAILURE, "cmake --build --preset release", "--build", self.folder)
        self.assert_fails(USAGE, "there are ockham, onnxruntime", "--runtimes", "other")
        self.assert_fails(USAGE, "not above 0", "--seconds", "0")
        self.assert_fails(USAGE, "no folder", "--csv", self.folder / "absent" / "times.csv")
        self.assert_fails(USAGE, "is for one thread", "--clock", "cpu", "--threads", "2")


    def test_one_bad_network_does_not_cost_the_others(self):
        whole = onnx.load(self.tiny_network())
        whole.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
        onnx.save(whole, self.folder / "open.onnx")
        done = compare(self.folder / "open.onnx", self.folder / "tiny.onnx", "--build", BUILD,
                       "--seconds", "0.02", "--runtimes", "ockham")
        self.assertEqual(done.returncode, FAILURE)
        self.assertIn("the shape of input x is open beyond the batch", done.stderr)
        self.assertIn("| tiny | 7.23 k |", done.stdout)


class Wrong(Peer):
    """A runtime that answers zeros."""
    title = "wrong"

    def load(self):
        self.function = self.run
        return [native.python_call(self.function)]

    def run(self):
        for array in self.outputs.values():
            array[:] = 0


class Crashing(Peer):
    name = "crashing"

    def load(self):
        print("a last word", file=sys.stderr, flush=True)
        os.abort()


SETTINGS = Settings(BUILD, threads=1, batch=1)


class Checks(CompareCase):
    def posed(self, answer):
        return problem.Problem(None, None, {}, {"y": np.array(answer, np.float32)}, 0)

    def subject(self, answer):
        return Subject(Wrong(self.posed(answer), self.folder, SETTINGS), native.build_loop(self.folder))

    def test_a_crash_is_a_reason(self):
        worker = Worker(Crashing, self.posed([1]), self.folder / "crashing", SETTINGS, "")
        self.addCleanup(worker.stop)
        worker.wait_until_ready()
        self.assertRegex(worker.reason, "ended with status -6: a last word")

    def test_a_wrong_answer_is_refused(self):
        with self.assertRaisesRegex(Refusal, "off by 1 of the largest element"):
            self.subject([1, -2]).check()
        self.assertEqual(self.subject([0, 0]).check(), 0)

    def test_short_runs_share_a_reading_of_the_clock(self):
        subject = self.subject([0])
        subject.warm_up()
        self.assertGreater(subject.repeats, 1)
        self.assertGreater(len(subject.burst(0.001)), 1)


class Networks(CompareCase):
    def test_are_named_once_and_answer(self):
        found, _ = networks.project_networks()
        names = [network.name for network in found]
        self.assertEqual(len(set(names)), len(names))
        for name in ("relu", "ten-small-layers", "lenet5-5-10-76-16", "mlp-97-71-33", "depthwise3x3-97"):
            network = found[names.index(name)]
            posed = problem.pose(network.place(self.folder), self.folder, 2)
            for answer in posed.answers.values():
                self.assertEqual(answer.shape[0], 2)
                self.assertGreater(np.abs(answer).max(), 1e-3, name)

    def test_published_widths_cost_what_they_should(self):
        found = {network.name: network for network in networks.project_networks()[0]}
        for name, macs in (("lenet5", 2293000), ("lenet5-5-10-76-16", 153376)):
            posed = problem.pose(found[name].place(self.folder), self.folder, 1)
            self.assertEqual(posed.macs, macs)


if __name__ == "__main__":
    unittest.main()
