"""Tables on the console: plain text that fits a pipe as well as a terminal."""

from collections.abc import Iterator, Sequence


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Lines of a table, its columns two spaces apart, the first `left` aligned to the left, the others to the right.

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
