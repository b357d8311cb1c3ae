"""`kerasrec language-model`: builds language models from texts."""

from pathlib import Path
from typing import Annotated

import typer

from kerasrec.errors import UsageError
from kerasrec.language.defaults import ORDER
from kerasrec_cli import options

EXAMPLES = """Examples:

kerasrec language-model build books/*.txt --out english.klm

kerasrec language-model build letters.txt --out letters.klm --order 5 --characters @alphabet.txt
"""

_HELD_OUT = 20  # every twentieth line

app = typer.Typer(no_args_is_help=True, help="Builds language models, which help to read doubtful characters.")


@app.command(epilog=EXAMPLES)
def build(
    texts: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="UTF-8 text files, such as books of the language.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.klm", help="File to write to.")],
    order: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=16, help="Characters of the longest n-grams: N - 1 predict the next one."),
    ] = ORDER,
    characters: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT|@FILE",
            help="The characters to keep, or @FILE for all characters of a UTF-8 text file; others are left out.",
            show_default="all characters of the texts",
        ),
    ] = None,
    straight_quotes: Annotated[
        bool,
        typer.Option(
            "--straight-quotes",
            help="Replace typographic quotes with straight ones. A recognizer that writes typographic quotes can use "
            "the model, too.",
        ),
    ] = False,
) -> None:
    """Builds a character n-gram model from texts, for `--language-model` of `kerasrec read` and `kerasrec evaluate`.

    What Project Gutenberg prints before and after a book is left out.

    The bits per character are those of every twentieth line, with a model of the other lines: the fewer, the better
    the model predicts such texts. The model that is written knows all lines.
    """
    from kerasrec.language.model import SUFFIX, LanguageModel

    if out.suffix != SUFFIX:
        raise UsageError(f"--out must be named NAME{SUFFIX}, but is {out}. Choose another name.")
    lines = _read_lines(texts, options.alphabet_characters(characters), straight_quotes)
    typer.echo(f"characters          {sum(map(len, lines)):,} in {len(lines):,} lines")
    bits = _measure(lines, order)
    model = LanguageModel.build(lines, order)
    model.save(out)
    for length, level in enumerate(model.levels, 1):
        typer.echo(f"n-grams of {length:2}       {len(level.counts):,}")
    typer.echo(f"bits per character  {bits}")
    typer.echo(f"\nThe language model is {out} ({out.stat().st_size / 1e6:.2f} MB).")


def _read_lines(files: list[Path], characters: str | None, straight_quotes: bool) -> list[str]:
    from kerasrec.language.text import STRAIGHT, normalize_lines, strip_gutenberg
    from kerasrec.text_file import read_text

    texts = [strip_gutenberg(read_text(file)) for file in files]
    return normalize_lines([text.translate(STRAIGHT) if straight_quotes else text for text in texts], characters)


def _measure(lines: list[str], order: int) -> str:
    """Returns the bits per character of the held-out lines with a model of the others."""
    from kerasrec.language.model import LanguageModel

    held_out = lines[_HELD_OUT - 1 :: _HELD_OUT]
    if not held_out:
        return f"not measured, as the text has fewer than {_HELD_OUT} lines"
    others = [line for number, line in enumerate(lines, 1) if number % _HELD_OUT]
    return f"{LanguageModel.build(others, order).bits_per_character(held_out):.3f}"
