"""Prints the rows of docs/results.md out of what scripts/lenet5_results left in out/lenet5."""

import json
import pathlib
import statistics
import sys


def read(folder, name):
    return json.loads((folder / name).read_text())


def row_of(variant, seed):
    folder = pathlib.Path("out/lenet5") / f"{variant}-{seed}"
    summary, bench = read(folder, "summary.json"), read(folder, "bench.json")
    return {
        "dense": read(folder, "dense.accuracy.json")["error_percent"],
        "error": read(folder, "pruned.accuracy.json")["error_percent"],
        "validation": summary["pruned"]["validation_error_percent"],
        "macs": bench["macs"],
        "params": bench["params"],
        "widths": "-".join(str(w) for w in list(summary["pruned"]["widths"].values())[:-1]),
        "seconds": summary["seconds"],
        "us": bench["latency_us"]["p50"],
        "dense_us": bench["baseline"]["latency_us"]["p50"],
        "theoretical": bench["speedup"]["theoretical"],
        "measured": bench["speedup"]["measured"],
    }


def main(variant, seeds):
    rows = [row_of(variant, seed) for seed in seeds]
    print("| method | seed | test error % (dense) | val. error % | MACs | parameters | widths "
          "| dense us | pruned us | speed-up measured / theoretical | training s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for seed, r in zip(seeds, rows):
        print(f"| {variant} | {seed} | {r['error']:.2f} ({r['dense']:.2f}) | {r['validation']:.2f} "
              f"| {r['macs']:,} | {r['params']:,} | {r['widths']} | {r['dense_us']:.1f} | {r['us']:.1f} "
              f"| {r['measured']:.1f} / {r['theoretical']:.1f} | {r['seconds']:.0f} |")
    mean = {key: statistics.mean(r[key] for r in rows) for key in rows[0] if key != "widths"}
    spread = statistics.stdev(r["error"] for r in rows) if len(rows) > 1 else 0.0
    print(f"| **{variant}** | mean of {len(rows)} | **{mean['error']:.2f}** ({mean['dense']:.2f}), "
          f"sd {spread:.2f} | {mean['validation']:.2f} | **{mean['macs']:,.0f}** "
          f"| {mean['params']:,.0f} | | {mean['dense_us']:.1f} | {mean['us']:.1f} "
          f"| {mean['measured']:.1f} / {mean['theoretical']:.1f} | {mean['seconds']:.0f} |")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
