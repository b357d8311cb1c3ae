"""Opening images: any common format and colour model to grey values, and plain words for what cannot be a line."""

import io
import os
import re
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kerasrec.errors import BadImage
from kerasrec.images.silence import silence_warnings
from kerasrec.spec import GLYPH_SIZE

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
MOST_PIXELS = 100_000_000
LEAST_HEIGHT = 4
MOST_COLUMNS = 16_384
"""The greatest width in pixels of an image scaled to the height of a line, some 700 characters."""

ImageLike: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | np.ndarray
"""What can be read: the path of a file, the content of one, an image of Pillow, or an array: (H, W) grey values,
(H, W, 3) colours or (H, W, 4) colours and opacity, of type bool or uint8, or without opacity of any other real type."""

INK_SPREAD = 16.0  # grey values: opaque pixels that differ less are one colour, that of a pen


def load_image(source: ImageLike, name: str | None = None) -> np.ndarray:
    """Reads an image of a line as grey values; see `load_grey`.

    Returns:
        (H, W) uint8.

    Raises:
        BadImage: It is no image that `load_grey` reads, or has a size that cannot be a line; it is named.
    """
    name = name or _default_name(source)
    grey = load_grey(source, name)
    _check_shape(grey, name)
    return grey


def load_grey(source: ImageLike, name: str | None = None) -> np.ndarray:
    """Reads an image as grey values.

    Colour becomes luminance; 16-bit and floating-point values are scaled from their own range; an image turned by its
    EXIF data stands upright; of several pages or frames the first is read. Transparent strokes are laid on what makes
    them legible, white or black; transparent margins get the colour of the opaque part.

    Args:
        source: The image; see `ImageLike`.
        name: What to call the image in an error; the path if not given.

    Returns:
        (H, W) uint8.

    Raises:
        BadImage: It cannot be opened, is no image, is damaged or too large; it is named.
    """
    name = name or _default_name(source)
    try:
        # Pillow warns of odd metadata, which says nothing of the pixels, and of sizes, which are checked here.
        with silence_warnings():
            return _read(source, name)
    except BadImage:
        raise
    except UnidentifiedImageError as error:
        raise BadImage(f"{name} is no image, or its header is damaged. Give one of {', '.join(FORMATS)}.") from error
    except Image.DecompressionBombError as error:
        pixels = re.findall(r"\d+", str(error))[0]  # Pillow refuses before it tells width and height
        raise _too_large(f"{int(pixels):,} px", name) from error
    except Exception as error:  # Pillow's decoders raise errors of every kind for damaged files
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadImage(
            f"{name} cannot be read as an image: {reason or type(error).__name__}. Check the path, or save it again."
        ) from error


def _default_name(source: ImageLike) -> str:
    return os.fspath(source) if isinstance(source, str | os.PathLike) else "the image"


def _read(source: ImageLike, name: str) -> np.ndarray:
    if isinstance(source, np.ndarray):
        return _read_array(source, name)
    if isinstance(source, Image.Image):
        _check_pixels(source.width, source.height, name)
        return _to_grey(ImageOps.exif_transpose(source), name)
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), name)
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            return _decode(file, name)
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
        return _to_grey(Image.fromarray(values), name)
    if values.dtype == bool:
        return _to_grey(Image.fromarray(values.astype(np.uint8) * 255), name)
    if values.dtype.kind not in "iuf" or values.shape[2:] == (4,):
        raise BadImage(
            f"{name} is an array of shape {values.shape} and type {values.dtype}. Give it as uint8, 0 to 255."
        )
    scaled = _scale_range(values.astype(np.float32), name)
    return scaled if scaled.ndim == 2 else _to_grey(Image.fromarray(scaled), name)


def _decode(file: BinaryIO, name: str) -> np.ndarray:
    if not file.read(1):
        raise BadImage(f"{name} is empty: it has 0 bytes and no image. Save it again.")
    file.seek(0)
    with Image.open(file, formats=FORMATS) as image:
        _check_pixels(image.width, image.height, name)
        return _to_grey(ImageOps.exif_transpose(image), name)


def _check_pixels(width: int, height: int, name: str) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large(f"{width:,} x {height:,} px", name)


def _too_large(size: str, name: str) -> BadImage:
    return BadImage(
        f"{name} is to have at most {MOST_PIXELS:,} px, but has {size}. Cut it into lines, or scale it down."
    )


def _check_shape(grey: np.ndarray, name: str) -> None:
    height, width = grey.shape
    columns = round(width * GLYPH_SIZE / height)
    if height < LEAST_HEIGHT:
        raise BadImage(
            f"{name} is to be at least {LEAST_HEIGHT} px high, but is {width:,} x {height} px: nothing can be read in "
            "it. Scan it at a higher resolution."
        )
    if columns > MOST_COLUMNS:
        raise BadImage(
            f"{name} is {width:,} x {height:,} px: scaled to a height of {GLYPH_SIZE} px it is to be at most "
            f"{MOST_COLUMNS:,} px wide, but would be {columns:,}. Cut it into shorter lines."
        )


def _to_grey(image: Image.Image, name: str) -> np.ndarray:
    if image.mode.startswith(("I", "F")):
        return _scale_range(np.asarray(image, np.float32), name)
    if image.has_transparency_data:
        return _lay_on_paper(np.asarray(image.convert("RGBA").convert("LA"), np.float32))
    return np.asarray(image.convert("L"))


def _scale_range(values: np.ndarray, name: str) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise BadImage(f"{name} is to hold finite numbers, but holds NaN or infinity. Save it as 8-bit grey.")
    scaled: np.ndarray = (values - low) * (255 / ((high - low) or 1.0))
    return scaled.round().astype(np.uint8)


def _lay_on_paper(pixels: np.ndarray) -> np.ndarray:
    """Lays grey values and opacity (H, W, 2), 0..255, on a paper that shows them."""
    grey, opacity = pixels[..., 0], pixels[..., 1] / 255
    paper = _choose_paper(grey, opacity)
    laid: np.ndarray = (grey * opacity + paper * (1 - opacity)).round()
    return laid.astype(np.uint8)


def _choose_paper(grey: np.ndarray, opacity: np.ndarray) -> float:
    """White or black where only strokes are opaque; where these stand on an opaque ground, the grey of that ground."""
    rows, columns = np.nonzero(opacity > opacity.max() / 2)
    if not rows.size:
        return 255.0
    visible = grey[rows, columns]
    box = (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
    if visible.size / box > 0.5 and visible.std() > INK_SPREAD:
        return float(np.median(visible))
    return 255.0 if visible.mean() < 128 else 0.0
