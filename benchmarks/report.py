"""What a run of the benchmarks found: the machine, the table of ratios, and the same as JSON."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.row import Row
from benchmarks.table import format_table, summarise


@dataclass(frozen=True)
class Report:
    """All figures of a run, and where they come from.

    Attributes:
        machine: The machine, the versions and the data, in plain words by name.
        rows: The figures.
        rounds: How many rounds the medians are of.
        seconds: How long all of it took.
        notes: What could not be compared, and why.
    """

    machine: dict[str, str]
    rows: list[Row]
    rounds: int
    seconds: float
    notes: list[str] = field(default_factory=list)

    def to_text(self) -> str:
        """What a person reads; the table comes last but for the notes."""
        rounds = "one short round" if self.rounds == 1 else f"medians of {self.rounds} rounds"
        head = [f"{name}: {value}" for name, value in self.machine.items()]
        head.append(f"{rounds}, {self.seconds / 60:.1f} minutes in all")
        return "\n".join([*head, "", format_table(self.rows), "", summarise(self.rows), *self.notes])

    def to_json(self) -> dict[str, Any]:
        """What a program reads."""
        rows = [row.to_json() for row in self.rows]
        about = {"rounds": self.rounds, "seconds": round(self.seconds), "notes": self.notes}
        return {"machine": self.machine, **about, "rows": rows}
