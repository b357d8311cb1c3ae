"""Timings of kerasrec beside other systems on the same machine: `python -m benchmarks`; see docs/benchmarks.md."""
