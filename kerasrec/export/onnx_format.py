"""The names in the ONNX files of recognizers, for those that write them and those that read them."""

FORMAT = 1

CARD = "kerasrec"
"""The name of the metadata: a JSON object with the format, the alphabet, the line spec and the arithmetic of frames."""

IMAGES = "images"
"""(B, H, W, 1) uint8, ink 255: H is the height of the line spec, W any width."""

WIDTHS = "widths"
"""(B,) int32, the width of each line in pixels."""

LOG_PROBS = "log_probs"
"""(B, T, K) float32."""
