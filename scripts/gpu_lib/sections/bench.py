"""Device times of all networks, batches and precisions: ours, and PyTorch's."""

import csv
import json
import os
import selectors
import subprocess
import sys

from gpu_lib import ockham_bench
from gpu_lib.precisions import PRECISIONS
from gpu_lib.sections import models
from gpu_lib.session import Failure, stop
from gpu_lib.table import markdown

BATCHES = (1, 64, 256)
OUR_SECONDS = 0.3
TORCH_SECONDS = 0.1
JOB_SECONDS = 60  # cuDNN tries its algorithms, torch.compile its kernels
COLUMNS = ("network", "batch", "precision", "who", "ms", "error", "reason")


class TorchProcess:
    """PyTorch in a process of its own, started again when it does not answer."""

    def __init__(self, session):
        self.session = session
        self.process = None

    def start(self):
        path = os.pathsep.join(sys.path)
        self.process = subprocess.Popen([sys.executable, "-m", "gpu_lib.torch_worker"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.session.log, text=True,
                                        start_new_session=True, env={**os.environ, "PYTHONPATH": path})

    def ask(self, job):
        """What the process answers, or why there is nothing."""
        if self.process is None:
            self.start()
        limit = min(JOB_SECONDS, self.session.seconds_left())
        try:
            print(json.dumps(job), file=self.process.stdin, flush=True)
            selector = selectors.DefaultSelector()
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(max(0, limit)):
                self.end()
                return {"reason": f"no answer within {limit:.0f} s"}
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            status = self.process.poll()
            self.end()
            return {"reason": f"its process ended with status {status}; log.txt has its words"}

    def end(self):
        if self.process is not None:
            stop(self.process)
            self.process.communicate()
            self.process = None


class Bench:
    def __init__(self, session):
        self.session = session
        self.torch = TorchProcess(session)
        self.rows = []

    def rounds(self):
        """Precisions in pairs: all networks are timed in the first ones before any is in the others."""
        every = PRECISIONS[self.session.device]
        return [every[first:first + 2] for first in range(0, len(every), 2)]

    def add(self, network, batch, precision, who, ms=None, error=None, reason=None):
        self.rows.append(dict(zip(COLUMNS, (network, batch, precision, who, ms, error, reason))))

    def time_ours(self, network, precision, who="ours"):
        try:
            times, report = ockham_bench.measure(self.session, self.session.models / network / models.MODEL,
                                                 precision, BATCHES, OUR_SECONDS, who == "tuned")
        except Failure as failure:
            self.add(network, None, precision, who, reason=str(failure))
            return
        self.session.results.setdefault("reports", {})[f"{network} {precision} {who}"] = report
        for batch, ms in times.items():
            self.add(network, batch, precision, who, ms)

    def time_torch(self, network, precision, compiled=False):
        for batch in BATCHES:
            if self.session.seconds_left() <= 0:
                return
            found = self.torch.ask({"folder": str(self.session.models / network), "batch": batch,
                                    "precision": precision, "device": self.session.device,
                                    "seconds": TORCH_SECONDS, "compile": compiled})
            self.add(network, batch, precision, "compiled" if compiled else "torch", found.get("ms"),
                     found.get("error"), found.get("reason"))

    def time_network(self, network, precisions):
        for precision in precisions:
            self.time_ours(network, precision)
        for precision in precisions:
            self.time_torch(network, precision)
        self.save()
        self.session.say(f"  {network}: {self.summary(network, precisions)}")

    def summary(self, network, precisions):
        """Its times at the largest batch, and what failed."""
        rows = [row for row in self.rows if row["network"] == network and row["precision"] in precisions]
        timed = [f"{row['who']} {row['precision']} {row['ms']:.3f}" for row in rows
                 if row["batch"] == BATCHES[-1] and row["ms"] is not None]
        reasons = sorted({f"{row['who']} {row['precision']}: {row['reason']}"
                          for row in rows if row["reason"]})
        return "; ".join([f"ms at batch {BATCHES[-1]}: {', '.join(timed) or 'none'}", *reasons])

    def save(self):
        self.session.results["bench"] = self.rows
        self.session.save()
        with open(self.session.out / "results.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        (self.session.out / "table.md").write_text(markdown(self.rows, self.session.results))


def run(session):
    bench, left = Bench(session), models.ready(session)
    if not left:
        raise Failure("there are no networks: the section models must run first")
    skipped = []
    try:
        for precisions in bench.rounds():
            for network in left:
                if not time_if_left(session, bench.time_network, network, precisions):
                    skipped.append(f"{network} {'/'.join(precisions)}")
        if session.device == "cuda":
            for network in left:
                for precision in bench.rounds()[0]:
                    time_if_left(session, bench.time_ours, network, precision, "tuned")
        if session.compiles:
            for precisions in bench.rounds():
                for network in left:
                    for precision in precisions:
                        time_if_left(session, bench.time_torch, network, precision, True)
    finally:
        bench.torch.end()
        bench.save()
        session.say()
        session.say((session.out / "table.md").read_text())
    failed = sum(row["reason"] is not None for row in bench.rows)
    if skipped or failed:
        raise Failure(f"{failed} measurements failed; no time for: {', '.join(skipped) or 'none'}")


def time_if_left(session, function, *arguments):
    if session.seconds_left() <= 0:
        return False
    function(*arguments)
    return True
