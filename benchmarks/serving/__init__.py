"""Experiments with `kerasrec serve`: load, new versions and a killed server; see docs/benchmarks.md."""
