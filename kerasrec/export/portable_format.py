"""The names in ONNX and LiteRT files of recognizers, for those that write them and those that read them."""

FORMAT = 1

CARD = "kerasrec"
"""The name of the metadata of an ONNX file: a JSON object with the format, the alphabet, the line spec and so on."""

CARD_FILE = "kerasrec.json"
"""The same in a LiteRT file: a file in the zip archive that follows the model."""

IMAGES = "images"
"""(B, H, W, 1) uint8, ink 255: H is the height of the line spec, W any width."""

WIDTHS = "widths"
"""(B,) int32, the width of each line in pixels."""

LOG_PROBS = "log_probs"
"""(B, T, K) float32."""

FRAMES = "frames"
"""(B,) int32, the number of valid outputs of each line."""
