"""The options that define synthetic lines, shared by all commands that draw them; and which options were given."""

import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from kerasrec.spec import HEIGHTS, LineSpec
from kerasrec.storage import cache_folder
from kerasrec.weights import find_file

_DATA, _LINES = "Glyphs and text", "Lines"


Glyphs = Annotated[
    str,
    typer.Option(
        metavar="SOURCE",
        rich_help_panel=_DATA,
        help='Glyphs to draw with: "strokes" (no download), "emnist" (downloads 535 MiB if it is not in --data-dir), '
        '"mnist" (digits; downloads 11 MiB), or a folder with one subfolder of images per character. '
        "written:SOURCE lays out any of these as writing, on one baseline. fonts:FOLDER writes lines with the fonts in "
        "a folder (TTF, OTF, WOFF, WOFF2), fonts with those of installed font packages (kerasrec[fonts]).",
    ),
]
Text = Annotated[
    str,
    typer.Option(
        metavar="SOURCE",
        rich_help_panel=_DATA,
        help='Sentences to draw: "offline" (no download), "brown" (downloads 3 MiB if it is not in --data-dir), or a '
        "UTF-8 text file with one sentence per line.",
    ),
]
KeepPunctuation = Annotated[
    bool, typer.Option("--keep-punctuation", rich_help_panel=_DATA, help="Keep Brown's punctuation.")
]
Characters = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT|@FILE",
        rich_help_panel=_DATA,
        help="The alphabet: its characters in order, or @FILE for all characters of a UTF-8 text file. Own lines "
        "bring the characters of their texts (from-lines).",
        show_default="the 79 characters of EMNIST and IAM",
    ),
]
DataDir = Annotated[
    Path,
    typer.Option(
        default_factory=cache_folder,
        metavar="FOLDER",
        rich_help_panel=_DATA,
        help="Folder with tensorflow_datasets/ (EMNIST, MNIST) and nltk_data/ (Brown); missing data is downloaded "
        "into it.",
        show_default="kerasrec's cache folder",
    ),
]
Height = Annotated[
    int,
    typer.Option(
        metavar="PX",
        rich_help_panel=_LINES,
        help=f"Height of a line in pixels, {HEIGHTS[0]} to {HEIGHTS[-1]}; glyphs and images are scaled to it. "
        "Lines of your own are 40 px high unless it is given.",
    ),
]
MaxLength = Annotated[
    int,
    typer.Option(
        metavar="N", rich_help_panel=_LINES, help="Maximum characters per line; each is as wide as a line is high."
    ),
]
MinOverlap = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        rich_help_panel=_LINES,
        help="Minimum share of a glyph's width that the next glyph covers, at least 0 and below 1.",
    ),
]
MaxOverlap = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        rich_help_panel=_LINES,
        help="Maximum share of a glyph's width that the next glyph covers, at least 0 and below 1.",
    ),
]
OverlapPer = Annotated[
    Literal["line", "gap"],
    typer.Option(rich_help_panel=_LINES, help="Draw one overlap per line (as in the labs), or one per gap."),
]
GlyphPer = Annotated[
    Literal["occurrence", "character"],
    typer.Option(
        rich_help_panel=_LINES,
        help="Draw a new glyph for each occurrence of a character, or one per character and line (as in the labs).",
    ),
]
FixedWidth = Annotated[
    bool,
    typer.Option(
        "--fixed-width",
        rich_help_panel=_LINES,
        help="Make every line as wide as the longest one possible (as in the labs), instead of as wide as its text.",
    ),
]
Augment = Annotated[
    float,
    typer.Option(
        metavar="STRENGTH",
        rich_help_panel=_LINES,
        help="Vary slant, size, rotation and position of each training glyph, and more of your own lines: 0 leaves "
        "them unchanged, 1 varies them strongly.",
    ),
]
Ink = Annotated[
    Literal["auto", "dark", "light"],
    typer.Option(help="Whether ink is darker or lighter than its paper; auto finds out for each image."),
]
Seed = Annotated[
    int, typer.Option(metavar="N", rich_help_panel=_LINES, help="Random seed; the same seed draws the same lines.")
]


def line_spec(
    height: int,
    max_length: int,
    min_overlap: float,
    max_overlap: float,
    overlap_per: str,
    glyph_per: str,
    fixed_width: bool,
) -> LineSpec:
    """Makes the line spec; raises UsageError for an invalid value."""
    return LineSpec(
        height=height,
        max_length=max_length,
        min_overlap=min_overlap,
        max_overlap=max_overlap,
        overlap_per=overlap_per,
        glyph_per=glyph_per,
        fixed_width=fixed_width,
    )


def alphabet_characters(value: str | None) -> str | None:
    """Returns the characters of `--characters`, those of a text file in code point order; None for the default.

    They are normalized to NFC, like all text.

    Raises:
        BadText: The file is missing, is not UTF-8 or has no text.
        UsageError: A character cannot occur in the text of a line.
    """
    if value is None:
        return None
    from kerasrec.alphabet import Alphabet, check_characters
    from kerasrec.lines.text.file import read_sentences

    if value.startswith("@"):
        text = "".join(read_sentences(Path(value[1:]).expanduser()))
        characters = Alphabet.from_text("".join(" " if c.isspace() else c for c in text)).characters
    else:
        characters = unicodedata.normalize("NFC", value)
    check_characters(characters)
    return characters


def flag(context: typer.Context, name: str) -> str:
    """Returns how a parameter is written on the command line, such as "--from" for `start_from`."""
    return next(parameter.opts[0] for parameter in context.command.params if parameter.name == name)


def check_recognizer(path: Path) -> Path:
    """Checks an argument: a run, a `.keras` file or the name of a recognizer of the package."""
    if not path.exists() and find_file(path) is None:
        raise typer.BadParameter(f"Path {str(path)!r} does not exist.", param_hint="'RUN'")
    return path


def is_given(context: typer.Context, name: str) -> bool:
    """Whether a parameter is given on the command line, and not left at its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def first_given(context: typer.Context, names: Iterable[str]) -> str | None:
    """Returns the first of some parameters that is given, as it is written on the command line; None if none is."""
    return next((flag(context, name) for name in names if is_given(context, name)), None)


def given_besides(context: typer.Context, allowed: Collection[str]) -> str:
    """Returns the parameters that are given besides some, as they are written on the command line; "" if none is."""
    names = (name for name in context.params if name not in allowed and is_given(context, name))
    return ", ".join(flag(context, name) for name in names)
