"""From any image of a line, a file or bytes, to the canonical line that recognizers see: 28 px high, ink 255 on 0."""

from kerasrec.images.canonical import CanonicalLine, line_from_image, to_line
from kerasrec.images.loading import load_image

__all__ = ["CanonicalLine", "line_from_image", "load_image", "to_line"]
