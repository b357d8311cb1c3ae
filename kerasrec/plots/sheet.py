"""A sheet of lines: the image of each line, and below it the truth and what was read, with errors in red."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from kerasrec.plots.font import OPEN_BOX, load_font
from kerasrec.storage import write_atomically

Caption = tuple[str, str | None, float | None]
"""The true text of a line, the text that was read and its confidence; None if it was not read."""

_FONT_SIZE, _CELL, _ROW = 15, 9, 21  # pixels: the font, the width of a character, the height of a row of text
_MARGIN, _GUTTER, _TICK = 16, 56, 6  # pixels: around a block, left of an image, above it
_WIDEST = 2400  # pixels; longer lines are cut off
_PAPER, _TEXT, _PALE, _ERROR, _ERROR_PAPER, _MARK = "white", "#202020", "#808080", "#c00000", "#fbdcdc", "#e07000"


def line_sheet(
    path: Path,
    lines: Sequence[np.ndarray],
    captions: Sequence[Caption],
    columns: int = 1,
    ticks: Sequence[Sequence[float]] | None = None,
) -> None:
    """Writes a sheet of lines as PNG.

    Args:
        path: The file to write.
        lines: N lines, each (H, w) uint8, ink 255 on 0, of any width.
        captions: The caption of each line.
        columns: The number of lines side by side; lines are ordered from left to right, then down.
        ticks: The pixel columns to mark above each line, such as the positions of its characters.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    marks = ticks if ticks is not None else [()] * len(lines)
    blocks = [
        _draw_block(number, line, caption, marked)
        for number, (line, caption, marked) in enumerate(zip(lines, captions, marks, strict=True), 1)
    ]
    sheet = _arrange(blocks, columns)
    write_atomically(path, lambda file: sheet.save(file, "PNG"))


def _arrange(blocks: Sequence[Image.Image], columns: int) -> Image.Image:
    """Arranges blocks on a sheet whose columns and rows are as large as their largest block."""
    widths = [max(block.width for block in blocks[i::columns]) for i in range(min(columns, len(blocks)))]
    rows = [blocks[i : i + columns] for i in range(0, len(blocks), columns)]
    heights = [max(block.height for block in row) for row in rows]
    sheet = Image.new("RGB", (sum(widths) + _MARGIN, sum(heights) + _MARGIN), _PAPER)
    for row, top in zip(rows, np.cumsum([0, *heights]).tolist(), strict=False):
        for block, left in zip(row, np.cumsum([0, *widths]).tolist(), strict=False):
            sheet.paste(block, (_MARGIN + left, _MARGIN + top))
    return sheet


def _draw_block(number: int, line: np.ndarray, caption: Caption, ticks: Sequence[float]) -> Image.Image:
    """Draws one line with its number, its ticks and its caption, and a margin to the right and below."""
    picture, text = _draw_picture(number, line, ticks), _draw_caption(*caption)
    width = min(max(picture.width, text.width), _WIDEST)
    block = Image.new("RGB", (width + _MARGIN, picture.height + text.height + _MARGIN), _PAPER)
    block.paste(picture, (0, 0))
    block.paste(text, (0, picture.height))
    block.paste(_PAPER, (width, 0, *block.size))
    return block


def _draw_picture(number: int, line: np.ndarray, ticks: Sequence[float]) -> Image.Image:
    height, width = line.shape
    picture = Image.new("RGB", (_GUTTER + width, _TICK + height), _PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((0, _TICK + height / 2), str(number), _PALE, load_font(_FONT_SIZE), "lm")
    for tick in ticks:
        draw.line((_GUTTER + tick, 0, _GUTTER + tick, _TICK - 2), _MARK)
    picture.paste(Image.fromarray(line), (_GUTTER, _TICK))
    return picture


def _draw_caption(truth: str, read: str | None, confidence: float | None) -> Image.Image:
    """Writes the truth and below it what was read, aligned in cells of one character, with gaps if one has none."""
    cells = list(_align(truth, truth if read is None else read))
    wrong = {i for i, (true, found) in enumerate(cells) if true != found}
    note = "" if confidence is None else f"{confidence:.0%}"
    width = _GUTTER + _CELL * (len(cells) + 2 + len(note))
    text = Image.new("RGB", (width, _ROW if read is None else 2 * _ROW), _PAPER)
    draw = ImageDraw.Draw(text)
    draw.font = load_font(_FONT_SIZE)
    _write(draw, 0, "truth", [true for true, _ in cells], wrong)
    if read is not None:
        _write(draw, _ROW, "read", [found for _, found in cells], wrong)
        draw.text((width, 1.5 * _ROW), note, _PALE, anchor="rm")
    return text


def _write(draw: ImageDraw.ImageDraw, top: int, name: str, characters: Sequence[str], wrong: set[int]) -> None:
    """Writes a row of characters, each centred in its cell, with wrong ones in red on a pale red background."""
    middle = top + _ROW / 2
    draw.text((0, middle), name, _PALE, anchor="lm")
    for i, character in enumerate(characters):
        left = _GUTTER + i * _CELL
        if i in wrong:
            draw.rectangle((left, top, left + _CELL - 1, top + _ROW - 1), _ERROR_PAPER)
            draw.text((left + _CELL / 2, middle), OPEN_BOX if character == " " else character, _ERROR, anchor="mm")
        else:
            draw.text((left + _CELL / 2, middle), character, _TEXT, anchor="mm")


def _align(truth: str, read: str) -> Iterator[tuple[str, str]]:
    """Pairs the characters of two texts along a shortest alignment; "" marks a gap.

    >>> list(_align("each", "ache"))
    [('e', ''), ('a', 'a'), ('c', 'c'), ('h', 'h'), ('', 'e')]
    """
    for block in Levenshtein.opcodes(truth, read):
        true, found = truth[block.src_start : block.src_end], read[block.dest_start : block.dest_end]
        yield from zip_longest(true, found, fillvalue="")
