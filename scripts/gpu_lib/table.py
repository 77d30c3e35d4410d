"""The table for people: ours beside PyTorch's."""

NOTE = """Device time of a run in milliseconds: Ockham / PyTorch (PyTorch's over ours, above 1 ours is faster).
PyTorch: one CUDA graph, channels last, batch norms folded, cudnn.benchmark, input in place and in the
precision of the network; the median of single replays, by events. A dash: not timed, see below."""


def time_text(ms):
    return "-" if ms is None else f"{ms:.4f}" if ms < 0.1 else f"{ms:.3f}"


def cell(ours, others):
    if ours is None and others is None:
        return "-"
    ratio = f" ({others / ours:.2f})" if ours and others else ""
    return f"{time_text(ours)} / {time_text(others)}{ratio}"


def unique(values):
    return list(dict.fromkeys(value for value in values if value is not None))


def rows_of(rows, who, us="ours"):
    times = {(row["network"], row["batch"], row["precision"], row["who"]): row["ms"] for row in rows}
    precisions = unique(row["precision"] for row in rows)
    head = ["network", "batch", *precisions]
    yield "| " + " | ".join(head) + " |"
    yield "| --- |" + " ---: |" * (len(head) - 1)
    for network in unique(row["network"] for row in rows):
        for batch in sorted(unique(row["batch"] for row in rows if row["network"] == network)):
            cells = [cell(times.get((network, batch, precision, us)),
                          times.get((network, batch, precision, who))) for precision in precisions]
            yield "| " + " | ".join([network, str(batch), *cells]) + " |"


def reasons(rows):
    found = {}
    for row in rows:
        if row["reason"]:
            place = f"{row['network']} {row['precision']}" + (f" b{row['batch']}" if row["batch"] else "")
            found.setdefault((row["who"], row["reason"]), []).append(place)
    return [f"- {who}: {reason} ({', '.join(places)})" for (who, reason), places in found.items()]


def markdown(rows, results):
    device = results.get("device", {})
    machine = f"{device.get('name')}, driver {device.get('driver_version')}, {device.get('torch')}"
    text = [machine, "", NOTE, "", *rows_of(rows, "torch")]
    tuned = [row for row in rows if row["who"] in ("tuned", "torch")]
    if any(row["who"] == "tuned" for row in rows):
        text += ["", "With --tune:", "", *rows_of(tuned, "torch", "tuned")]
    if any(row["who"] == "compiled" for row in rows):
        text += ["", "The same beside torch.compile:", "", *rows_of(rows, "compiled")]
    missing = reasons(rows)
    if missing:
        text += ["", "Not timed:", "", *missing]
    return "\n".join(text) + "\n"
