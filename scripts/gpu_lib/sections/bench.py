"""Device times of all networks, batches and precisions: ours, and PyTorch's."""

import csv

from compare.gpu import ockham
from compare.gpu.precisions import PRECISIONS
from compare.gpu.process import WorkerProcess

from gpu_lib.sections import models
from gpu_lib.session import Failure
from gpu_lib.table import markdown

BATCHES = (1, 64, 256)
OUR_SECONDS = 0.3
PROGRAM_SECONDS = 40  # at most of a call of ockham-bench, in which answers are checked too
TORCH_SECONDS = 0.1
JOB_SECONDS = 60  # cuDNN tries its algorithms, torch.compile its kernels
COLUMNS = ("network", "batch", "precision", "who", "ms", "error", "reason")


class Bench:
    def __init__(self, session):
        self.session = session
        self.torch = WorkerProcess(session.log)
        self.rows = []

    def rounds(self):
        """Precisions in pairs: all networks are timed in the first ones before any is in the others."""
        every = PRECISIONS[self.session.device]
        return [every[first:first + 2] for first in range(0, len(every), 2)]

    def add(self, network, batch, precision, who, ms=None, error=None, reason=None):
        self.rows.append(dict(zip(COLUMNS, (network, batch, precision, who, ms, error, reason))))

    def time_ours(self, network, precision, who="ours"):
        session = self.session
        try:
            report = ockham.measure(lambda command: session.call(command, PROGRAM_SECONDS),
                                    session.program("ockham-bench"), session.models / network / models.MODEL,
                                    session.out / "bench.json", session.device, precision, BATCHES,
                                    OUR_SECONDS, *(("--tune",) if who == "tuned" else ()))
        except Failure as failure:
            self.add(network, None, precision, who, reason=str(failure))
            return
        session.results.setdefault("reports", {})[f"{network} {precision} {who}"] = report
        for batch, times in ockham.batch_times(report).items():
            self.add(network, batch, precision, who, times["p50"] / 1e3)

    def time_torch(self, network, precision, compiled=False):
        for batch in BATCHES:
            if self.session.seconds_left() <= 0:
                return
            found = self.torch.ask(
                {"runtime": "torch-compiled" if compiled else "torch-graph",
                 "folder": str(self.session.models / network), "batch": batch, "precision": precision,
                 "device": self.session.device, "seconds": TORCH_SECONDS},
                min(JOB_SECONDS, self.session.seconds_left()))
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
