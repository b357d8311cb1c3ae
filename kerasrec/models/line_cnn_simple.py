"""LineCNNSimple: a character model at every window of a line, from the Full Stack Deep Learning labs (2021, lab 3)."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.backend import keras, layers
from kerasrec.errors import UsageError
from kerasrec.models.architecture import Architecture, Width, line_inputs
from kerasrec.models.characters.character_cnn import CharacterCNN
from kerasrec.models.windows import CutWindows, JoinWindows
from kerasrec.spec import GLYPH_SIZE


@dataclass(frozen=True)
class LineCNNSimple(CharacterCNN, Architecture):
    """CharacterCNN applied to each window of a line independently; all windows of a batch are computed in one call.

    >>> LineCNNSimple().frames(896), LineCNNSimple(window_stride=20).frames(896)
    (32, 44)

    Attributes:
        window_width: Width of a frame's window in pixels.
        window_stride: Step in pixels between windows.
        height: Height of a line in pixels.
    """

    objectives: ClassVar[tuple[str, ...]] = ("cross_entropy", "ctc")
    fixed_width: ClassVar[bool] = True
    margin: ClassVar[int] = 0
    context: ClassVar[bool] = False

    window_width: int = GLYPH_SIZE
    window_stride: int = GLYPH_SIZE
    height: int = GLYPH_SIZE

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("window_width", "height"):
            if getattr(self, name) < 2:  # the max-pool needs two
                raise UsageError(f"{name} must be at least 2 px, not {getattr(self, name)}.")

    @property
    def window(self) -> int:
        """The width of a window in pixels."""
        return self.window_width

    @property
    def stride(self) -> int:
        """The step between windows in pixels."""
        return self.window_stride

    @property
    def offset(self) -> int:
        """The pixel column at the centre of the first window."""
        return self.window_width // 2

    def frames(self, width: Width) -> Width:
        """Returns the number of windows that fit into a line `width` pixels wide; 0 or less if none does."""
        return (width - self.window_width) // self.window_stride + 1

    def build(self, classes: int) -> keras.Model:
        """Builds the model; see `Architecture.build`."""
        images, widths = line_inputs(self.height)
        windows = CutWindows(self.window_width, self.window_stride, name="windows")(images)  # (B * T, H, window, 1)
        x = JoinWindows(name="frames")([self.body(windows, classes), images])  # (B, T, classes)
        logits = layers.Activation("linear", dtype="float32", name="logits")(x)
        return keras.Model([images, widths], logits, name="line_cnn_simple")
