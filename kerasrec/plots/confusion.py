"""Confusions of characters as a table and as bars."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kerasrec.plots.figure import write_figure
from kerasrec.plots.font import show
from kerasrec.storage import write_atomically

Confusions = Mapping[tuple[str, str], int]
"""The count of each pair of a true and a read character; "" if there is none."""

_ROW, _FRAME, _WIDTH = 22, 90, 800  # pixels: a bar, the space above and below the bars, the image
_COLOURS = {"taken for another": "C0", "missed": "C3", "invented": "C1"}


def confusion_table(path: Path, confusions: Confusions, references: Sequence[str]) -> None:
    """Writes all confusions as CSV, the most frequent first.

    The columns are truth, read, count and share, the fraction of the occurrences of the true character. A missed
    character has an empty `read`; an inserted one has an empty `truth` and no share.

    Args:
        path: The file to write.
        confusions: The confusions that `metrics.confusions` counted.
        references: The true texts of all lines.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    totals = Counter("".join(references))
    rows = [
        (truth, read, count, round(count / totals[truth], 6) if truth else "")
        for (truth, read), count in _ranked(confusions)
    ]

    def write(file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
            writer.writerows([("truth", "read", "count", "share"), *rows])

    write_atomically(path, write)


def confusion_picture(path: Path, confusions: Confusions, references: Sequence[str], count: int = 25) -> None:
    """Draws the most frequent confusions as bars and writes them as PNG.

    Args:
        path: The file to write.
        confusions: The confusions that `metrics.confusions` counted; may be empty.
        references: The true texts of all lines.
        count: The maximum number of confusions to draw.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    ranked = _ranked(confusions)[:count]
    totals = Counter("".join(references))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_title(f"{sum(confusions.values()):,} errors of {totals.total():,} characters", loc="left", fontsize=9)
        _draw_bars(axes, ranked, totals)

    write_figure(path, _WIDTH, _FRAME + _ROW * max(len(ranked), 1), draw)


def _draw_bars(axes: Axes, ranked: Sequence[tuple[tuple[str, str], int]], totals: Mapping[str, int]) -> None:
    for row, ((truth, read), count) in enumerate(ranked):
        kind = "invented" if not truth else "taken for another" if read else "missed"
        share = f"  {count / totals[truth]:.1%} of {show(truth)}" if truth else ""
        axes.barh(row, count, color=_COLOURS[kind], label=kind)
        axes.text(count, row, f" {count:,}{share}", verticalalignment="center", parse_math=False)
    axes.set_yticks(range(len(ranked)), [_name(*pair) for pair, _ in ranked], parse_math=False)
    axes.set_ylim(max(len(ranked), 1) - 0.5, -0.5)
    axes.set_xlim(0, 1.3 * max([count for _, count in ranked], default=1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("times")
    handles, names = axes.get_legend_handles_labels()
    if kinds := dict(zip(names, handles, strict=True)):
        axes.legend(kinds.values(), kinds.keys(), loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False)


def _name(truth: str, read: str) -> str:
    if not truth:
        return f"{show(read)} invented"
    return f"{show(truth)} → {show(read)}" if read else f"{show(truth)} missed"


def _ranked(confusions: Confusions) -> list[tuple[tuple[str, str], int]]:
    """Sorts confusions by descending count; ties are in code point order."""
    return sorted(confusions.items(), key=lambda item: (-item[1], item[0]))
