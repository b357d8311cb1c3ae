"""LineResNet: the default model, a residual network designed for accuracy per minute of CPU time and for speed."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.backend import keras, layers
from kerasrec.errors import UsageError
from kerasrec.models.architecture import Architecture, Width, line_inputs
from kerasrec.models.masking import MaskFrames
from kerasrec.spec import GLYPH_SIZE

_STEP = 8  # px: the convolutions shrink a line by this factor


@dataclass(frozen=True)
class LineResNet(Architecture):
    """Residual 3x3 convolutions down to an eighth of the size, then residual convolutions along the frames.

    ReLU convolutions without normalisation spend all their time in matrix products, which are faster in bfloat16 on
    CPUs. Residual branches are initialised to zero (Zhang, Dauphin and Ma, "Fixup initialization", 2019), so that depth
    does not slow down early training. The convolutions along the frames see several characters at once, a context that
    resolves ambiguous shapes such as o, O and 0.

    In lines of more than 40 px, the first convolution takes larger steps from row to row, so that it leaves 14 to 20
    rows and the others cost no more than for a low line of that width. With a stride of 4, for narrow writing, the last
    layer computes two frames for every 8 px, at hardly any cost.

    >>> LineResNet().frames(896), LineResNet().window, LineResNet().stride
    (112, 81, 8)
    >>> LineResNet(stride=4).frames(896)
    224

    Attributes:
        width: Channels of the first convolution; the last 3x3 ones have four times as many.
        context_dim: Channels along the frames.
        context_blocks: Residual blocks along the frames, of two convolutions each.
        context_kernel: Kernel size of these convolutions in steps of 8 px, an odd number.
        dropout: Fraction of the features dropped before the logits in training.
        stride: Step between frames in pixels, 8 or 4.
        height: Height of a line in pixels.
    """

    objectives: ClassVar[tuple[str, ...]] = ("ctc", "cross_entropy")
    fixed_width: ClassVar[bool] = False
    margin: ClassVar[int] = 48
    context: ClassVar[bool] = True
    window: ClassVar[int] = 81

    width: int = 32
    context_dim: int = 256
    context_blocks: int = 3
    context_kernel: int = 5
    dropout: float = 0.1
    stride: int = _STEP
    height: int = GLYPH_SIZE

    def __post_init__(self) -> None:
        for name in ("width", "context_dim", "context_blocks", "context_kernel"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.context_kernel % 2 == 0:
            raise UsageError(f"context_kernel must be odd, so that it has a centre, not {self.context_kernel}.")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"dropout must be at least 0 and below 1, not {self.dropout}.")
        if self.stride not in (8, 4):
            raise UsageError(f"stride must be 8 or 4 px, not {self.stride}.")

    @property
    def offset(self) -> int:
        """The pixel column at the centre of the first frame; a step's two frames lie on both sides of its centre."""
        return (self.stride - _STEP) // 2

    def frames(self, width: Width) -> Width:
        """Returns the number of frames of a line `width` pixels wide."""
        return (width + _STEP - 1) // _STEP * (_STEP // self.stride)

    def build(self, classes: int) -> keras.Model:
        """Builds the model; see `Architecture.build`."""
        images, widths = line_inputs(self.height)
        steps = (widths + _STEP - 1) // _STEP
        x = layers.Rescaling(1 / 255, name="scale")(images)  # (B, H, W, 1)
        x = _shrink(x, self.width, 5, name="stem", rows=max(2, round(self.height / 16)))  # (B, 14, W / 2, width)
        x = _shrink(x, 2 * self.width, 3, name="down1")
        x = self._image_block(x, 2 * self.width, name="block1")  # (B, 7, W / 4, 2 width)
        x = _shrink(x, 4 * self.width, 3, name="down2")
        x = self._image_block(x, 4 * self.width, name="block2")  # (B, 4, W / 8, 4 width)
        x = layers.ZeroPadding2D((0, 1), name="pad_squeeze")(x)
        x = _relu_conv(self.context_dim, (x.shape[1], 3), padding="valid", name="squeeze")(x)
        x = layers.Reshape((-1, self.context_dim), name="frames")(x)  # (B, 1, W / 8, D) -> (B, W / 8, D)
        x = MaskFrames(name="mask")([x, steps])
        for number in range(1, self.context_blocks + 1):
            x = self._context_block(x, steps, name=f"context{number}")
        x = layers.Dropout(self.dropout, name="dropout")(x)
        logits = layers.Dense(_STEP // self.stride * classes, name="classes")(x)
        if self.stride < _STEP:
            logits = layers.Reshape((-1, classes), name="halves")(logits)  # (B, W / 8, 2 K) -> (B, W / 4, K)
        return keras.Model([images, widths], layers.Activation("linear", dtype="float32", name="logits")(logits))

    def _image_block(self, x: keras.KerasTensor, channels: int, name: str) -> keras.KerasTensor:
        """Applies a residual block of two 3x3 convolutions to an image."""
        y = _relu_conv(channels, 3, name=f"{name}_conv1")(x)
        y = layers.Conv2D(channels, 3, padding="same", kernel_initializer="zeros", name=f"{name}_conv2")(y)
        return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]))

    def _context_block(self, x: keras.KerasTensor, steps: keras.KerasTensor, name: str) -> keras.KerasTensor:
        """Applies a residual block of two convolutions along the frames; steps after the end of a line are zero."""
        size, channels = self.context_kernel, self.context_dim
        y = layers.Conv1D(
            channels, size, padding="same", activation="relu", kernel_initializer="he_normal", name=f"{name}_conv1"
        )(x)
        y = MaskFrames(name=f"{name}_mask1")([y, steps])
        y = layers.Conv1D(channels, size, padding="same", kernel_initializer="zeros", name=f"{name}_conv2")(y)
        y = layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]))
        return MaskFrames(name=f"{name}_mask2")([y, steps])


def _relu_conv(channels: int, kernel: int | tuple[int, int], padding: str = "same", *, name: str) -> layers.Layer:
    return layers.Conv2D(
        channels, kernel, padding=padding, activation="relu", kernel_initializer="he_normal", name=name
    )


def _shrink(x: keras.KerasTensor, channels: int, kernel: int, name: str, rows: int = 2) -> keras.KerasTensor:
    """Applies a convolution of stride 2; padded explicitly, as the offset of "same" depends on the image's width.

    With a larger stride along the rows, its kernel is as much higher.
    """
    size = (kernel + 2 * (rows - 2), kernel)
    x = layers.ZeroPadding2D((size[0] // 2, size[1] // 2), name=f"{name}_pad")(x)
    return layers.Conv2D(channels, size, (rows, 2), activation="relu", kernel_initializer="he_normal", name=name)(x)
