"""Loads images of common formats and colour models as grey values, and rejects images that cannot be a line."""

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
"""The maximum width in pixels of an image scaled to the height of a line, about 700 characters."""

ImageLike: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | np.ndarray
"""An image to read: the path or the content of a file, a Pillow image, or an array of grey values (H, W), colours
(H, W, 3) or colours with opacity (H, W, 4). Arrays are bool or uint8, or of any other real type without opacity."""

INK_SPREAD = 16.0  # grey values: opaque pixels that differ less are one colour, that of the ink


def load_image(source: ImageLike, name: str | None = None) -> np.ndarray:
    """Loads an image of a line as grey values; see `load_grey`.

    Returns:
        (H, W) uint8.

    Raises:
        BadImage: `load_grey` cannot load it, or it does not have the size of a line.
    """
    name = name or _default_name(source)
    grey = load_grey(source, name)
    _check_shape(grey, name)
    return grey


def load_grey(source: ImageLike, name: str | None = None) -> np.ndarray:
    """Loads an image as grey values.

    Colours become luminance, and values of more than 8 bits are scaled from their own range. The orientation in the
    EXIF data is applied, and only the first page or frame is read. Transparent strokes get a white or black background,
    whichever makes them legible; transparent margins get the colour of the opaque background.

    Args:
        source: The image; see `ImageLike`.
        name: The name of the image in error messages; the path if not given.

    Returns:
        (H, W) uint8.

    Raises:
        BadImage: It cannot be opened, is not an image, is damaged or is too large.
    """
    name = name or _default_name(source)
    try:
        # Pillow warns of unusual metadata, which does not affect the pixels, and of sizes, which are checked here.
        with silence_warnings():
            return _read(source, name)
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
        raise BadImage(f"{name} is empty: it has 0 bytes. Save it again.")
    file.seek(0)
    with Image.open(file, formats=FORMATS) as image:
        _check_pixels(image.width, image.height, name)
        return _to_grey(ImageOps.exif_transpose(image), name)


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
    if columns > MOST_COLUMNS:
        raise BadImage(
            f"{name} is {width:,} x {height:,} px: scaled to a height of {GLYPH_SIZE} px, it must be at most "
            f"{MOST_COLUMNS:,} px wide, but would be {columns:,} px. Cut it into shorter lines."
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
        raise BadImage(f"{name} must have finite values, but has NaN or infinity. Save it as 8-bit grey.")
    scaled: np.ndarray = (values - low) * (255 / ((high - low) or 1.0))
    return scaled.round().astype(np.uint8)


def _lay_on_paper(pixels: np.ndarray) -> np.ndarray:
    """Composites grey values and opacity (H, W, 2), 0..255, over a background that makes them legible."""
    grey, opacity = pixels[..., 0], pixels[..., 1] / 255
    paper = _choose_paper(grey, opacity)
    composite: np.ndarray = (grey * opacity + paper * (1 - opacity)).round()
    return composite.astype(np.uint8)


def _choose_paper(grey: np.ndarray, opacity: np.ndarray) -> float:
    """Returns white or black if only the strokes are opaque, otherwise the grey of their opaque background."""
    rows, columns = np.nonzero(opacity > opacity.max() / 2)
    if not rows.size:
        return 255.0
    visible = grey[rows, columns]
    box = (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
    if visible.size / box > 0.5 and visible.std() > INK_SPREAD:
        return float(np.median(visible))
    return 255.0 if visible.mean() < 128 else 0.0
