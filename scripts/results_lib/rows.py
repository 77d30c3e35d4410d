"""Rows: what a finished run came to, one JSON object a line in docs/results/TABLE.jsonl."""

import datetime
import json
import pathlib

RESULTS = pathlib.Path("docs/results")


def kept_widths(layers):
    """What is kept, as published tables write it: the outputs of each layer but the last, and before the
    first linear layer its inputs. LeNet-5: conv1-conv2-inputs-fc1."""
    kept, seen_linear = [], False
    for layer in layers:
        if layer["op"] == "linear" and not seen_linear:
            kept.append(layer["inputs"])
            seen_linear = True
        kept.append(layer["outputs"])
    return kept[:-1]


def cut_effect(summary):
    """How the MACs change when the cut moves from one end of the empty region to the other, and by 1."""
    region = summary["empty_region"]["overall"]
    macs = {cut["cut"]: cut["macs"] for cut in summary["cut_sensitivity"]}
    return {"empty_region": region["region"], "macs_over_region": region["macs"],
            "macs_one_lower": macs[-1.0], "macs_one_higher": macs[1.0]}


def machine_text(machine):
    """"AMD EPYC, 2 cores, AVX-512"."""
    for feature, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")):
        if feature in machine["isa"]:
            return f"{machine['cpu']}, {machine['cores']} cores, {name}"
    return f"{machine['cpu']}, {machine['cores']} cores"


def make_row(recipe, seed, summary, bench, error, dense_error):
    pruned, dense, machine = summary["pruned"], summary["dense"], bench["machine"]
    return {
        "recipe": recipe.name,
        "seed": seed,
        "recipe_settings": recipe.settings,
        "settings": summary["settings"],
        "test_error": error,
        "validation_error": pruned["validation_error_percent"],
        "dense_test_error": dense_error,
        "dense_validation_error": dense["validation_error_percent"],
        "macs": bench["macs"],
        "params": bench["params"],
        "dense_macs": dense["macs"],
        "dense_params": dense["params"],
        "kept": kept_widths(pruned["layers"]),
        "train_seconds": round(summary["seconds"], 1),
        "us": bench["latency_us"]["p50"],
        "dense_us": bench["baseline"]["latency_us"]["p50"],
        "theoretical_speedup": bench["speedup"]["theoretical"],
        "measured_speedup": bench["speedup"]["measured"],
        "cut": cut_effect(summary),
        "machine": machine_text(machine),
        "date": datetime.date.today().isoformat(),
        "revision": machine["commit"],
    }


def rows_path(table, folder=RESULTS):
    return pathlib.Path(folder) / f"{table}.jsonl"


def read_rows(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def append_row(path, row):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        file.write(json.dumps(row) + "\n")


def write_rows(path, rows):
    """Takes the place of all rows at once."""
    temporary = path.with_suffix(".new")
    temporary.write_text("".join(json.dumps(row) + "\n" for row in rows))
    temporary.replace(path)


def present_rows(table, rows):
    """Of each recipe and seed the last row, where it was made with the recipe as it is now; in the order of
    the table."""
    last = {(row["recipe"], row["seed"]): row for row in rows}
    return [last[recipe.name, seed] for recipe in table.recipes
            for seed in sorted(seed for name, seed in last if name == recipe.name)
            if last[recipe.name, seed]["recipe_settings"] == recipe.settings]


def is_finished(table, rows, recipe, seed):
    return any(row["recipe"] == recipe.name and row["seed"] == seed
               for row in present_rows(table, rows))
