"""The picture: every runtime's time beside Ockham's, network by network."""

from results_lib.charts import STYLE, log_axis, pyplot, save, style_of


def relative_times(measurements):
    """Lowest times over Ockham's, by runtime; none where Ockham was not timed."""
    timed = {one.peer: one.lowest for one in measurements if not one.reason}
    ours = next((lowest for peer, lowest in timed.items() if peer.name == "ockham"), None)
    return {peer: lowest / ours for peer, lowest in timed.items()} if ours else {}


def draw(path, results, peers):
    rows = [(name, relative_times(measurements)) for name, _, measurements in results]
    rows = [row for row in reversed(rows) if row[1]]
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(7.2, 1.0 + 0.26 * len(rows)))
        for number, peer in enumerate(peers):
            points = [(times[peer], place) for place, (_, times) in enumerate(rows) if peer in times]
            if points:
                axes.scatter(*zip(*points), s=30, label=peer.title, edgecolors="white", linewidths=0.5,
                             **style_of(number))
        log_axis(axes, "time, as a multiple of Ockham's (to the right: slower)")
        axes.set_yticks(range(len(rows)), [name for name, _ in rows])
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
        save(figure, path)
