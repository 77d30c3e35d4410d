"""Compares training steps of ours and of eager PyTorch, in turns; scripts/training_speed runs it."""

import argparse
import collections
import datetime
import os
import pathlib
import statistics
import subprocess
import sys

from machine import processor

VARIANTS = ("dense", "gate-ard", "group-ard")


def step_times(command, threads, options):
    """Milliseconds by variant, as the command prints them."""
    arguments = ["--threads", threads, "--batch", options.batch, "--steps", options.steps,
                 "--variants", *VARIANTS]
    done = subprocess.run([*command, *map(str, arguments)], text=True, capture_output=True,
                          env={**os.environ, "OMP_NUM_THREADS": str(threads)})
    if done.returncode != 0:
        sys.exit(f"training_speed: error: {command[0]}: {done.stderr.strip().splitlines()[-1]}")
    return {variant: float(time) for variant, time in map(str.split, done.stdout.splitlines())}


def measure(options):
    """Lists of milliseconds by (who, threads, variant)."""
    commands = {
        "ours": [str(options.programs / "ockham-training-speed")],
        "torch": [options.python, str(pathlib.Path(__file__).with_name("training_speed_torch.py"))],
    }
    times = collections.defaultdict(list)
    for turn in range(options.turns):
        for threads in options.threads:
            for who, command in commands.items():
                for variant, time in step_times(command, threads, options).items():
                    times[who, threads, variant].append(time)
        print(f"turn {turn + 1} of {options.turns} done", file=sys.stderr)
    return times


def machine():
    return f"{processor()}, {os.cpu_count()} cores, {datetime.date.today()}"


def print_table(times, options):
    print(f"LeNet-5, batch {options.batch}, ms per step: medians of {options.turns} turns of "
          f"{options.steps} steps; {machine()}.\n")
    print("| step | threads | Ockham | PyTorch, eager | PyTorch / Ockham |")
    print("| --- | --- | --- | --- | --- |")
    for threads in options.threads:
        for variant in VARIANTS:
            ours, torch = (statistics.median(times[who, threads, variant]) for who in ("ours", "torch"))
            print(f"| {variant} | {threads} | {ours:.2f} | {torch:.2f} | {torch / ours:.2f} |")


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/training_speed",
        description="Compares training steps (forward, backward, Adam) of LeNet-5 in our C++ with the "
                    "same in eager PyTorch, by turns; prints a table for docs/results.md.")
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/release/bin"),
                        help="folder with ockham-training-speed")
    parser.add_argument("--python", default=sys.executable,
                        help="a Python in which 'import torch' works: on a machine without a GPU "
                             "scripts/setup leaves out what it needs beside LibTorch "
                             "(pip install torch==2.11.0 brings it)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=30, help="steps a turn")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    print_table(measure(options), options)


if __name__ == "__main__":
    main()
