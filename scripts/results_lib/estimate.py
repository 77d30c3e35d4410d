"""How long runs will take, from those that are finished."""

import statistics

# An epoch of pruning draws noise and has a second convolution in the slowest methods; one of fine-tuning
# has a small network.
PRUNE_EPOCHS, FINETUNE_EPOCHS = 2.0, 0.7
MEASURE_SECONDS = 12.0  # converting, accuracy, bench


def seconds_from_dense_epoch(recipe, epoch_seconds):
    settings = recipe.settings
    epochs = (settings.get("pretrain-epochs", 0) if settings.get("dense-only") else 0)
    epochs += PRUNE_EPOCHS * settings.get("prune-epochs", 0)
    epochs += FINETUNE_EPOCHS * settings.get("finetune-epochs", 0)
    return epochs * epoch_seconds


def full_run_seconds(recipe, rows, dense_epoch_seconds):
    """Of finished runs of the recipe, else of the table; else so many dense epochs (a function, as finding
    out may take one)."""
    same = [row["train_seconds"] for row in rows if row["recipe"] == recipe.name]
    known = same or [row["train_seconds"] for row in rows]
    if known:
        return statistics.mean(known)
    return seconds_from_dense_epoch(recipe, dense_epoch_seconds())


def remaining_seconds(runner, runs, rows):
    """[(name, seconds)] of what is still to be done, dense networks first."""
    parts = []
    for seed in dict.fromkeys(seed for _, seed in runs):
        dense = runner.table.dense
        left = dense.epochs() - runner.epochs_done(dense, seed)
        if left > 0:
            parts.append((f"dense-{seed}", left * runner.dense_epoch_seconds()))
    for recipe, seed in runs:
        share = 1.0 - runner.epochs_done(recipe, seed) / max(1, recipe.epochs())
        seconds = full_run_seconds(recipe, rows, runner.dense_epoch_seconds)
        parts.append((f"{recipe.name}-{seed}", max(0.0, share) * seconds + MEASURE_SECONDS))
    return parts


def duration_text(seconds):
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{max(1, minutes)} min"
