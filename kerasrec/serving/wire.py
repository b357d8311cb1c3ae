"""The names that exporter, server and client share: signatures of the SavedModel and what goes in and out of them.

`serving_default` takes the bytes of pictures and gives, for each of N pictures, its text and its characters. L is the
greatest number of characters in the batch; what stands beyond a line's own is 0. Places are pixels of the picture.

`log_probs` takes canonical lines (B, 28, W, 1), ink 255 on 0, and gives what a decoder needs.
"""

SERVING_DEFAULT = "serving_default"
IMAGE_BYTES = "image_bytes"  # (N,) string: PNG, JPEG or WebP
TEXT = "text"  # (N,) string, UTF-8
CONFIDENCE = "confidence"  # (N,) float32, the probability of the best path
CHARACTER_COUNT = "character_count"  # (N,) int32
CHARACTER_CONFIDENCE = "character_confidence"  # (N, L) float32
CHARACTER_START = "character_start"  # (N, L) float32
CHARACTER_END = "character_end"  # (N, L) float32

LOG_PROBS = "log_probs"  # the signature, and its output (B, T, K) float32
IMAGES = "images"  # (B, 28, W, 1) float32, 0..255
WIDTHS = "widths"  # (B,) int32, pixels of each line that count
FRAMES = "frames"  # (B,) int32, frames of each line that count

MOST_PIXELS = 2**25
"""The most pixels of a picture: 33 million."""

MOST_COLUMNS = 2**19
"""The most pictures of a request times the width in pixels of its widest line: some 500 long lines."""
