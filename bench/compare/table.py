"""What is printed: a Markdown table, a row per network as it is done, and a CSV file."""

import csv
import datetime
import os

from machine import processor


def time_text(microseconds):
    if microseconds < 100:
        return f"{microseconds:.2f}" if microseconds < 10 else f"{microseconds:.1f}"
    return f"{microseconds:,.0f}"


def count_text(count):
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return str(count)


def cell(measurement):
    if measurement.reason:
        return "-"
    return f"{time_text(measurement.lowest)} ({time_text(measurement.median)})"


def best_peer(measurements):
    """The fastest float32 runtime but ours, by its lowest time."""
    timed = [one for one in measurements if not one.reason and one.peer.float32 and one.peer.name != "ockham"]
    return min(timed, key=lambda one: one.lowest, default=None)


def ratio_cell(measurements):
    ours = next((one for one in measurements if one.peer.name == "ockham" and not one.reason), None)
    best = best_peer(measurements)
    return f"{best.lowest / ours.lowest:.2f} ({best.peer.title})" if ours and best else "-"


class Table:
    """The table of one run of the comparison."""

    def __init__(self, peers, settings):
        self.peers = peers
        self.settings = settings
        self.refusals = {}  # networks by runtime and reason

    def print_head(self):
        versions = ", ".join(f"{peer.title} {peer.version(self.settings)}" for peer in self.peers)
        cores = os.cpu_count()
        time = " of processor time" if self.settings.processor_time else ""
        print(f"{processor()}, {cores} cores, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}; "
              f"threads {self.settings.threads}, batch {self.settings.batch}; {versions}.\n"
              f"Microseconds{time} a run: lowest (median).\n")
        titles = ["network", "MACs", *(peer.title for peer in self.peers), "best float32 peer / Ockham"]
        print("| " + " | ".join(titles) + " |")
        print("| --- |" + " ---: |" * (len(titles) - 1), flush=True)

    def print_row(self, name, macs, measurements):
        cells = [name, count_text(macs), *map(cell, measurements), ratio_cell(measurements)]
        print("| " + " | ".join(cells) + " |", flush=True)
        for one in measurements:
            if one.reason:
                self.refusals.setdefault((one.peer.title, one.reason), []).append(name)

    def print_refusals(self):
        if self.refusals:
            print("\nNot timed:\n")
        for (title, reason), names in self.refusals.items():
            print(f"- {title}: {reason} ({', '.join(names)})")


COLUMNS = ("network", "macs", "runtime", "version", "threads", "batch", "clock", "lowest_us", "median_us",
           "samples", "answer_error", "reason")


def write_csv(path, results, settings):
    clock = "cpu" if settings.processor_time else "wall"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for name, macs, measurements in results:
            for one in measurements:
                writer.writerow([name, macs, one.peer.name, one.peer.version(settings), settings.threads,
                                 settings.batch, clock, one.lowest, one.median, one.samples, one.error,
                                 one.reason])
