"""`kerasrec character read`: reads images of single characters."""

import io
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from kerasrec.errors import BadImage
from kerasrec_cli import failure, quiet

EXAMPLES = """Examples:

kerasrec character read runs/emnist-cnn letter.png

kerasrec character read runs/emnist-cnn scans/ --json > letters.jsonl
"""


def read(
    run: Annotated[Path, typer.Argument(metavar="RUN", exists=True, file_okay=False, help="The folder of a run.")],
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGES", help="Images of one character each, folders, glob patterns, or - for standard input."
        ),
    ],
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of candidates per image.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per image.")] = False,
) -> None:
    """Reads images of one character each: dark on light or light on dark, of any size.

    Prints the most probable characters with their probabilities.

    An image that cannot be read is reported on stderr. The others are still read, and the exit code is 1.
    """
    quiet.start_tensorflow()
    import numpy as np

    from kerasrec.images.files import find_images
    from kerasrec.labs.characters.run import CharacterRun
    from kerasrec.lines.glyphs.picture import load_glyph
    from kerasrec.recognizer.formats import escape_field

    sources = find_images(images, sys.stdin.buffer if sys.stdin else io.BytesIO())
    recognizer = CharacterRun.open(run).recognizer()
    names, glyphs = [], []
    for source in sources:
        try:
            glyphs.append(load_glyph(source.content, recognizer.ink_box, source.name))
        except BadImage as error:
            failure.report(error)
        else:
            names.append(source.name)
    for name, candidates in zip(names, recognizer.read(np.array(glyphs), count) if glyphs else [], strict=True):
        if as_json:
            found = {each.character: round(each.probability, 4) for each in candidates}
            typer.echo(json.dumps({"path": name, "candidates": found}, ensure_ascii=False))
        else:
            typer.echo(
                "\t".join([escape_field(name), *(f"{each.character} {each.probability:.4f}" for each in candidates)])
            )
    if len(names) < len(sources):
        raise typer.Exit(1)
