"""Cuts lines out of the image of their page: along their outline, with some margin, and paper around them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from kerasrec.errors import BadPage
from kerasrec.images.loading import LEAST_HEIGHT, load_grey
from kerasrec.pages.bands import find_axes, find_bands
from kerasrec.pages.document import Page, PageLine

_MARGIN = 1 / 8  # of the height of a line: ascenders and descenders often reach over its outline
_SIMILAR = 0.02  # between the proportions of a page and of its image


@dataclass(frozen=True, eq=False)
class CutLine:
    """A line cut out of the image of its page, turned so that it is level.

    Attributes:
        line: The line.
        pixels: (H, W) uint8, grey values; paper outside the line's outline and its margin.
        inside: (H, W) bool, whether a pixel is inside the outline.
        origin: (2,) float, the place of the upper left corner on the page, as x and y in pixels.
        axes: (2, 2) float, the directions on the page of x and y in the cut.
        scale: (2,) float, pixels per unit of the document.
    """

    line: PageLine
    pixels: np.ndarray
    inside: np.ndarray
    origin: np.ndarray
    axes: np.ndarray
    scale: np.ndarray

    def corners(self, start: float, end: float) -> np.ndarray:
        """Returns the corners of a part of the line on the page.

        Args:
            start: Its first column in the cut.
            end: The column after its last.

        Returns:
            (4, 2) float, x and y in the units of the document, clockwise from the upper left, inside the outline.
        """
        columns = np.flatnonzero(self.inside.any(axis=0))
        first = min(max(start, columns[0]), columns[-1])
        last = min(max(end, first + 1), columns[-1] + 1)
        part = self.inside[:, int(first) : int(np.ceil(last))]
        rows = np.flatnonzero(part.any(axis=1)) if part.any() else np.flatnonzero(self.inside.any(axis=1))
        top, bottom = rows[0], rows[-1] + 1
        corners = np.array([[first, top], [last, top], [last, bottom], [first, bottom]])
        return (self.origin + corners @ self.axes) / self.scale


def cut_lines(page: Page) -> Iterator[CutLine | BadPage]:
    """Cuts the lines of a page out of its image; one that cannot be cut is an error in its place.

    Raises:
        BadImage: The image cannot be opened, is not an image, is damaged or too large.
        BadPage: The image does not have the proportions of the page.
    """
    grey = load_grey(page.image)
    scale = _find_scale(page, grey)
    bands = _bands(page)
    image = Image.fromarray(grey)
    for line in page.lines:
        try:
            yield line if isinstance(line, BadPage) else _cut(image, line, bands.get(line), scale)
        except BadPage as error:
            yield error


def _find_scale(page: Page, grey: np.ndarray) -> np.ndarray:
    """Finds the pixels per unit of the document (2,)."""
    size, pixels = page.size, np.array(grey.shape[::-1])
    if not (size > 0).all():
        if page.markup.is_in_pixels:
            return np.ones(2)
        raise BadPage(f"{page.path}: its places are not in pixels, and its Page has no WIDTH and HEIGHT. Add them.")
    scale = pixels / size
    if abs(scale[0] / scale[1] - 1) > _SIMILAR:
        raise BadPage(
            f"{page.path} is a page of {size[0]:g} x {size[1]:g}, but its image {page.image} has {pixels[0]} x "
            f"{pixels[1]} px, which are other proportions. Give it the image that it was made from."
        )
    return scale


def _bands(page: Page) -> dict[PageLine, np.ndarray | None]:
    lines = [line for line in page.lines if isinstance(line, PageLine) and line.baseline is not None]
    return dict(zip(lines, find_bands([line.baseline for line in lines if line.baseline is not None]), strict=True))


def _cut(image: Image.Image, line: PageLine, band: np.ndarray | None, scale: np.ndarray) -> CutLine:
    outline = band if line.outline is None else line.outline
    if outline is None:
        found = "nothing" if line.baseline is None else "only a baseline, with no other line to tell its height"
        raise BadPage(f"{line.name}: expected a polygon or a box, but found {found}. Draw its outline.")
    axes = find_axes(None if line.baseline is None else line.baseline * scale)
    points = outline * scale @ axes.T
    height = _area(points) / max(np.ptp(points[:, 0]), 1)
    margin = height * _MARGIN
    corner, size = _frame(image, points, axes, margin)
    origin = corner @ axes
    inside, around = _draw(points - corner, size, 0), _draw(points - corner, size, margin)
    on_page = _is_on_page(image, origin, axes, size)
    inside &= on_page
    if min(inside.any(axis=0).sum(), inside.any(axis=1).sum()) < LEAST_HEIGHT:
        raise BadPage(
            f"{line.name}: its outline, x {_range(outline[:, 0])} and y {_range(outline[:, 1])}, is outside its image "
            f"of {image.width} x {image.height} px or less than {LEAST_HEIGHT} px high. Correct it."
        )
    matrix = (axes[0, 0], axes[1, 0], origin[0], axes[0, 1], axes[1, 1], origin[1])
    part = image.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return CutLine(line, _fill(np.asarray(part), around & on_page, height), inside, origin, axes, scale)


def _area(points: np.ndarray) -> float:
    """The area of a polygon (N, 2)."""
    x, y = points.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _frame(
    image: Image.Image, points: np.ndarray, axes: np.ndarray, margin: float
) -> tuple[np.ndarray, tuple[int, int]]:
    """The upper left corner (2,) and the size of the part of a turned page that has an outline with its margin."""
    page = np.array([[0, 0], [image.width, 0], [0, image.height], [image.width, image.height]]) @ axes.T
    first = np.floor(np.maximum(points.min(axis=0) - margin, page.min(axis=0)))
    last = np.ceil(np.minimum(points.max(axis=0) + margin, page.max(axis=0)))
    width, height = np.maximum(last - first, 1).astype(int).tolist()
    return first, (width, height)


def _draw(points: np.ndarray, size: tuple[int, int], margin: float) -> np.ndarray:
    """Draws a polygon (N, 2) with a margin: (H, W) bool."""
    mask = Image.new("1", size)
    draw = ImageDraw.Draw(mask)
    corners = [(x, y) for x, y in (points - 0.5).tolist()]  # Pillow counts from the centres of pixels
    draw.polygon(corners, fill=1)
    if margin:
        draw.line([*corners, *corners[:2]], fill=1, width=2 * round(margin) + 1, joint="curve")
    drawn = np.array(mask)
    first, last = np.floor(points.min(axis=0) - margin), np.ceil(points.max(axis=0) + margin)
    columns, rows = np.arange(size[0]), np.arange(size[1])[:, None]  # Pillow also draws pixels that it only touches
    drawn &= (columns >= first[0]) & (columns < last[0]) & (rows >= first[1]) & (rows < last[1])
    return drawn


def _is_on_page(image: Image.Image, origin: np.ndarray, axes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Whether each pixel of a cut is on the page: (H, W) bool."""
    columns, rows = np.arange(size[0]) + 0.5, np.arange(size[1])[:, None] + 0.5
    x, y = (origin[i] + columns * axes[0, i] + rows * axes[1, i] for i in (0, 1))
    on_page: np.ndarray = (x >= 0) & (x < image.width) & (y >= 0) & (y < image.height)
    return on_page


def _fill(grey: np.ndarray, kept: np.ndarray, height: float) -> np.ndarray:
    """Fills what is not kept with the paper nearby: the median of what is kept, in blocks twice the height of a line.

    Ink covers less than half of a line, so that the median is a value of its paper.
    """
    width = grey.shape[1]
    blocks = np.array_split(np.arange(width), max(1, round(width / max(2 * height, 1))))
    levels = [(block.mean(), np.median(grey[:, block][kept[:, block]])) for block in blocks if kept[:, block].any()]
    paper = np.interp(np.arange(width), *np.transpose(levels))
    return np.where(kept, grey, paper.round()).astype(np.uint8)


def _range(values: np.ndarray) -> str:
    return f"{values.min():g} to {values.max():g}"
