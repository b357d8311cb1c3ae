"""The report of the benchmarks: the machine and the tables of ratios, as Markdown or as JSON."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from benchmarks.table import format_table, summarise
from kerasrec.storage import write_atomically


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
        head = "\n".join(f"- {line}" for line in self._describe())
        tables = [f"**{name}**\n\n{format_table(rows)}" for name, rows in self.tables.items()]
        summary = summarise([row for rows in self.tables.values() for row in rows]) + "."
        return "\n\n".join([head, *tables, summary, *self.notes])

    def to_sections(self) -> dict[str, str]:
        """Returns each table as Markdown, with a line about the machine and the notes below it."""
        about = " ".join(["; ".join(self._describe()) + ".", *self.notes])
        return {name: f"{format_table(rows)}\n\n{about}" for name, rows in self.tables.items()}

    def _describe(self) -> list[str]:
        """Describes the machine and the measurement, one fact a line."""
        rounds = "one short round" if self.rounds == 1 else f"medians of {self.rounds} rounds"
        facts = [f"{name}: {value}" for name, value in self.machine.items()]
        return [*facts, f"{rounds}, {self.seconds / 60:.1f} minutes in all"]

    def to_json(self) -> dict[str, Any]:
        """Returns the report as a dictionary that can be written as JSON."""
        tables = {name: [row.to_json() for row in rows] for name, rows in self.tables.items()}
        about = {"rounds": self.rounds, "seconds": round(self.seconds), "notes": self.notes}
        return {"machine": self.machine, **about, "tables": tables}


def fill_page(page: str, sections: dict[str, str]) -> str:
    """Replaces sections of a page, each of which stands between the lines `<!-- NAME -->` and `<!-- end of NAME -->`.

    Raises:
        ValueError: The page lacks these lines.
    """
    for name, section in sections.items():
        start, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, opened, rest = page.partition(start)
        _, closed, after = rest.partition(end)
        if not opened or not closed:
            raise ValueError(f"Expected a page with the lines {start.strip()} and {end.strip()}.")
        page = before + start + section + end + after
    return page


def write_page(page: Path, sections: dict[str, str]) -> None:
    """Replaces sections in the file of a page."""
    filled = fill_page(page.read_text(encoding="utf-8"), sections)
    write_atomically(page, lambda file: file.write_text(filled, encoding="utf-8"))
