"""What to say of an image in which no text was read."""

import os
import shlex

import numpy as np

from kerasrec.errors import BadImage
from kerasrec.images.canonical import POLARITIES, find_line
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import load_image
from kerasrec.images.visibility import measure_visibility


def describe_empty(source: ImageSource, ink: str = "auto") -> str:
    """Describes what was seen in an image without text, which is loaded once more for that.

    Args:
        source: The image.
        ink: Whether its ink is "dark" or "light"; "auto" finds out.
    """
    try:
        grey = load_image(source.content, source.name, source.page)
    except BadImage:  # a pipe, which can be read only once
        return f"{source.name}: no text was read."
    seen = measure_visibility(find_line(grey.astype(np.float32), POLARITIES[ink]))
    if not seen.coverage:
        return f"{source.name}: {seen}."
    message = f"{source.name}: no text was read, although {seen}."
    if isinstance(source.content, str | os.PathLike):
        message += f" Look at it with `kerasrec read RUN {shlex.quote(source.name)} --explain DIR`."
    return message
