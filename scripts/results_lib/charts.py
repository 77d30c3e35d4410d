"""The pictures of docs/results.md, as SVG (or PNG, by the file's name)."""

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import FuncFormatter  # noqa: E402

# Seven colours that colour-blind readers tell apart (Okabe and Ito), then marks.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
STYLE = {"svg.hashsalt": "ockham", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
         "axes.spines.right": False, "axes.grid": True, "grid.color": "#e6e6e6", "axes.axisbelow": True,
         "font.family": "sans-serif"}


def number_text(value, _=None):
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def log_axis(axes, label):
    axes.set_xscale("log")
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(FuncFormatter(number_text))
    axes.xaxis.set_minor_formatter(FuncFormatter(
        lambda value, _: number_text(value) if f"{value:e}"[0] in "25" else ""))
    axes.tick_params(axis="x", which="minor", labelsize=8)
    axes.grid(which="minor", axis="x", color="#f3f3f3")


def save(figure, path):
    figure.savefig(path, bbox_inches="tight", dpi=150,
                   metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def style_of(number):
    return {"color": COLOURS[number % len(COLOURS)], "marker": MARKS[number % len(MARKS)]}


def error_over_macs(table, rows, path):
    """Every recipe's runs (faint) and their mean, and the published points."""
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(7.2, 4.2))
        names = [recipe.name for recipe in table.recipes]
        for number, name in enumerate(names):
            runs = [(row["macs"], row["test_error"]) for row in rows if row["recipe"] == name]
            if not runs:
                continue
            macs, errors = zip(*runs)
            style = style_of(number)
            axes.scatter(macs, errors, s=14, alpha=0.35, linewidths=0, **style)
            axes.scatter(sum(macs) / len(macs), sum(errors) / len(errors), s=55, label=name,
                         edgecolors="white", linewidths=0.7, **style)
        plot_published(axes, table.published)
        log_axis(axes, "MACs of one image")
        axes.margins(x=0.12, y=0.1)
        axes.set_ylabel("test error, %")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
        save(figure, path)


def plot_published(axes, published):
    points = [row for row in published if row["macs"]]
    if not points:
        return
    axes.scatter([row["macs"] for row in points], [row["error"] for row in points], s=34,
                 facecolors="white", edgecolors="#888888", label="published")
    for number, row in enumerate(sorted(points, key=lambda row: row["macs"])):
        above = 4 if number % 2 else -10  # neighbours do not write over each other
        axes.annotate(row["name"], (row["macs"], row["error"]), xytext=(5, above), color="#777777",
                      textcoords="offset points", fontsize=7)


def sweep_curves(points, title, path):
    """Error over MACs and over measured microseconds of the networks of a sweep."""
    with pyplot.rc_context(STYLE):
        figure, both = pyplot.subplots(1, 2, figsize=(8.4, 3.6), sharey=True)
        for axes, key in zip(both, ("macs", "us")):
            ordered = sorted(points, key=lambda point: point[key])
            axes.plot([p[key] for p in ordered], [p["test_error"] for p in ordered], marker="o",
                      color=COLOURS[0])
            for point in ordered:
                axes.annotate(point["name"], (point[key], point["test_error"]), xytext=(4, 5),
                              textcoords="offset points", fontsize=7, color="#555555")
            axes.set_ylim(bottom=0)
        log_axis(both[0], "MACs of one image")
        both[1].set_xlabel("microseconds, measured")
        both[1].set_xlim(left=0)
        both[0].set_ylabel("test error, %")
        figure.suptitle(title)
        save(figure, path)
