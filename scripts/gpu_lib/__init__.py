"""Tests and measurements on a machine with a GPU: what `scripts/gpu run` does there."""
