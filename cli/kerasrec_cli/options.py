"""The options that say which lines are drawn: the same names and words for every command that draws some."""

import unicodedata
from pathlib import Path
from typing import Annotated, Literal

import typer

from kerasrec.spec import LineSpec
from kerasrec.storage import cache_folder

_DATA, _LINES = "Glyphs and text", "Lines"


Glyphs = Annotated[
    str,
    typer.Option(
        metavar="SOURCE",
        rich_help_panel=_DATA,
        help='Glyphs to draw with: "strokes" (no download), "emnist" (a download of 535 MiB where it is not yet in '
        '--data-dir), "mnist" (digits, 11 MiB), or a folder that holds one folder of pictures for each character.',
    ),
]
Text = Annotated[
    str,
    typer.Option(
        metavar="SOURCE",
        rich_help_panel=_DATA,
        help='Sentences to draw: "offline" (no download), "brown" (a download of 3 MiB where it is not yet in '
        "--data-dir), or a UTF-8 text file with a sentence a line.",
    ),
]
KeepPunctuation = Annotated[
    bool, typer.Option("--keep-punctuation", rich_help_panel=_DATA, help="Keep the punctuation of Brown.")
]
Characters = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT|@FILE",
        rich_help_panel=_DATA,
        help="The alphabet: its characters in their order, or @FILE for all characters of a UTF-8 text file.",
        show_default="the 79 characters of EMNIST and IAM",
    ),
]
DataDir = Annotated[
    Path,
    typer.Option(
        default_factory=cache_folder,
        metavar="FOLDER",
        rich_help_panel=_DATA,
        help="Folder that holds tensorflow_datasets/ (EMNIST, MNIST) and nltk_data/ (Brown), or into which they are "
        "loaded.",
        show_default="the user's cache folder of kerasrec",
    ),
]
MaxLength = Annotated[
    int, typer.Option(metavar="N", rich_help_panel=_LINES, help="Most characters in a line; each is 28 px wide.")
]
MinOverlap = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        rich_help_panel=_LINES,
        help="Least share of a glyph's width that the next one covers, from 0 to below 1.",
    ),
]
MaxOverlap = Annotated[float, typer.Option(metavar="SHARE", rich_help_panel=_LINES, help="Greatest such share.")]
OverlapPer = Annotated[
    Literal["line", "gap"],
    typer.Option(rich_help_panel=_LINES, help="Draw one overlap for a line (the labs), or one for every gap."),
]
GlyphPer = Annotated[
    Literal["occurrence", "character"],
    typer.Option(
        rich_help_panel=_LINES,
        help="Draw a fresh glyph at each occurrence of a character, or one per character and line (the labs).",
    ),
]
FixedWidth = Annotated[
    bool,
    typer.Option(
        "--fixed-width",
        rich_help_panel=_LINES,
        help="Make every line as wide as the longest (the labs) instead of as its characters.",
    ),
]
Augment = Annotated[
    float,
    typer.Option(
        metavar="STRENGTH",
        rich_help_panel=_LINES,
        help="Vary slant, size, rotation and place of each training glyph: 0 draws it as it is, 1 varies it strongly.",
    ),
]
Seed = Annotated[int, typer.Option(metavar="N", rich_help_panel=_LINES, help="The same seed draws the same lines.")]


def line_spec(
    max_length: int,
    min_overlap: float,
    max_overlap: float,
    overlap_per: str,
    glyph_per: str,
    fixed_width: bool,
) -> LineSpec:
    """Makes the spec of the lines; raises UsageError for a value that cannot work."""
    return LineSpec(
        max_length=max_length,
        min_overlap=min_overlap,
        max_overlap=max_overlap,
        overlap_per=overlap_per,
        glyph_per=glyph_per,
        fixed_width=fixed_width,
    )


def alphabet_characters(value: str | None) -> str | None:
    """The characters that `--characters` gives, those of a text in code point order; None for the default alphabet.

    They are composed, as all text is (NFC).

    Raises:
        BadText: The file is missing, is not UTF-8 or has no text in it.
    """
    if value is None or not value.startswith("@"):
        return value and unicodedata.normalize("NFC", value)
    from kerasrec.alphabet import Alphabet
    from kerasrec.lines.text.file import read_sentences

    return Alphabet.from_text("".join(read_sentences(Path(value[1:]).expanduser()))).characters


def is_given(context: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the command line, and is not left to its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
