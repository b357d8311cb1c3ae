"""The report of the benchmarks: the machine and the table of ratios, as text or as JSON."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.row import Row
from benchmarks.table import format_table, summarise


@dataclass(frozen=True)
class Report:
    """The figures of a run of the benchmarks, with the machine they were measured on.

    Attributes:
        machine: Descriptions of the machine, the versions and the data, by name.
        rows: The figures.
        rounds: The number of rounds that the medians are taken over.
        seconds: The total time in seconds.
        notes: The reasons for missing comparisons.
    """

    machine: dict[str, str]
    rows: list[Row]
    rounds: int
    seconds: float
    notes: list[str] = field(default_factory=list)

    def to_text(self) -> str:
        """Returns the report as text: the machine, the table, the number of targets met and the notes."""
        rounds = "one short round" if self.rounds == 1 else f"medians of {self.rounds} rounds"
        head = [f"{name}: {value}" for name, value in self.machine.items()]
        head.append(f"{rounds}, {self.seconds / 60:.1f} minutes in all")
        return "\n".join([*head, "", format_table(self.rows), "", summarise(self.rows), *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Returns the report as a dictionary that can be written as JSON."""
        rows = [row.to_json() for row in self.rows]
        about = {"rounds": self.rounds, "seconds": round(self.seconds), "notes": self.notes}
        return {"machine": self.machine, **about, "rows": rows}
