"""scripts/sweep: one network at several prices, each measured; error over MACs and over microseconds."""

import argparse
import json
import pathlib
import sys

from results_lib import charts
from results_lib.programs import ProgramError, Programs
from results_lib.render import markdown
from results_lib.runs import is_older


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/sweep",
        description="Runs ockham-train --sweep, converts and measures each network, and draws error over "
                    "MACs and over microseconds. What was interrupted goes on where it was.",
        epilog="Example: scripts/sweep --recipe training/recipes/lenet5/gate-ard.toml "
               "--prices 0.01,0.03,0.1 --out out/sweep-gate-ard")
    parser.add_argument("--recipe", type=pathlib.Path, required=True, help="what to run, but for the price")
    parser.add_argument("--prices", required=True, metavar="P1,P2,...")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the runs")
    parser.add_argument("--from", dest="dense", type=pathlib.Path,
                        help="trained dense network to start from; otherwise one is trained")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/release/bin"))
    return parser.parse_args()


def train(options, programs):
    options.out.mkdir(parents=True, exist_ok=True)
    start = ["--from", options.dense] if options.dense else []
    programs.train("--recipe", options.recipe, "--sweep", options.prices, "--seed", options.seed,
                   "--threads", 1, "--out", options.out, *start, log=options.out / "sweep.log")
    return json.loads((options.out / "sweep.json").read_text())


def measure(point, dense, data, programs):
    """Adds to a point of sweep.json what the converted file does."""
    onnx = pathlib.Path(point["folder"]) / "pruned.onnx"
    if is_older(onnx.with_suffix(".ockham"), onnx):
        programs.convert(onnx)
    bench = programs.bench(onnx.with_suffix(".ockham"), dense)
    return {"name": f"{point['price']:g}", "price": point["price"],
            "test_error": programs.accuracy(onnx.with_suffix(".ockham"), data),
            "macs": bench["macs"], "params": bench["params"], "us": bench["latency_us"]["p50"],
            "dense_us": bench["baseline"]["latency_us"]["p50"]}


def table(points):
    return markdown(("price", "test error %", "MACs", "parameters", "us (dense)"),
                    [(p["name"], f"{p['test_error']:.2f}", f"{p['macs']:,}", f"{p['params']:,}",
                      f"{p['us']:.1f} ({p['dense_us']:.1f})") for p in points])


def main(options):
    programs = Programs(options.programs)
    sweep = train(options, programs)
    dense = pathlib.Path(sweep["dense"])
    programs.convert(dense, options.out / "dense.ockham")
    points = [measure(point, options.out / "dense.ockham", sweep["data"], programs)
              for point in sweep["points"] if "failure" not in point]
    (options.out / "measured.json").write_text(json.dumps(points, indent=2) + "\n")
    title = f"{options.recipe.stem} on {sweep['data']}, by price"
    charts.sweep_curves(points, title, options.out / "sweep.svg")
    print(table(points), f"\ndrawn: {options.out / 'sweep.svg'}")


if __name__ == "__main__":
    try:
        main(parse_arguments())
    except ProgramError as error:
        sys.exit(f"sweep: error: {error}")
