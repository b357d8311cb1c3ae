"""Formats a table of ratios as a Markdown table with aligned columns."""

from collections.abc import Sequence

from benchmarks.row import Row

_HEADER = ("what", "ours", "of GEMM", "peer", "ratio", "target", "met")
_MET = {True: "yes", False: "NO", None: "-"}


def format_table(rows: Sequence[Row]) -> str:
    """Formats the rows under a header."""
    cells = [_HEADER, *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def summarise(rows: Sequence[Row]) -> str:
    """Counts the targets that are met, missed, and without a comparison because the peer is missing."""
    targets = [row for row in rows if row.least_ratio is not None or row.limit is not None]
    met, missed = (sum(row.is_met is wanted for row in targets) for wanted in (True, False))
    return f"{met} of {len(targets)} targets met, {missed} missed, {len(targets) - met - missed} without a comparison"


def _cells(row: Row) -> tuple[str, ...]:
    ours = f"{_figure(row.ours)} {row.unit} {row.ours_name}".rstrip()
    share = "-" if row.share is None else f"{row.share:.0%}"
    peer = "-" if row.peer is None else f"{_figure(row.peer)} {row.peer_name}".rstrip()
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f}x"
    return row.what, ours, share, peer, ratio, _target(row), _MET[row.is_met]


def _target(row: Row) -> str:
    if row.limit is not None:
        return f"< {row.limit:g} {row.unit}"
    return "-" if row.least_ratio is None else f"{row.least_ratio:g}x"


def _figure(value: float) -> str:
    """Formats a number with three significant digits and no exponent: 0.214, 27.3, 18,400."""
    value = float(f"{value:.3g}")
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:g}"
