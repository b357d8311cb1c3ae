"""`kerasrec data cut`: cuts lines out of the images of pages in ALTO or PAGE XML."""

from pathlib import Path
from typing import Annotated

import typer

from kerasrec_cli import failure

EXAMPLES = """Examples:

kerasrec data cut pages/ --out my-lines

kerasrec data cut pages/*.xml more/0001.xml --out my-lines

kerasrec data cut pages/ --without-text --out pictures
"""


def cut(
    pages: Annotated[
        list[str],
        typer.Argument(
            metavar="XML",
            help="Pages in ALTO or PAGE XML, folders of them, or glob patterns. The image of a page is beside its XML "
            "file or one folder up.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New or empty folder to write the lines to.")],
    without_text: Annotated[
        bool, typer.Option("--without-text", help="Write the pictures of all lines, and no texts.")
    ] = False,
) -> None:
    """Cuts lines out of pages: a picture PAGE_LINE.png and a text PAGE_LINE.gt.txt of each line that has a text.

    Pages and lines that cannot be cut are reported on stderr and left out. The exit code is 1 if no line is left.
    """
    from kerasrec.errors import BadPage
    from kerasrec.lines.line_files import check_empty
    from kerasrec.pages.cut_pages import cut_pages
    from kerasrec.pages.page_files import find_pages

    check_empty(out)
    paths = find_pages(pages)
    written = without = errors = 0
    for page in cut_pages(paths, out, texts=not without_text):
        for error in page.errors:
            failure.report(error)
        written, without, errors = written + page.written, without + page.without_text, errors + len(page.errors)
    left_out = f"Left out: {without:,} without text, {errors:,} with errors."
    if not written:
        remedy = "Transcribe its lines first, or add --without-text. " if without else ""
        raise BadPage(f"No line could be cut. {remedy}{left_out}")
    typer.echo(f"Pages: {len(paths):,}, lines: {written:,}, written to {out}. {left_out}")
