"""Tables as plain text, for a terminal and for pipes."""

from collections.abc import Iterator, Sequence


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Yields the lines of a table, columns two spaces apart, the first `left` left-aligned, the others right-aligned.

    >>> list(format_table(["model", "frames"], [["line_cnn", "55"]]))
    ['model     frames', 'line_cnn      55']
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if number < left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
