"""Draws the CSV that the program ockham-kl-curve prints: KL_VD, KL_ARD and their difference over log alpha."""

import csv
import pathlib
import sys

from results_lib.charts import COLOURS, STYLE, pyplot, save


def main(path):
    rows = list(csv.DictReader(sys.stdin))
    columns = {key: [float(row[key]) for row in rows] for key in rows[0]}
    x = columns["log_alpha"]
    with pyplot.rc_context(STYLE):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(8.4, 3.4))
        left.plot(x, columns["kl_vd"], color=COLOURS[0], label="variational dropout")
        left.plot(x, columns["kl_vd_exact"], color=COLOURS[0], linestyle=":", label="the same, exactly")
        left.plot(x, columns["kl_ard"], color=COLOURS[1], label="ARD")
        left.set_ylabel("KL of one weight, nats")
        left.legend(frameon=False)
        right.plot(x, columns["kl_vd_minus_kl_ard"], color=COLOURS[2])
        right.set_ylabel("KL of dropout - KL of ARD, nats")
        for axes in (left, right):
            axes.set_xlabel("log alpha (noise over signal)")
            axes.set_ylim(bottom=0)
        figure.tight_layout()
        save(figure, path)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
