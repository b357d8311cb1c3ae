"""`kerasrec read`: from images of lines to text."""

import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec.errors import BadImage, UsageError
from kerasrec.storage import write_atomically
from kerasrec_cli import failure, quiet

if TYPE_CHECKING:
    from kerasrec.decoding import Reading
    from kerasrec.files import ImageSource

EXAMPLES = """Examples:

kerasrec read runs/first line.png

kerasrec read runs/first scans/ "more/**/*.jpg" --format jsonl --out readings.jsonl

kerasrec read runs/first --beam 16 - < line.png
"""


def read(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", exists=True, help="The folder of a run, or a recognizer's .keras file.")
    ],
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGES",
            help="Images of one line each (PNG, JPEG, TIFF, BMP, WebP, GIF), folders, patterns, or - for standard "
            "input.",
        ),
    ],
    format: Annotated[
        Literal["text", "jsonl", "csv"],
        typer.Option(
            help="text: path, text and confidence, divided by tabs. csv: the same, with a header. jsonl: these, and "
            "each character's confidence, start and end in pixels of the image."
        ),
    ] = "text",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write.", show_default="standard output")
    ] = None,
    beam: Annotated[
        int,
        typer.Option(
            metavar="WIDTH",
            min=0,
            help="Search the most probable text among WIDTH candidates: slower, a little better. 0 takes the most "
            "probable token of each frame.",
        ),
    ] = 0,
    batch_size: Annotated[int, typer.Option(metavar="N", min=1, help="Most lines computed at once.")] = 32,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Type of the computations; auto measures whether bfloat16 or float32 is faster here."),
    ] = "auto",
) -> None:
    """Reads the text in images of lines: dark on light or light on dark, of any size, one line each.

    An image that cannot be read is named on stderr and left out; the others are read, and the exit code is 1.
    """
    from kerasrec.files import find_images

    sources = find_images(images, sys.stdin.buffer if sys.stdin else io.BytesIO())
    if out is not None and out.exists() and not out.is_file():  # a device would be replaced by a file
        what = "a folder" if out.is_dir() else "a device"
        raise UsageError(f"--out is to be a file, but {out} is {what}. Name a file, or leave --out away and redirect.")
    quiet.start_tensorflow()
    from kerasrec.precision import dtype_policy
    from kerasrec.reading import open_recognizer, read_images
    from kerasrec.readings import format_readings
    from kerasrec.settings import PRECISIONS

    recognizer = open_recognizer(run, dtype_policy(precision, PRECISIONS))
    bad: list[BadImage] = []
    good = _leave_out_bad(read_images(recognizer, sources, batch_size, beam), bad)
    _write(format_readings(good, format), out)
    if bad:
        if len(sources) > 1:
            typer.secho(f"{len(bad):,} of {len(sources):,} images could not be read.", fg="red", err=True)
        raise typer.Exit(1)


def _leave_out_bad(
    outcomes: "Iterable[tuple[ImageSource, Reading | BadImage]]", bad: list[BadImage]
) -> "Iterator[tuple[str, Reading]]":
    """Gives the readings with the names of their images; what is bad is named on stderr and kept in `bad`."""
    for source, outcome in outcomes:
        if isinstance(outcome, BadImage):
            failure.report(outcome)
            bad.append(outcome)
        else:
            yield source.name, outcome


def _write(lines: Iterable[str], out: Path | None) -> None:
    """Writes lines to a file, whole or not at all, or each to standard output as soon as it is there."""
    if out is None:
        for line in lines:
            print(line, flush=True)
        return

    def write(file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(f"{line}\n" for line in lines)

    write_atomically(out, write)
