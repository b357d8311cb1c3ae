"""Converts images of every colour model to grey values."""

import sys
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, PLANAR_CONFIGURATION, TiffImageFile

from kerasrec.errors import BadImage
from kerasrec.images.paper import lay_on_paper

_SWAPPED = "RGB;16B" if sys.byteorder == "little" else "RGB;16L"  # of the native order, RGB;16N
_OTHER_BYTE = {"RGB;16B": "RGB;16L", "RGB;16L": "RGB;16B", "RGB;16N": _SWAPPED}
_FEW_BITS = {"L;2": 85, "L;4": 17}  # the factors by which Pillow scales the pixels, but not the transparent grey


def to_grey(image: Image.Image, name: str, file: BinaryIO | None = None) -> np.ndarray:
    """Converts an image to grey values: luminance, with values of more than 8 bits scaled from their own range.

    Args:
        image: The image, not loaded yet if it comes from a file.
        name: The name of the image in error messages.
        file: The file that it comes from. Without it, colours of more than 8 bits lose the bits that Pillow drops.

    Returns:
        (H, W) uint8.

    Raises:
        BadImage: It has values that are not finite, or channels that Pillow reads wrong.
    """
    _check_planes(image, name)
    key, raw_mode = image.info.get("transparency"), _raw_mode(image)
    if file is not None and raw_mode in _OTHER_BYTE:
        return values_to_grey(_read_deep(image, file), name, key)
    if image.mode.startswith(("I", "F")):
        return values_to_grey(np.asarray(image), name, key)
    if raw_mode in _FEW_BITS and key is not None:
        return _without_key(np.asarray(image), np.asarray(image), key * _FEW_BITS[raw_mode])
    if image.mode == "CMYK" and image.format == "JPEG":
        return _convert_inks(image)
    if image.has_transparency_data:
        pixels = np.asarray(image.convert("RGBA").convert("LA"))
        return lay_on_paper(pixels[..., 0], pixels[..., 1])
    return np.asarray(image.convert("L"))


def values_to_grey(values: np.ndarray, name: str, key: int | tuple[int, ...] | None = None) -> np.ndarray:
    """Scales values (H, W) or colours (H, W, 3) of any real type from their common range to grey (H, W) uint8.

    Args:
        values: The values.
        name: The name of the image in error messages.
        key: The value or the colour that is transparent.

    Raises:
        BadImage: The values are not all finite.
    """
    scaled = _scale_range(values.astype(np.float32), name)
    grey = scaled if values.ndim == 2 else np.asarray(Image.fromarray(scaled).convert("L"))
    return grey if key is None else _without_key(grey, values, key)


def _raw_mode(image: Image.Image) -> str | None:
    """Returns how the pixels of an image that is not loaded yet are stored in its file."""
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    arguments = tiles[0].args if tiles else None
    return arguments[0] if isinstance(arguments, tuple) else arguments


def _check_planes(image: Image.Image, name: str) -> None:
    """Raises BadImage for a TIFF with one plane for each channel, of which Pillow reads each byte as a value."""
    if isinstance(image, TiffImageFile):
        bits = image.tag_v2.get(BITSPERSAMPLE, (1,))
        if image.tag_v2.get(PLANAR_CONFIGURATION) == 2 and len(bits) > 1 and max(bits) > 8:
            raise BadImage(
                f"{name} has channels of {max(bits)} bits that are stored separately. Save it as 8-bit grey."
            )


def _read_deep(image: Image.Image, file: BinaryIO) -> np.ndarray:
    """Reads colours of 16 bits, (H, W, 3) uint16.

    Pillow keeps the upper byte of each value only. With the bytes of a value swapped, that is the lower one.
    """
    upper, page = np.asarray(image, np.uint16), image.tell()
    file.seek(0)
    with Image.open(file, formats=[str(image.format)]) as again:
        again.seek(page)
        again.tile = [tile._replace(args=_swap_bytes(tile.args)) for tile in again.tile]
        return upper * 256 + np.asarray(again)


def _swap_bytes(arguments: Any) -> Any:
    return (_OTHER_BYTE[arguments[0]], *arguments[1:]) if isinstance(arguments, tuple) else _OTHER_BYTE[arguments]


def _convert_inks(image: Image.Image) -> np.ndarray:
    """Converts the CMYK colours of a JPEG, in which 0 or 255 can stand for full ink: paper is brighter than ink.

    Adobe's marker does not say which it is. The wrong choice makes everything black where the fourth ink is not used.
    """
    inverted = np.asarray(image.convert("L"))
    plain = np.asarray(Image.fromarray(255 - np.asarray(image), "CMYK").convert("L"))
    return inverted if inverted.mean() >= plain.mean() else plain


def _without_key(grey: np.ndarray, values: np.ndarray, key: int | tuple[int, ...]) -> np.ndarray:
    matches = values == np.asarray(key)
    is_key = matches if values.ndim == 2 else matches.all(axis=2)
    return lay_on_paper(grey, np.where(is_key, 0, 255).astype(np.uint8))


def _scale_range(values: np.ndarray, name: str) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise BadImage(f"{name} must have finite values, but has NaN or infinity. Save it as 8-bit grey.")
    scaled: np.ndarray = (values - low) * (255 / ((high - low) or 1.0))
    return scaled.round().astype(np.uint8)
