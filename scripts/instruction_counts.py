"""Counts the instructions of a run of small networks and compares them with those on record.

    scripts/instruction_counts                   # exit status 1 where a network takes 5 % more than on record
    scripts/instruction_counts --record          # and puts them on record
    scripts/instruction_counts --bin build/other/bin

Times on a busy machine hide a regression of a few percent; the number of instructions is always the same.
valgrind counts them. It runs programs on AVX2, if the processor has it, whatever else that can do: there the
figures are the same on all processors, while other compilers, C libraries and builds change them. Networks are
those of small layers, where calls count as much as arithmetic does.
"""

import argparse
import csv
import pathlib
import re
import subprocess
import sys
import tempfile

from compare import networks

ROOT = pathlib.Path(__file__).resolve().parents[1]
RECORD = ROOT / "docs/results/instruction_counts.csv"
NETWORKS = ("relu", "ten-small-layers", "lenet5", "lenet5-5-10-76-16", "mlp-97-71-33")
RUN = "ockham::Session::run("
ALLOWED = 1.05
NAME = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")


class CountingError(Exception):
    pass


def mean_of_calls(lines, function):
    """Instructions of a call, with all that it calls, of what callgrind wrote."""
    names, calls, instructions, expected = {}, 0, 0, 0
    for line in lines:
        if name := NAME.match(line):
            number, text = name.groups()
            if text:
                names[number] = text
            called = number
        elif line.startswith("calls=") and names[called].startswith(function):
            expected = int(line[len("calls="):].split()[0])
        elif expected:  # the line behind it has the sum over these calls
            calls, instructions, expected = calls + expected, instructions + int(line.split()[1]), 0
    if not calls:
        raise CountingError(f"callgrind saw no call of {function}...): was the program built with a symbol table?")
    return round(instructions / calls)


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        raise CountingError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def count(programs, name, shape, layers, folder):
    model, profile = folder / f"{name}.ockham", folder / f"{name}.callgrind"
    run(programs / "ockham-convert", networks.write_made(name, shape, layers, folder), "--quiet", "-o", model)
    run("valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}",
        programs / "ockham-run", model, "--random", "--quiet")
    with open(profile) as lines:
        return mean_of_calls(lines, RUN)


def on_record():
    if not RECORD.is_file():
        return {}
    with open(RECORD, newline="") as file:
        return {row["network"]: int(row["instructions"]) for row in csv.DictReader(file)}


def record(counts):
    with open(RECORD, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("network", "instructions"))
        writer.writerows(counts.items())


def compare(counts, before):
    """Prints a table; returns the networks that take more than they may."""
    print("| network | instructions of a run | on record | ratio |\n| --- | ---: | ---: | ---: |")
    slower = []
    for name, now in counts.items():
        then = before.get(name)
        print(f"| {name} | {now:,} | {f'{then:,}' if then else '-'} | {f'{now / then:.3f}' if then else '-'} |")
        if then and now > ALLOWED * then:
            slower.append(name)
    return slower


def main():
    parser = argparse.ArgumentParser(prog="scripts/instruction_counts", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin", help="where programs are")
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.relative_to(ROOT)}")
    options = parser.parse_args()
    made = {name: (shape, layers) for name, shape, layers in networks.made_networks() if name in NETWORKS}
    try:
        with tempfile.TemporaryDirectory() as folder:
            counts = {name: count(options.bin, name, *made[name], pathlib.Path(folder)) for name in NETWORKS}
    except CountingError as error:
        sys.exit(f"instruction_counts: error: {error}")
    except OSError as error:
        sys.exit(f"instruction_counts: error: {error.filename}: {error.strerror}; build ockham-convert and ockham-run or "
                 "name another build by --bin; scripts/setup --checks installs valgrind")
    slower = compare(counts, on_record())
    if options.record:
        record(counts)
    elif slower:
        sys.exit(f"instruction_counts: more than {ALLOWED:.0%} of what is on record: {', '.join(slower)}; where "
                 "that is meant, put the new ones on record with --record")


if __name__ == "__main__":
    main()
