"""Ockham beside the runtimes that people would use instead, on the same networks: bench/compare/run."""
