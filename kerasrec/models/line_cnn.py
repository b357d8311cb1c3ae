"""LineCNN: the convolutional line model of the Full Stack Deep Learning 2021 labs (lab 3)."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.backend import keras, layers
from kerasrec.errors import UsageError
from kerasrec.models.architecture import Architecture, Width, line_inputs
from kerasrec.spec import GLYPH_SIZE


@dataclass(frozen=True)
class LineCNN(Architecture):
    """Eight 3x3 convolutions that shrink the image by a factor of 8, a convolution over windows, and a dense head.

    The window settings are rounded down to multiples of 8, as in the labs: strides of 16 to 23 all act as 16.

    >>> LineCNN().frames(896), LineCNN().window, LineCNN().stride
    (55, 24, 16)

    Attributes:
        conv_dim: Channels of the first convolutions; the last have four times as many.
        fc_dim: Units of the windows' convolution and of the dense layer.
        window_width: Width of a frame's window in pixels.
        window_stride: Step in pixels between windows.
        dropout: Fraction of the units dropped before the logits in training.
        height: Height of a line in pixels.
    """

    objectives: ClassVar[tuple[str, ...]] = ("ctc", "cross_entropy")
    fixed_width: ClassVar[bool] = True
    margin: ClassVar[int] = 32
    context: ClassVar[bool] = False

    conv_dim: int = 32
    fc_dim: int = 512
    window_width: int = 28
    window_stride: int = 18
    dropout: float = 0.2
    height: int = GLYPH_SIZE

    def __post_init__(self) -> None:
        for name in ("window_width", "window_stride", "height"):
            if getattr(self, name) < 8:
                raise UsageError(f"{name} must be at least 8 px, the size of a frame, not {getattr(self, name)}.")
        for name in ("conv_dim", "fc_dim"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"dropout must be at least 0 and below 1, not {self.dropout}.")

    @property
    def window(self) -> int:
        """The effective window in pixels: `window_width` rounded down to a multiple of 8."""
        return self.window_width // 8 * 8

    @property
    def stride(self) -> int:
        """The effective stride in pixels: `window_stride` rounded down to a multiple of 8."""
        return self.window_stride // 8 * 8

    @property
    def offset(self) -> int:
        """The pixel column at the centre of the first frame's window."""
        return (self.window_width // 8 - 1) * 4

    def frames(self, width: Width) -> Width:
        """Returns the number of frames of a line `width` pixels wide; 0 or less if no window fits."""
        return (_shrunk(width) - self.window_width // 8) // (self.window_stride // 8) + 1

    def build(self, classes: int) -> keras.Model:
        """Builds the model; see `Architecture.build`."""
        images, widths = line_inputs(self.height)
        logits = layers.Activation("linear", dtype="float32", name="logits")(self.head(images, classes))
        return keras.Model([images, widths], logits, name="line_cnn")

    def head(self, images: keras.KerasTensor, classes: int) -> keras.KerasTensor:
        """Applies all layers from the images (B, H, W, 1) to the logits of each frame (B, T, classes)."""
        c = self.conv_dim
        x = layers.Rescaling(1 / 255, name="scale")(images)
        plan = ((c, 1), (c, 1), (c, 2), (c, 1), (2 * c, 2), (2 * c, 1), (4 * c, 2), (4 * c, 1))
        for number, (channels, stride) in enumerate(plan, 1):
            x = layers.ZeroPadding2D(1, name=f"pad{number}")(x)
            x = _conv(channels, 3, stride, name=f"conv{number}")(x)
        rows = self.height // 8  # 28 px shrink to 4 rows, of which the labs use the first 3
        x = _conv(self.fc_dim, (rows, self.window_width // 8), (rows, self.window_stride // 8), name="windows")(x)
        x = layers.Reshape((-1, self.fc_dim), name="frames")(x)  # (B, 1, T, D) -> (B, T, D)
        x = layers.Dense(self.fc_dim, activation="relu", kernel_initializer=_he_normal(), name="dense")(x)
        x = layers.Dropout(self.dropout, name="dropout")(x)
        return layers.Dense(classes, kernel_initializer=_he_normal(), name="classes")(x)


def _shrunk(width: Width) -> Width:
    """Returns the columns that remain after three convolutions with kernel 3, stride 2 and padding 1."""
    return (width + 7) // 8


def _conv(channels: int, kernel: int | tuple[int, int], stride: int | tuple[int, int], name: str) -> layers.Layer:
    return layers.Conv2D(channels, kernel, stride, activation="relu", kernel_initializer=_he_normal(), name=name)


def _he_normal() -> keras.initializers.Initializer:
    """Returns Kaiming's normal initialiser with fan out, as in the labs."""
    return keras.initializers.VarianceScaling(2.0, mode="fan_out", distribution="untruncated_normal")
