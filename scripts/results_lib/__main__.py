"""scripts/results: makes the runs of a table of results, and renders the tables."""

import argparse
import concurrent.futures
import pathlib
import sys

from results_lib import estimate, render, rows, runs, timing
from results_lib.programs import ProgramError, Programs
from results_lib.recipes import RecipeError, read_table


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/results",
        description="Trains the recipes of a table (training/recipes/TABLE), one seed after the other, "
                    "measures each and appends its row to docs/results/TABLE.jsonl. What was "
                    "interrupted is resumed, what is finished skipped. Runs stay in out/TABLE.",
        epilog="Example: scripts/results lenet5 --only gate-ard:0 group-ard --jobs 2")
    parser.add_argument("table", help="a folder of training/recipes")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME[:SEED]", help="these runs only")
    parser.add_argument("--estimate", action="store_true", help="say how long it will take, and stop")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, one thread each")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu",
                        help="where to train; networks are measured on the CPU")
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/release/bin"),
                        help="folder of ockham-train and the others; a copy while you build")
    parser.add_argument("--retime", action="store_true",
                        help="only time the finished runs again, by networks of the same widths with random "
                             "weights")
    parser.add_argument("--render", action="store_true",
                        help="only rewrite the tables in docs/results.md and the pictures")
    return parser.parse_args()


def announce(parts, jobs):
    for name, seconds in parts:
        print(f"  {name:<24}{estimate.duration_text(seconds):>12}")
    total = sum(seconds for _, seconds in parts) / jobs
    print(f"{len(parts)} runs to do, about {estimate.duration_text(total)}", flush=True)


def keep_result(table, name, future):
    """Appends the row of a run that has ended and says what it came to; False when it failed."""
    try:
        row = future.result()
    except ProgramError as problem:
        print(f"{name}: failed: {problem}", file=sys.stderr, flush=True)
        return False
    rows.append_row(rows.rows_path(table), row)
    print(f"{name}: {row['test_error']:.2f} % (dense {row['dense_test_error']:.2f}), "
          f"{row['macs']:,} MACs, {'-'.join(map(str, row['kept']))}, "
          f"{row['measured_speedup']:.1f} times faster, {row['train_seconds']:.0f} s", flush=True)
    return True


def work(runner, todo, jobs):
    """Runs them all; a run that fails does not stop the others. Returns how many failed."""
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    names = {pool.submit(runner.run, recipe, seed): f"{recipe.name}-{seed}" for recipe, seed in todo}
    try:
        finished = concurrent.futures.as_completed(names)
        return sum(not keep_result(runner.table.name, names[future], future) for future in finished)
    finally:
        pool.shutdown(cancel_futures=True)


def retime(table, programs, finished):
    """Rewrites the rows, those of the present recipes with the times of today."""
    folder = runs.OUT / table.name / "retimed"
    present = rows.present_rows(table, finished)
    timed = []
    for row in finished:
        timed.append(timing.retime(programs, folder, row) if row in present else row)
        print(f"{row['recipe']}-{row['seed']}: {timed[-1]['dense_us']:.1f} us dense, "
              f"{timed[-1]['us']:.2f} us pruned, before {row['us']:.2f}", flush=True)
    rows.write_rows(rows.rows_path(table.name), timed)
    return 0


def main(options):
    table = read_table(options.table)
    finished = rows.read_rows(rows.rows_path(table.name))
    if options.render:
        return render.render(table, rows.present_rows(table, finished))
    if options.retime:
        return retime(table, Programs(options.programs), finished)
    todo = [(recipe, seed) for recipe, seed in runs.plan(table, options.only)
            if not rows.is_finished(table, finished, recipe, seed)]
    if not todo:
        print("all runs are finished; --render writes the tables")
        return 0
    runner = runs.Runner(table, Programs(options.programs), device=options.device)
    announce(estimate.remaining_seconds(runner, todo, rows.present_rows(table, finished)), options.jobs)
    return 0 if options.estimate else min(1, work(runner, todo, options.jobs))


if __name__ == "__main__":
    try:
        sys.exit(main(parse_arguments()))
    except (RecipeError, ProgramError, render.RenderError) as error:
        sys.exit(f"results: error: {error}")
    except KeyboardInterrupt:
        sys.exit("results: interrupted; the same command goes on")
