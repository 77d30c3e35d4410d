"""Tables of docs/results.md out of rows, between the markers <!-- table:NAME --> and <!-- end -->."""

import pathlib
import re
import statistics

from results_lib import charts

PAGE = pathlib.Path("docs/results.md")
IMAGES = pathlib.Path("docs/images")


class RenderError(Exception):
    """The page cannot take the table; the text is for the user."""


def line(cells):
    return "| " + " | ".join(cells) + " |"


def markdown(header, body):
    return "\n".join([line(header), line(["---"] * len(header)), *map(line, body)])


def count(number):
    return "" if number is None else f"{number:,.0f}"


def dashed(widths):
    return "-".join(map(str, widths))


def by_recipe(rows):
    groups = {}
    for row in rows:
        groups.setdefault(row["recipe"], []).append(row)
    return groups


def median_run(rows):
    """The run whose MACs are in the middle."""
    return sorted(rows, key=lambda row: row["macs"])[(len(rows) - 1) // 2]


def spread(values):
    return f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""


def mean_of(rows, key):
    return statistics.mean(row[key] for row in rows)


MEAN_HEADER = ("recipe", "test error %", "dense %", "MACs", "parameters", "widths", "speed-up",
               "training s", "seeds")


def mean_line(recipe, rows):
    errors = [row["test_error"] for row in rows]
    return (recipe, f"{statistics.mean(errors):.2f}{spread(errors)}",
            f"{mean_of(rows, 'dense_test_error'):.2f}", count(mean_of(rows, "macs")),
            count(mean_of(rows, "params")), dashed(median_run(rows)["kept"]),
            f"{mean_of(rows, 'measured_speedup'):.1f} of {mean_of(rows, 'theoretical_speedup'):.1f}",
            count(mean_of(rows, "train_seconds")), str(len(rows)))


def published_line(row):
    return (f"{row['name']}, published ({row['source']})", f"{row['error']:.2f}", "", count(row["macs"]),
            count(row["params"]), dashed(row.get("kept", [])), "", "", "")


def means_table(table, rows):
    body = [mean_line(recipe, runs) for recipe, runs in by_recipe(rows).items()]
    return markdown(MEAN_HEADER, body + [published_line(row) for row in table.published])


SINGLE_HEADER = ("recipe", "seed", "test error % (dense)", "val. error %", "MACs", "parameters", "widths",
                 "dense us", "pruned us", "speed-up", "empty region: MACs", "cut at -1, 1: MACs",
                 "training s", "revision")


def empty_region_text(cut):
    """"-0.02 to 0.01: 19,030 to 18,964"; an end beyond which nothing lies is open."""
    low, high = (("..." if end is None else f"{end:.2f}") for end in cut["empty_region"])
    return f"{low} to {high}: " + " to ".join(map(count, cut["macs_over_region"]))


def single_line(row):
    return (row["recipe"], str(row["seed"]), f"{row['test_error']:.2f} ({row['dense_test_error']:.2f})",
            f"{row['validation_error']:.2f}", count(row["macs"]), count(row["params"]),
            dashed(row["kept"]), f"{row['dense_us']:.1f}", f"{row['us']:.1f}",
            f"{row['measured_speedup']:.1f} of {row['theoretical_speedup']:.1f}",
            empty_region_text(row["cut"]),
            f"{count(row['cut']['macs_one_lower'])}, {count(row['cut']['macs_one_higher'])}",
            f"{row['train_seconds']:.0f}", row["revision"].replace("-dirty", "+"))


def singles_table(rows):
    return markdown(SINGLE_HEADER, [single_line(row) for row in rows])


def machines(rows):
    return "; ".join(dict.fromkeys(f"{row['machine']}, {row['date']}" for row in rows))


def times(rows):
    """Where and how runs were timed, as far as that was not when they were trained."""
    timed = [{**row, **row["timed"]} for row in rows if "timed" in row]
    return f" Times: {machines(timed)}, by networks of the same widths with random weights." if timed else ""


def section(table, rows):
    """What stands between the markers."""
    if not rows:
        return "No run is finished yet."
    image = f"images/{table.name}-error-over-macs.svg"
    return "\n\n".join([
        means_table(table, rows),
        "Speed-up: measured of theoretical, one thread, batch 1. Widths: of the run with the median MACs. "
        "Published parameters are weights only. Empty region: around the cut, without any relevance, and "
        "the MACs when the cut is at either end; then those when it is 1 lower or higher.",
        f"![{table.name}: test error over MACs]({image})",
        "Single runs:", singles_table(rows), f"Machine: {machines(rows)}.{times(rows)}"])


def replace_section(page, name, text):
    """The page with another text between the table's markers."""
    start, end = f"<!-- table:{name} -->", "<!-- end -->"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise RenderError(f"{PAGE} has no markers '{start}' ... '{end}'")
    return pattern.sub(lambda _: f"{start}\n\n{text}\n\n{end}", page)


def render(table, rows):
    PAGE.write_text(replace_section(PAGE.read_text(), table.name, section(table, rows)))
    if rows:
        IMAGES.mkdir(parents=True, exist_ok=True)
        charts.error_over_macs(table, rows, IMAGES / f"{table.name}-error-over-macs.svg")
    return 0
