"""Loads images of common formats and colour models as grey values, and rejects images that cannot be a line."""

import io
import os
import re
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from PIL import Image, UnidentifiedImageError

from kerasrec.errors import BadImage
from kerasrec.images.colours import to_grey, values_to_grey
from kerasrec.images.damage import PNG_START, check_jpeg_rows, check_png_rows, mend_png
from kerasrec.images.geometry import read_orientation, read_stretch, stretch_rows, turn_upright
from kerasrec.images.pages import select_page, split_page
from kerasrec.images.silence import silence_warnings
from kerasrec.spec import GLYPH_SIZE

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
MOST_PIXELS = 100_000_000
LEAST_HEIGHT = 4
MOST_COLUMNS = 16_384
"""The maximum width in pixels of an image scaled to a height of 28 px, about 700 characters."""

ImageLike: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | np.ndarray
"""An image to read: the path of a file, with #2 for its second page, or its content, a Pillow image, or an array of
grey values (H, W), colours (H, W, 3) or colours with opacity (H, W, 4). Arrays are bool or uint8, or of any other real
type without opacity."""


def load_image(source: ImageLike, name: str | None = None, page: int | None = None) -> np.ndarray:
    """Loads an image of a line as grey values; see `load_grey`.

    Returns:
        (H, W) uint8.

    Raises:
        BadImage: `load_grey` cannot load it, or it does not have the size of a line.
    """
    name = name or _default_name(source)
    grey = load_grey(source, name, page)
    _check_shape(grey, name)
    return grey


def load_grey(source: ImageLike, name: str | None = None, page: int | None = None) -> np.ndarray:
    """Loads an image as grey values.

    Colours become luminance, and values of more than 8 bits are scaled from their own range. Transparent pixels get the
    colour of the paper that a person would see; see `images.paper`. The image is turned upright by its EXIF or XMP
    data. If its resolution says that its pixels are not square, as in a fax, its height is changed so that they are.

    Args:
        source: The image; see `ImageLike`.
        name: The name of the image in error messages; the path if not given.
        page: The number of the page, from 1; required if there are several and the path does not name one.

    Returns:
        (H, W) uint8. W is the width of the image in its file, turned upright.

    Raises:
        BadImage: It cannot be opened, is not an image, is damaged or is too large, or has several pages.
    """
    name = name or _default_name(source)
    try:
        # Pillow warns of unusual metadata, which does not affect the pixels, and of sizes, which are checked here.
        with silence_warnings():
            return _read(source, name, page)
    except BadImage:
        raise
    except UnidentifiedImageError as error:
        raise BadImage(
            f"{name} is not an image, or its header is damaged. The format must be one of {', '.join(FORMATS)}."
        ) from error
    except Image.DecompressionBombError as error:
        pixels = re.findall(r"\d+", str(error))[0]  # Pillow raises before width and height are known
        raise _too_large(f"{int(pixels):,} px", name) from error
    except Exception as error:  # Pillow's decoders raise errors of every kind for damaged files
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadImage(
            f"{name} cannot be read as an image: {reason or type(error).__name__}. Check the path, or save it again."
        ) from error


def _default_name(source: ImageLike) -> str:
    return os.fspath(source) if isinstance(source, str | os.PathLike) else "the image"


def _read(source: ImageLike, name: str, page: int | None) -> np.ndarray:
    if isinstance(source, np.ndarray):
        return _read_array(source, name)
    if isinstance(source, Image.Image):
        select_page(source, name, page, is_file=False)
        return _to_upright_grey(source, name)
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), name, page, is_file=False)
    if isinstance(source, str | os.PathLike):
        path, named = split_page(source) if page is None else (Path(source), page)
        with path.open("rb") as file:
            return _decode(file if file.seekable() else io.BytesIO(file.read()), name, named, is_file=True)
    raise BadImage(
        f"{name} must be a path, bytes, a Pillow image or a NumPy array, but has the type {type(source).__name__}."
    )


def _read_array(values: np.ndarray, name: str) -> np.ndarray:
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.size == 0 or not (values.ndim == 2 or values.ndim == 3 and values.shape[2] in (3, 4)):
        raise BadImage(
            f"{name} must be an array of shape (height, width), (height, width, 3) or (height, width, 4), but has the "
            f"shape {values.shape}."
        )
    _check_pixels(values.shape[1], values.shape[0], name)
    if values.dtype == np.uint8:
        return to_grey(Image.fromarray(values), name)
    if values.dtype == bool:
        return to_grey(Image.fromarray(values.astype(np.uint8) * 255), name)
    if values.dtype.kind not in "iuf" or values.shape[2:] == (4,):
        raise BadImage(
            f"{name} is an array of shape {values.shape} and type {values.dtype}. Give it as uint8, 0 to 255."
        )
    return values_to_grey(values, name)


def _decode(file: BinaryIO, name: str, page: int | None, is_file: bool) -> np.ndarray:
    start = file.read(len(PNG_START))
    if not start:
        raise BadImage(f"{name} is empty: it has 0 bytes. Save it again.")
    file.seek(0)
    if start == PNG_START:
        file = io.BytesIO(mend_png(file.read()))
    with Image.open(file, formats=FORMATS) as image:
        select_page(image, name, page, is_file)
        grey = _to_upright_grey(image, name, file)
        _check_rows(image, file, name)
        return grey


def _to_upright_grey(image: Image.Image, name: str, file: BinaryIO | None = None) -> np.ndarray:
    _check_pixels(image.width, image.height, name)
    is_tiff = image.format == "TIFF"
    orientation = read_orientation(image) if is_tiff else 1  # lost when Pillow loads a TIFF, which turns it upright
    grey = to_grey(image, name, file)
    if not is_tiff:
        orientation = read_orientation(image)
        grey = turn_upright(grey, orientation)
    height = round(len(grey) * read_stretch(image, orientation))
    _check_pixels(grey.shape[1], height, name)
    return stretch_rows(grey, max(height, 1))


def _check_rows(image: Image.Image, file: BinaryIO, name: str) -> None:
    file.seek(0)
    if image.format == "PNG":
        check_png_rows(file.read(), name)
    elif image.format in ("JPEG", "MPO"):
        check_jpeg_rows(file.read(), image, name)


def _check_pixels(width: int, height: int, name: str) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large(f"{width:,} x {height:,} px", name)


def _too_large(size: str, name: str) -> BadImage:
    return BadImage(
        f"{name} must have at most {MOST_PIXELS:,} px, but has {size}. Cut it into lines, or scale it down."
    )


def _check_shape(grey: np.ndarray, name: str) -> None:
    height, width = grey.shape
    columns = round(width * GLYPH_SIZE / height)
    if height < LEAST_HEIGHT:
        raise BadImage(
            f"{name} must be at least {LEAST_HEIGHT} px high to be legible, but is {width:,} x {height} px. "
            "Scan it at a higher resolution."
        )
    if columns < 1:
        raise BadImage(
            f"{name} is {width:,} x {height:,} px: scaled to a height of {GLYPH_SIZE} px, it would be less than 1 px "
            "wide. Turn it, or cut it into lines."
        )
    if columns > MOST_COLUMNS:
        raise BadImage(
            f"{name} is {width:,} x {height:,} px: scaled to a height of {GLYPH_SIZE} px, it must be at most "
            f"{MOST_COLUMNS:,} px wide, but would be {columns:,} px. Cut it into shorter lines."
        )
