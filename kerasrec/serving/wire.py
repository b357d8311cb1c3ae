"""The names that exporter, server and client share: the SavedModel's signatures with their inputs and outputs.

`serving_default` takes the bytes of N images and returns the text and the characters of each. L is the greatest number
of characters in the batch; rows of shorter lines are padded with 0. Positions are in pixels of the image.

`dark_ink` and `light_ink` have the same inputs and outputs, for images whose ink is known to be darker or lighter than
its paper; `serving_default` finds out.

`log_probs` takes canonical lines (B, H, W, 1), ink 255 on 0, and returns the input of a decoder.
"""

SERVING_DEFAULT = "serving_default"
DARK_INK = "dark_ink"
LIGHT_INK = "light_ink"
READERS = {"auto": SERVING_DEFAULT, "dark": DARK_INK, "light": LIGHT_INK}
"""The signature that reads images, for each of `spec.INKS`."""

IMAGE_BYTES = "image_bytes"  # (N,) string: PNG, JPEG or WebP
TEXT = "text"  # (N,) string, UTF-8
CONFIDENCE = "confidence"  # (N,) float32, the probability of the text
CHARACTER_COUNT = "character_count"  # (N,) int32
CHARACTER_CONFIDENCE = "character_confidence"  # (N, L) float32
CHARACTER_START = "character_start"  # (N, L) float32
CHARACTER_END = "character_end"  # (N, L) float32

LOG_PROBS = "log_probs"  # the signature, and its output (B, T, K) float32
IMAGES = "images"  # (B, H, W, 1) float32, 0..255
WIDTHS = "widths"  # (B,) int32, the width of each line in pixels
FRAMES = "frames"  # (B,) int32, the number of valid frames of each line

MOST_PIXELS = 2**25
"""The most pixels of an image: 33 million."""

SCAN = b"\xff\xda"
"""Starts each scan of a JPEG."""

MOST_SCANS = 32
"""The most scans in a JPEG; encoders write up to 20, and each can take as long to decode as a whole image."""

MOST_WIDE_LINES = 32
"""The most lines of the greatest width in a request: more lines must be narrower, because each takes as much memory as
the widest. It is also the most images of a request and of a batch in `kerasrec serve`, unless they are set."""
