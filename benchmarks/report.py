"""The report of the benchmarks: the machine and the tables of ratios, as Markdown or as JSON."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from benchmarks.table import format_table, summarise
from kerasrec.storage import write_atomically

_START, _END = "<!-- start of the measured figures -->", "<!-- end of the measured figures -->"


@dataclass(frozen=True)
class Report:
    """The figures of a run of the benchmarks, with the machine they were measured on.

    Attributes:
        machine: Descriptions of the machine, the versions and the data, by name.
        tables: The figures of each benchmark.
        rounds: The number of rounds that the medians are taken over.
        seconds: The total time in seconds.
        notes: The reasons for missing comparisons.
    """

    machine: dict[str, str]
    tables: dict[str, list[Row]]
    rounds: int
    seconds: float
    notes: list[str] = field(default_factory=list)

    def to_markdown(self) -> str:
        """Returns the report as Markdown: the machine, the tables, the number of targets met and the notes."""
        rounds = "one short round" if self.rounds == 1 else f"medians of {self.rounds} rounds"
        head = [f"- {name}: {value}" for name, value in self.machine.items()]
        head.append(f"- {rounds}, {self.seconds / 60:.1f} minutes in all")
        tables = [f"**{name}**\n\n{format_table(rows)}" for name, rows in self.tables.items()]
        summary = summarise([row for rows in self.tables.values() for row in rows]) + "."
        return "\n\n".join(["\n".join(head), *tables, summary, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Returns the report as a dictionary that can be written as JSON."""
        tables = {name: [row.to_json() for row in rows] for name, rows in self.tables.items()}
        about = {"rounds": self.rounds, "seconds": round(self.seconds), "notes": self.notes}
        return {"machine": self.machine, **about, "tables": tables}


def split_page(text: str) -> tuple[str, str]:
    """Returns what stands before and after the figures of a page, including the comments that enclose them.

    Raises:
        ValueError: The page lacks these comments.
    """
    before, start, rest = text.partition(_START)
    _, end, after = rest.partition(_END)
    if not start or not end:
        raise ValueError(f"Expected a page with the lines {_START} and {_END}.")
    return before + start, end + after


def write_page(page: Path, figures: str) -> None:
    """Replaces the figures of a page."""
    before, after = split_page(page.read_text(encoding="utf-8"))
    write_atomically(page, lambda file: file.write_text(f"{before}\n{figures}\n{after}", encoding="utf-8"))
