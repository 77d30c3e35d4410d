"""What is printed: a Markdown table, a row per network as it is done, and a CSV file."""

import csv
import datetime
import os

from compare.gpu.device import gpu
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
    """The fastest runtime but ours of those that compute as asked, by its lowest time."""
    timed = [one for one in measurements if not one.reason and one.peer.as_asked and one.peer.name != "ockham"]
    return min(timed, key=lambda one: one.lowest, default=None)


def ratio_cell(measurements):
    ours = next((one for one in measurements if one.peer.name == "ockham" and not one.reason), None)
    best = best_peer(measurements)
    return f"{best.lowest / ours.lowest:.2f} ({best.peer.title})" if ours and best else "-"


def machine_text(settings):
    if settings.device == "cpu":
        return f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    found = gpu()
    return f"{found['name']}, driver {found['driver_version']}"


def setting_text(settings):
    how = f"threads {settings.threads}" if settings.device == "cpu" else settings.precision
    how += ", Ockham tuned" if settings.tune else ""
    return f"{how}, batch {settings.batch}"


def time_meaning(settings):
    if settings.device != "cpu":
        return "Microseconds of a run on the device, by events: lowest (median)."
    return f"Microseconds{' of processor time' if settings.processor_time else ''} a run: lowest (median)."


class Table:
    """The table of one run of the comparison."""

    def __init__(self, peers, settings):
        self.peers = peers
        self.settings = settings
        self.refusals = {}  # networks by runtime and reason
        self.notes = {}  # and by runtime and note

    def print_head(self):
        versions = ", ".join(f"{peer.title} {peer.version(self.settings)}" for peer in self.peers)
        print(f"{machine_text(self.settings)}, {datetime.date.today()}; {setting_text(self.settings)}; "
              f"{versions}.\n{time_meaning(self.settings)}\n")
        precision = "float32" if self.settings.device == "cpu" else self.settings.precision
        titles = ["network", "MACs", *(peer.title for peer in self.peers), f"best {precision} peer / Ockham"]
        print("| " + " | ".join(titles) + " |")
        print("| --- |" + " ---: |" * (len(titles) - 1), flush=True)

    def print_row(self, name, macs, measurements):
        cells = [name, count_text(macs), *map(cell, measurements), ratio_cell(measurements)]
        print("| " + " | ".join(cells) + " |", flush=True)
        for one in measurements:
            if one.reason:
                self.refusals.setdefault((one.peer.title, one.reason), []).append(name)
            if one.note:
                self.notes.setdefault((one.peer.title, one.note), []).append(name)

    def print_remarks(self):
        for heading, remarks in (("Not timed", self.refusals), ("Notes", self.notes)):
            if remarks:
                print(f"\n{heading}:\n")
            for (title, remark), names in remarks.items():
                print(f"- {title}: {remark} ({', '.join(names)})")


COLUMNS = ("network", "macs", "runtime", "version", "threads", "batch", "clock", "lowest_us", "median_us",
           "samples", "answer_error", "reason", "device", "precision", "ockham_tuned", "note")


def clock_name(settings):
    if settings.device != "cpu":
        return "device"
    return "cpu" if settings.processor_time else "wall"


def write_csv(path, results, settings):
    clock = clock_name(settings)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for name, macs, measurements in results:
            for one in measurements:
                writer.writerow([name, macs, one.peer.name, one.peer.version(settings), settings.threads,
                                 settings.batch, clock, one.lowest, one.median, one.samples, one.error,
                                 one.reason, settings.device, settings.precision, int(settings.tune),
                                 one.note])
