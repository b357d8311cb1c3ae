"""The rows of a job: parts of it as Parquet files, and all of them together as one file."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from kerasrec.errors import BadRun
from kerasrec.storage import write_atomically

if TYPE_CHECKING:
    import pyarrow

FORMATS = (".parquet", ".jsonl")
"""The suffixes of the files that a job can write."""

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Tally:
    """The number of rows, and of those with an error."""

    rows: int
    bad: int


def make_table(rows: Iterable[Row]) -> "pyarrow.Table":
    """Makes a table of rows with `path`, and either `text`, `confidence` and `characters`, or `error`; others are null.

    The characters are a list of `text`, `confidence`, and `start` and `end` in pixels of the image.
    """
    import pyarrow

    return pyarrow.Table.from_pylist(list(rows), schema=_schema())


def write_part(file: Path, table: "pyarrow.Table") -> None:
    """Writes a table to a Parquet file atomically."""
    import pyarrow.parquet

    write_atomically(file, lambda part: pyarrow.parquet.write_table(table, part))


def combine_parts(parts: Sequence[Path], out: Path) -> Tally:
    """Writes the rows of parts, in order, to one file, atomically: Parquet or JSON lines by its suffix.

    Raises:
        BadRun: A part is damaged.
        CannotWrite: The file cannot be written.
    """
    counts: list[tuple[int, int]] = []

    def tables() -> Iterator["pyarrow.Table"]:
        for part in parts:
            table = _read_part(part)
            counts.append((table.num_rows, table.num_rows - table["error"].null_count))
            yield table

    write = _write_parquet if out.suffix.lower() == ".parquet" else _write_json_lines
    write_atomically(out, lambda file: write(tables(), file))
    return Tally(sum(rows for rows, _ in counts), sum(bad for _, bad in counts))


def _write_parquet(tables: Iterable["pyarrow.Table"], file: Path) -> None:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetWriter(file, _schema()) as writer:
        for table in tables:
            writer.write_table(table)


def _write_json_lines(tables: Iterable["pyarrow.Table"], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for table in tables:
            for row in table.to_pylist():
                known = {name: value for name, value in row.items() if value is not None}
                stream.write(json.dumps(known, ensure_ascii=False) + "\n")


def _read_part(part: Path) -> "pyarrow.Table":
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(part, schema=_schema())
    except pyarrow.ArrowInvalid as error:
        raise BadRun(f"{part} is damaged: {error}. Remove it, and start the command again to read it anew.") from error


def _schema() -> "pyarrow.Schema":
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float64()
    character = pyarrow.struct([("text", text), ("confidence", number), ("start", number), ("end", number)])
    return pyarrow.schema(
        [
            ("path", text),
            ("text", text),
            ("confidence", number),
            ("characters", pyarrow.list_(character)),
            ("error", text),
        ]
    )
