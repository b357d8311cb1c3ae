"""`kerasrec data stats`: statistics of the training data."""

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasrec_cli import options, quiet

if TYPE_CHECKING:
    from kerasrec.training.settings import TrainSettings
    from kerasrec.training.survey import Survey

EXAMPLES = """Examples:

kerasrec data stats

kerasrec data stats --glyphs emnist --text brown --data-dir data --json

kerasrec data stats --text letters.txt --characters @letters.txt --max-length 60
"""

_WIDTH = 100  # columns of the output


def stats(
    lines: Annotated[int, typer.Option(metavar="N", min=1, help="Number of training lines to examine.")] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
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
    augment: options.Augment = 0.5,
    seed: options.Seed = 42,
) -> None:
    """Prints statistics of the training data: glyphs, sentences, characters, lines, and what is left out."""
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
    quiet.start_tensorflow()
    from kerasrec.training.composed_splits import ComposedSplits
    from kerasrec.training.survey import survey

    found = survey(ComposedSplits.load(settings, data_dir), lines)
    if as_json:
        print(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        print(*_describe(settings, found), sep="\n")


def _describe(settings: "TrainSettings", found: "Survey") -> Iterator[str]:
    spec = settings.spec
    yield from _item("glyphs", f"{settings.glyphs}: {_by_split(found.glyphs)}")
    yield from _item("sentences", f"{settings.text}: {_by_split(found.sentences)}")
    left_out = [*found.dropped, *([f"{found.long_words:,} words longer than a line"] if found.long_words else [])]
    yield from _item("left out", "; ".join(left_out) or "nothing")
    yield from _item("classes", f"{found.classes}, including 4 special tokens")
    yield from _item(
        "lines",
        f"at most {spec.max_length} characters, {spec.height} px high, overlap {spec.min_overlap:g} to "
        f"{spec.max_overlap:g} drawn per {spec.overlap_per}, one glyph per {spec.glyph_per}, "
        f"{'all of the same width' if spec.fixed_width else 'as wide as their characters'}",
    )
    yield from _item("images", _describe_values(found.images))
    yield from _item("labels", _describe_values(found.labels))
    yield from _item("composing", f"{found.lines_per_second:,.0f} lines/s")
    yield from _item("example", repr(found.example))
    yield f"\nThe first {found.lines:,} training lines:"
    yield from _item("mean length", f"{found.mean_length:.1f} characters, {found.mean_width:.0f} px")
    yield from _item("repeats", f"{found.repeats:.1%} of the lines have an adjacent repeat")
    shares = ", ".join(f"{share:.2%} for {name}" for name, share in found.infeasible.items())
    yield from _item("infeasible", f"{shares} (labels that need more frames than their line has)")
    yield f"\nThe {len(found.frequencies)} characters of these lines, in percent:"
    yield from _cells(f"{_show(c)} {100 * share:.2f}" for c, share in found.frequencies.items())
    yield "\nGlyphs per character for training, validation and test:"
    yield from _cells(f"{c} {'/'.join(map(str, n.values()))}" for c, n in found.glyphs_per_character.items())


def _item(name: str, value: str) -> list[str]:
    return textwrap.wrap(value, _WIDTH, initial_indent=f"{name:<12}", subsequent_indent=" " * 12)


def _by_split(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {split}" for split, count in counts.items())


def _describe_values(facts: dict[str, Any]) -> str:
    values = ", ".join(f"{name} {facts[name]:g}" for name in ("min", "mean", "std", "max") if name in facts)
    return f"{tuple(facts['shape'])} {facts['dtype']}, {values}"


def _show(character: str) -> str:
    return {" ": "space"}.get(character, character)


def _cells(values: Iterable[str]) -> Iterator[str]:
    """Arranges short values in columns of equal width."""
    cells = list(values)
    width = max(map(len, cells)) + 2
    per_row = max(1, _WIDTH // width)
    for start in range(0, len(cells), per_row):
        yield "".join(cell.ljust(width) for cell in cells[start : start + per_row]).rstrip()
