"""`kerasrec read` with pages in ALTO or PAGE XML: writes them again with the text of their lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kerasrec.errors import BadImage, BadPage, UsageError
from kerasrec_cli import failure, options

if TYPE_CHECKING:
    from kerasrec.language.packaged import LanguageModelLike
    from kerasrec.recognizer.line_reader import LineReader

_IMAGES_ONLY = ("format", "explain", "server")


def are_pages(arguments: Sequence[str]) -> bool:
    """Whether the arguments are pages and not images.

    Raises:
        UsageError: They are both.
    """
    from kerasrec.pages.page_files import is_page

    pages = [argument for argument in arguments if is_page(argument)]
    others = [argument for argument in arguments if not is_page(argument)]
    if pages and others:
        raise UsageError(
            f"Pages and images cannot be read at once, but {pages[0]} is a page and {others[0]} is not. "
            "Read them with two commands."
        )
    return bool(pages)


def check_pages(context: typer.Context, arguments: Sequence[str], out: Path | None) -> dict[Path, Path]:
    """Returns the file to write for each page.

    Raises:
        UsageError: An option is for images only, there is no folder to write to, or a file would be replaced.
    """
    from kerasrec.pages.page_files import find_pages, is_page

    if option := options.first_given(context, _IMAGES_ONLY):
        raise UsageError(f"{option} has an effect only on images, not on pages such as {arguments[0]}. Leave it out.")
    if out is None or is_page(out.name) or (out.exists() and not out.is_dir()):
        received = "nothing" if out is None else out
        raise UsageError(f"Pages are written to a folder, but --out is {received}. Add --out FOLDER.")
    targets: dict[Path, Path] = {}
    for path in find_pages(arguments):
        target = out / path.name
        if path.absolute().parent.resolve() == out.resolve():
            raise UsageError(f"--out must not be the folder of the pages, but {path} is in {out}. Choose another.")
        if target in targets.values():
            raise UsageError(f"Two pages are named {path.name}. Read them with two commands, into two folders.")
        if target.exists():
            raise UsageError(f"{target} exists already. Remove it, or choose another folder with --out.")
        targets[path] = target
    return targets


def write_pages(
    recognizer: "LineReader",
    targets: dict[Path, Path],
    batch_size: int,
    beam: int,
    ink: str,
    language_model: "LanguageModelLike | None",
) -> None:
    """Reads pages and writes each to its target; reports errors on stderr, and exits with 1 if there were any."""
    from kerasrec.recognizer.read_pages import read_page

    pages = lines = bad = 0
    for path, target in targets.items():
        try:
            reading = read_page(recognizer, path, batch_size, beam, ink=ink, language_model=language_model)
        except (BadPage, BadImage) as error:
            failure.report(error)
            bad += 1
            continue
        for problem in reading.errors:
            failure.report(problem)
        if reading.lines:
            reading.page.write(target)
        pages, lines, bad = pages + bool(reading.lines), lines + len(reading.lines), bad + len(reading.errors)
    if pages:
        folder = next(iter(targets.values())).parent
        typer.echo(f"Pages: {pages:,}, lines: {lines:,}, written to {folder}.")
    if bad:
        typer.secho(f"Pages or lines that could not be read: {bad:,}.", fg="red", err=True)
        raise typer.Exit(1)
