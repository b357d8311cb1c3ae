"""Benchmarks of kerasrec against other systems on the same machine: `python -m benchmarks`; see docs/benchmarks.md."""
