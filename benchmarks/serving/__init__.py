"""How `kerasrec serve` bears loads, changes of versions and accidents; see docs/benchmarks.md."""
