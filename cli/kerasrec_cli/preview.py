"""`kerasrec data preview`: draws lines as images."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet

if TYPE_CHECKING:
    import numpy as np

    from kerasrec.lines.source import LineSource
    from kerasrec.training.settings import TrainSettings

EXAMPLES = """Examples:

kerasrec data preview

kerasrec data preview --glyphs emnist --text brown --data-dir data --out emnist.png

kerasrec data preview --lines 100 --out lines --max-overlap 0

kerasrec data preview --split train --augment 1 --out varied.png

kerasrec data preview --own my-lines --augment 1 --out varied.png
"""

_MAX_ON_SHEET = 500
_BATCH = 128


_COMPOSED = (  # options without a meaning for own lines
    *("split", "glyphs", "text", "keep_punctuation", "characters", "data_dir", "max_length", "min_overlap"),
    *("max_overlap", "overlap_per", "glyph_per", "fixed_width"),
)


def preview(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            help="NAME.png for one sheet with all lines, or a folder for one image and one text file (NAME.gt.txt) "
            "per line.",
        ),
    ] = Path("lines.png"),
    lines: Annotated[int, typer.Option(metavar="N", min=1, help="Number of lines.")] = 24,
    split: Annotated[
        Literal["train", "validation", "test"], typer.Option(help="The split whose glyphs and sentences are drawn.")
    ] = "test",
    own: Annotated[
        str | None,
        typer.Option(
            metavar="LINES",
            help="Draw your own lines instead, as a model sees them: a folder of pictures with texts, or a table. "
            "--augment varies them as in training.",
        ),
    ] = None,
    glyphs: options.Glyphs = "strokes",
    text: options.Text = "offline",
    keep_punctuation: options.KeepPunctuation = False,
    characters: options.Characters = None,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    height: options.Height = 28,
    max_length: options.MaxLength = 32,
    min_overlap: options.MinOverlap = 0.0,
    max_overlap: options.MaxOverlap = 0.33,
    overlap_per: options.OverlapPer = "line",
    glyph_per: options.GlyphPer = "occurrence",
    fixed_width: options.FixedWidth = False,
    augment: options.Augment = 0.0,
    seed: options.Seed = 42,
) -> None:
    """Draws lines: one sheet to look at, or one image and one text per line.

    The lines use the test glyphs and sentences, which training never uses, unless --split names another split.

    On a sheet, orange marks show where glyphs start.
    """
    if own is not None and (option := options.first_given(context, _COMPOSED)):
        raise UsageError(f"{option} has no effect on your own lines. Leave out {option}, or --own.")
    from kerasrec.training.settings import TrainSettings

    settings = TrainSettings(
        glyphs=glyphs,
        text=text,
        keep_punctuation=keep_punctuation,
        characters=options.alphabet_characters(characters),
        spec=options.line_spec(height, max_length, min_overlap, max_overlap, overlap_per, glyph_per, fixed_width),
        augment=augment,
        seed=seed,
    )
    if augment and split != "train" and own is None:
        raise UsageError(f"--augment {augment:g} varies training lines only: add --split train.")
    is_sheet = _is_sheet(out, lines)
    quiet.start_tensorflow()
    from kerasrec.training.splits import load_splits

    if own is None:
        source = getattr(load_splits(settings, data_dir), split)()
    else:
        source = _own_lines(own, settings, height if options.is_given(context, "height") else None)
        lines = min(lines, source.count or lines)
    if is_sheet:
        _write_sheet(out, source, lines)
    else:
        from kerasrec.lines.line_files import write_labelled

        write_labelled(out, ((image, label) for image, label, _ in _draw(source, lines)), lines)
    typer.echo(f"{lines:,} {split if own is None else 'own'} lines in {out}")


def _is_sheet(out: Path, lines: int) -> bool:
    """Whether to draw a sheet rather than a folder; raises UsageError early for a path that cannot be written."""
    if out.is_dir() or not out.suffix:
        from kerasrec.lines.line_files import check_empty

        check_empty(out)
        return False
    if out.suffix.lower() != ".png":
        raise UsageError(f"--out must be NAME.png or a folder, but is {out}.")
    if lines > _MAX_ON_SHEET:
        raise UsageError(f"A sheet holds at most {_MAX_ON_SHEET} lines, not {lines:,}. Give a folder as --out.")
    return True


def _own_lines(source: str, settings: "TrainSettings", height: int | None) -> "LineSource":
    from kerasrec.alphabet import Alphabet
    from kerasrec.lines.own import OwnLines, find_lines, prepare
    from kerasrec.training.train import make_settings

    spec = {} if height is None else {"height": height}
    completed = make_settings(lines={source: 1.0}, **spec)
    prepared, problems = prepare(find_lines(Path(source))[0], completed.spec.height)
    if not len(prepared):
        raise UsageError(f"No line of {source} can be drawn. {problems[0] if problems else ''}")
    alphabet = Alphabet(completed.characters or "")
    return OwnLines(prepared, alphabet, completed.spec, settings.seed, augment=settings.augment)


def _write_sheet(out: Path, source: "LineSource", lines: int) -> None:
    from kerasrec.plots import line_sheet

    images, texts, starts = zip(*_draw(source, lines), strict=True)
    line_sheet(out, images, [(text, None, None) for text in texts], ticks=starts)


def _draw(source: "LineSource", lines: int) -> "Iterator[tuple[np.ndarray, str, list[float]]]":
    """Draws lines 0 to `lines` - 1: the image (H, w) uint8, the text, and where each glyph starts in pixels."""
    import numpy as np

    for first in range(0, lines, _BATCH):
        batch = {name: tensor.numpy() for name, tensor in source(np.arange(first, min(first + _BATCH, lines))).items()}
        starts = batch.get("starts", np.zeros_like(batch["labels"][:, :0]))
        for image, width, text, places, length in zip(
            batch["images"],
            batch["widths"],
            source.texts(batch["labels"]),
            starts,
            batch["lengths"],
            strict=True,
        ):
            yield image[:, :width, 0], text, places[:length].tolist()
