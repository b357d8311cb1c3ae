"""`kerasrec data check`: shows what is in a folder of lines, and what is wrong with it."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet, train_options

if TYPE_CHECKING:
    from kerasrec.lines.own import PreparedLines

EXAMPLES = """Examples:

kerasrec data check my-lines

kerasrec data check my-lines --group-by "^[0-9]+" --height 48 --out sheet.png
"""

_RARE = 5  # times; a character that is seen less often is hardly learned
_ON_SHEET = 60


def check(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="LINES...",
            help="Folders of pictures NAME.png with texts NAME.gt.txt, or tables (.csv, .tsv) of paths and texts.",
        ),
    ],
    model: Annotated[str, typer.Option(help="The model whose frames must hold the texts.")] = "line_resnet",
    set_: train_options.Set = None,
    height: options.Height = 40,
    max_length: Annotated[
        int | None, typer.Option(metavar="N", help="Maximum characters per line.", show_default="that of the texts")
    ] = None,
    characters: options.Characters = None,
    start_from: train_options.From = None,
    map_: train_options.Map = None,
    group_by: train_options.GroupBy = None,
    ink: options.Ink = "auto",
    out: Annotated[
        Path | None,
        typer.Option(metavar="NAME.png", help="Draw a sheet of up to 60 lines as the model sees them."),
    ] = None,
) -> None:
    """Checks lines of your own before anything is trained on them.

    Opens every picture, finds its line, and compares the text with the frames that the model has for it. Names each
    line that cannot be used, with the reason, and exits with 1 if there are any.
    """
    if out is not None and out.suffix.lower() != ".png":
        raise UsageError(f"--out must be NAME.png, but is {out}.")
    quiet.start_tensorflow()
    from kerasrec.lines.own import PreparedLines
    from kerasrec.lines.own.files import read_substitutions
    from kerasrec.training.train import make_settings
    from kerasrec.training.usable_lines import load_lines
    from kerasrec_cli.train_settings import parse_assignments

    given = {
        "height": height if options.is_given(context, "height") else None,
        "max_length": max_length,
        "characters": options.alphabet_characters(characters),
        "start_from": start_from,
        "model": model if options.is_given(context, "model") else None,
        "substitutions": None if map_ is None else read_substitutions(map_),
    }
    settings = make_settings(
        hyperparameters=parse_assignments(set_ or []),
        lines=sources,
        group_by=group_by,
        ink=ink,
        **{name: value for name, value in given.items() if value is not None},
    )
    loaded = [load_lines(source, settings) for source in settings.lines]
    problems = [problem for _, found in loaded for problem in found]
    lines = PreparedLines.join([part for part, _ in loaded])
    typer.echo("\n".join(_describe(lines, settings.spec.height)))
    if out is not None and len(lines):
        _draw(lines, out)
        typer.echo(f"The sheet is {out}.")
    if problems:
        typer.echo(f"\n{len(problems):,} cannot be used:")
        typer.echo("\n".join(f"  {problem}" for problem in problems))
        raise typer.Exit(1)


def _describe(lines: "PreparedLines", height: int) -> list[str]:
    """Describes the lines that can be used, as lines of text."""
    if not len(lines):
        return ["No line can be used."]
    texts = [line.text for line in lines.lines]
    counts = Counter("".join(texts))
    lengths, widths = sorted(map(len, texts)), sorted(lines.widths.tolist())
    groups = Counter(line.group for line in lines.lines)
    pixels = sum(widths) / max(sum(lengths), 1)
    described = [
        f"{len(lines):,} lines, {sum(lengths):,} characters",
        f"characters in a line  {lengths[0]} to {lengths[-1]}, half have up to {lengths[len(lengths) // 2]}",
        f"width at {height} px        {widths[0]:,} to {widths[-1]:,} px, {pixels:.1f} px a character",
        f"alphabet              {len(counts)} characters: {''.join(sorted(counts))}",
    ]
    rare = sorted(c for c, count in counts.items() if count < _RARE)
    if rare:
        described.append(f"seen fewer than {_RARE} times: {''.join(rare)}")
    if len(groups) < len(lines):
        largest, count = groups.most_common(1)[0]
        described.append(f"groups                {len(groups):,}, the largest is {largest} with {count:,} lines")
    if len(set(texts)) == 1 and len(texts) > 1:
        described.append("All lines have the same text: a model would learn that text, and not to read.")
    return described


def _draw(lines: "PreparedLines", out: Path) -> None:
    import numpy as np

    from kerasrec.plots import line_sheet

    chosen = np.unique(np.linspace(0, len(lines) - 1, min(len(lines), _ON_SHEET)).astype(int)).tolist()
    line_sheet(out, [lines.columns(i).T for i in chosen], [(lines.lines[i].text, None, None) for i in chosen])
