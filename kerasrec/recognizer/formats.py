"""Formats readings as text, JSON lines or CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from kerasrec.decoding import Reading
from kerasrec.errors import UsageError

FORMATS = ("text", "jsonl", "csv")
_COLUMNS = ("path", "text", "confidence")
_ESCAPES = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}


def format_readings(readings: Iterable[tuple[str, Reading]], format: str) -> Iterator[str]:
    """Formats readings as lines without their ends, each as soon as it is available; CSV starts with a header.

    Args:
        readings: The paths of images and their readings.
        format: One of `FORMATS`.

    Raises:
        UsageError: The format is unknown.
    """
    _check_format(format)
    return _write(readings, format)


def format_reading(path: str, reading: Reading, format: str) -> str:
    r"""Formats one reading as a line, without a line break and without a header.

    Text has path, text and confidence, separated by tabs; tabs, line breaks and other control characters in them are
    escaped, such as `\t`. CSV has the same fields, quoted if needed, and with their line breaks. JSON has the keys
    `path`, `text`, `confidence` and `characters`; each character has `text`, `confidence`, `start` and `end`.
    Confidences are probabilities with four decimals, positions are pixels of the input with one decimal.

    >>> from kerasrec.decoding import Character
    >>> reading = Reading("a", 0.98766, (Character("a", 0.98766, 2.0, 21.25),))
    >>> format_reading("line 1.png", reading, "csv")
    'line 1.png,a,0.9877'
    >>> json.loads(format_reading("line 1.png", reading, "jsonl"))["characters"]
    [{'text': 'a', 'confidence': 0.9877, 'start': 2.0, 'end': 21.2}]

    Raises:
        UsageError: The format is unknown.
    """
    _check_format(format)
    path = clean_path(path)
    if format == "jsonl":
        return json.dumps({"path": path, **reading_fields(reading)}, ensure_ascii=False)
    row = (path, reading.text, f"{reading.confidence:.4f}")
    return _to_csv(row) if format == "csv" else "\t".join(map(escape_field, row))


def clean_path(path: str) -> str:
    """Replaces what is not UTF-8 in the name of a file."""
    return path.encode(errors="surrogateescape").decode(errors="replace")


def reading_fields(reading: Reading) -> dict[str, object]:
    """Returns the text, the confidence and the characters of a reading as plain values, rounded as in JSON lines."""
    characters = [
        {
            "text": character.text,
            "confidence": round(float(character.confidence), 4),
            "start": round(float(character.start), 1),
            "end": round(float(character.end), 1),
        }
        for character in reading.characters
    ]
    return {"text": reading.text, "confidence": round(float(reading.confidence), 4), "characters": characters}


def escape_field(text: str) -> str:
    r"""Escapes tabs, line breaks and other control characters, for a field of a line of text.

    >>> print(escape_field("my\tline.png"))
    my\tline.png
    """
    return text.translate(_ESCAPES)


def _write(readings: Iterable[tuple[str, Reading]], format: str) -> Iterator[str]:
    if format == "csv":
        yield _to_csv(_COLUMNS)
    for path, reading in readings:
        yield format_reading(path, reading, format)


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise UsageError(f"The format must be one of {', '.join(FORMATS)}, but is {format!r}.")


def _to_csv(row: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(row)  # which are also the characters that make it quote a field
    return line.getvalue().removesuffix("\r\n")
