"""Finds lines of one's own: a folder of pictures with a text file each, or a table of paths and texts."""

import csv
import io
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kerasrec.alphabet import describe_character, runs_left
from kerasrec.errors import BadText, UsageError
from kerasrec.images.files import SUFFIXES, find_in_folder, find_recursively
from kerasrec.text_file import read_text

TABLES = (".csv", ".tsv")
"""The suffixes of tables of lines."""

_TEXT = ".gt.txt"
_VARIANTS = (".bin", ".nrm", ".dew")  # pictures that OCRopus derives from one line, and that share its text
_IMAGE_COLUMNS = ("image", "path", "file", "filename", "file_name")
_TEXT_COLUMNS = ("text", "transcription", "label", "gt")
_GROUP_COLUMNS = ("group", "writer", "page")


@dataclass(frozen=True)
class OwnLine:
    """A picture of a line and its text.

    Attributes:
        image: The file of the picture.
        text: The text of the line, in Unicode NFC, with single spaces.
        group: What it shares with other lines, such as its writer or page; groups are never split. By default each
            line is a group of its own.
    """

    image: Path
    text: str
    group: str


@dataclass(frozen=True)
class Problem:
    """A line that cannot be used: its file, the reason, and the kind of problem, by which problems are counted."""

    file: Path
    reason: str
    kind: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


def find_lines(
    source: Path, group_by: str | None = None, substitutions: Mapping[str, str] | None = None
) -> tuple[list[OwnLine], list[Problem]]:
    """Finds the lines of a folder or a table, in natural order, without opening pictures.

    A folder and its subfolders have pictures NAME.png, in any format that can be read, each with its text beside it in
    NAME.gt.txt. A table is a CSV or
    TSV file with the columns `image` (a path from the table's folder) and `text`, and perhaps `group`, `writer` or
    `page`; without a header, its first two columns are these.

    Args:
        source: The folder or the table.
        group_by: A regular expression that finds a line's group in the path of its picture, from the folder and without
            the suffix: its first parenthesis, or all that it matches.
        substitutions: Texts that are replaced in the lines' texts, with their replacements, in order.

    Returns:
        The lines, and what cannot be used: pictures without a text, texts without a picture, empty texts and the like.

    Raises:
        UsageError: The source is missing, is neither a folder nor a table, has no pictures, or `group_by` is not a
            regular expression or matches no part of a name.
        BadText: The table cannot be read.
    """
    if source.is_dir():
        lines, problems = _find_in_folder(source)
    elif source.suffix.lower() in TABLES and source.is_file():
        lines, problems = _find_in_table(source)
    else:
        what = "does not exist" if not source.exists() else "is neither"
        raise UsageError(
            f"Expected a folder of pictures NAME.png with texts NAME{_TEXT}, or a table (.csv or .tsv) of paths and "
            f"texts, but {source} {what}."
        )
    if substitutions:
        lines, emptied = _sort(_substitute(line, substitutions) for line in lines)
        problems = problems + emptied
    return (lines if group_by is None else list(_group(lines, group_by, source))), problems


def read_substitutions(path: Path) -> dict[str, str]:
    """Reads a file with a text and its replacement in each line, separated by a tab; see `find_lines`.

    Raises:
        BadText: The file cannot be read, or a line is something else.
    """
    substitutions = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        text, tab, replacement = line.partition("\t")
        if line and not (text and tab):
            raise BadText(f"Line {number} of {path} must be a text, a tab and its replacement, but is {line!r}.")
        if line:
            substitutions[text] = replacement
    return substitutions


def _substitute(line: OwnLine, substitutions: Mapping[str, str]) -> OwnLine | Problem:
    text = line.text
    for old, new in substitutions.items():
        text = text.replace(old, new)
    return _make_line(line.image, text, line.group)


def _find_in_folder(folder: Path) -> tuple[list[OwnLine], list[Problem]]:
    found: list[OwnLine | Problem] = []
    texts = dict[Path, Path]()
    for image in find_in_folder(folder, recursive=True):
        text = _text_of(image)
        if text in texts:
            found.append(
                Problem(image, f"its text {text.name} belongs to {texts[text].name} already", "two pictures for a text")
            )
        else:
            texts[text] = image
            name = image.relative_to(folder).with_name(image.stem).as_posix()
            found.append(_read_line(image, text, f"{folder.name}/{name}"))
    written = {file for file in find_recursively(folder) if file.name.endswith(_TEXT)}
    found.extend(Problem(text, "it has no picture", "no picture") for text in sorted(written - texts.keys()))
    if not texts.keys() & written:
        raise UsageError(
            f"None of the {len(texts):,} pictures in {folder} has a text beside it. Write the text of "
            f"{next(iter(texts.values())).name} to {next(iter(texts)).name}, and so on."
        )
    return _sort(found)


def _sort(found: Iterable[OwnLine | Problem]) -> tuple[list[OwnLine], list[Problem]]:
    lines, problems = list[OwnLine](), list[Problem]()
    for each in found:
        if isinstance(each, OwnLine):
            lines.append(each)
        else:
            problems.append(each)
    return lines, problems


def _text_of(image: Path) -> Path:
    stem = image.stem
    for variant in _VARIANTS:
        stem = stem.removesuffix(variant)
    return image.with_name(f"{stem}{_TEXT}")


def _read_line(image: Path, text: Path, name: str) -> OwnLine | Problem:
    if not text.exists():
        return Problem(image, f"it has no text {text.name}", "no text")
    try:
        lines = [line for line in read_text(text).splitlines() if line.strip()]
    except BadText as error:
        return Problem(text, str(error).removeprefix(f"{text} "), "no readable text")
    if len(lines) > 1:
        return Problem(text, f"it has {len(lines)} lines of text; cut its picture into single lines", "several lines")
    return _make_line(image, "".join(lines), name)


def _make_line(image: Path, text: str, group: str) -> OwnLine | Problem:
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text:
        return Problem(image, "its text is empty", "empty text")
    if left := next((c for c in text if runs_left(c)), None):
        reason = f"its text has {describe_character(left)}, but lines are read from left to right only"
        return Problem(image, reason, "text from right to left")
    return OwnLine(image, text, group)


def _find_in_table(table: Path) -> tuple[list[OwnLine], list[Problem]]:
    rows = _read_rows(table)
    if not rows:
        raise BadText(f"{table} has no rows. Write a header, image and text, and a row for each line.")
    image, text, group = _find_columns(rows[0][1], table)
    has_header = rows[0][1][image].strip().casefold() in _IMAGE_COLUMNS
    columns, seen, count = (image, text, group), set[Path](), len(rows[0][1])
    found = list[OwnLine | Problem]()
    for number, row in rows[1:] if has_header else rows:
        if len(row) != count:
            reason = f"row {number} has {len(row)} columns, not {count}; a text with a delimiter needs quotes around it"
            found.append(Problem(table, reason, "another number of columns"))
        else:
            found.append(_read_row(table, number, row, columns, seen))
    return _sort(found)


def _read_row(
    table: Path, number: int, row: Sequence[str], columns: tuple[int, int, int | None], seen: set[Path]
) -> OwnLine | Problem:
    image, text, group = columns
    path = table.parent / row[image].strip()
    if path in seen:
        return Problem(path, f"it is in row {number} of {table.name} again", "in the table again")
    seen.add(path)
    if not _is_file(path):
        return Problem(path, "it does not exist", "no picture")
    if len(row[text].splitlines()) > 1:
        return Problem(path, f"its text in row {number} of {table.name} has several lines", "several lines")
    name = row[group].strip() if group is not None else ""
    return _make_line(path, row[text], name or str(Path(row[image].strip()).with_suffix("")))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a text instead of a path may be too long for a name
        return False


def _read_rows(table: Path) -> list[tuple[int, list[str]]]:
    """Returns the number of each row that is not empty, from 1, and its cells."""
    text = read_text(table, None)  # names of files are not normalized
    first, _, rest = text.partition("\n")
    skipped = first.strip().casefold().startswith("sep=")  # Excel's note on the delimiter
    text = rest if skipped else text
    delimiter = first.strip()[4:5] if skipped else _find_delimiter(table, text)
    quoting: Any = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL  # a text may begin with a quote
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    try:
        rows = [(reader.line_num + skipped, row) for row in reader]
    except csv.Error as error:
        line = reader.line_num + skipped
        raise BadText(f"{table} cannot be read: {error} in line {line}. Check its quotes.") from error
    return [(number, row) for number, row in rows if any(cell.strip() for cell in row)]


def _find_delimiter(table: Path, text: str) -> str:
    """Finds the delimiter that leaves a cell with the name of a picture, or of a column, in most of the first rows."""
    if table.suffix.lower() == ".tsv":
        return "\t"
    rows = [line for line in text.splitlines() if line.strip()][:20]

    def is_name(cell: str) -> bool:
        cell = cell.strip().strip('"').casefold()
        return Path(cell).suffix in SUFFIXES or cell in _IMAGE_COLUMNS

    return max(",;\t", key=lambda delimiter: sum(any(map(is_name, row.split(delimiter))) for row in rows))


def _find_columns(header: Sequence[str], table: Path) -> tuple[int, int, int | None]:
    """Returns the columns of the path, the text and the group; None if there are no groups."""
    names = [name.strip().casefold() for name in header]
    image, text, group = (
        next((names.index(name) for name in known if name in names), None)
        for known in (_IMAGE_COLUMNS, _TEXT_COLUMNS, _GROUP_COLUMNS)
    )
    if image is None and text is None and len(names) >= 2:
        return 0, 1, None
    if image is None or text is None:
        raise BadText(f"{table} must have the columns image and text, but its first row is {', '.join(header)!r}.")
    return image, text, group


def _group(lines: Iterable[OwnLine], pattern: str, source: Path) -> Iterator[OwnLine]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"The groups' pattern {pattern!r} is not a regular expression: {error}.") from error
    folder = source if source.is_dir() else source.parent
    for line in lines:
        name = Path(os.path.relpath(line.image, folder)).with_suffix("").as_posix()
        found = expression.search(name)
        if not found:
            raise UsageError(
                f"The groups' pattern {pattern!r} matches no part of {name!r}. Every picture needs a group."
            )
        yield replace(line, group=next((each for each in found.groups() if each), found[0]))
