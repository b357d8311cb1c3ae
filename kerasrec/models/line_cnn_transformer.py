"""LineCNNTransformer: LineCNN with a transformer decoder, from the Full Stack Deep Learning labs (2021, lab 4)."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.backend import keras
from kerasrec.errors import UsageError
from kerasrec.models.architecture import Architecture, Width, line_inputs
from kerasrec.models.greedy_decoder import GreedyDecoder
from kerasrec.models.line_cnn import LineCNN
from kerasrec.models.masking import MaskFrames
from kerasrec.models.positions import AddPositions
from kerasrec.models.transformer_decoder import TransformerDecoder
from kerasrec.spec import GLYPH_SIZE


@dataclass(frozen=True)
class LineCNNTransformer(Architecture):
    """LineCNN, whose frames are the memory of a transformer decoder that predicts one token at a time.

    >>> LineCNNTransformer().frames(896), LineCNNTransformer().steps
    (111, 33)

    Attributes:
        conv_dim: Channels of the first convolutions; the last have four times as many.
        fc_dim: Units of the windows' convolution and of the dense layer.
        window_width: Width of a frame's window in pixels.
        window_stride: Step in pixels between windows.
        dim: Features of a frame and of a token, an even number.
        layers: Layers of the decoder.
        heads: Heads of each attention; their number must divide `dim`.
        feed_forward: Units of the wider of a decoder layer's dense layers.
        dropout: Fraction of the units dropped in training, throughout the decoder's layers.
        cnn_dropout: Fraction of the units dropped in training before LineCNN's last layer.
        position_dropout: Fraction of the features dropped in training after positions are added.
        max_length: Maximum number of characters in a text.
        start_end_tokens: Whether it is trained with `<S>` before and `<E>` after each text. False reproduces a faulty
            run of the labs, trained on the bare characters: it starts from an `<S>` it was never trained on, and never
            predicts an end.
        height: Height of a line in pixels.
    """

    objectives: ClassVar[tuple[str, ...]] = ("autoregressive",)
    fixed_width: ClassVar[bool] = False
    margin: ClassVar[int] = LineCNN.margin
    context: ClassVar[bool] = True

    conv_dim: int = 32
    fc_dim: int = 512
    window_width: int = 20
    window_stride: int = 12
    dim: int = 256
    layers: int = 4
    heads: int = 4
    feed_forward: int = 256
    dropout: float = 0.4
    cnn_dropout: float = 0.2
    position_dropout: float = 0.1
    max_length: int = 32
    start_end_tokens: bool = True
    height: int = GLYPH_SIZE

    def __post_init__(self) -> None:
        for name in ("layers", "heads", "feed_forward"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.dim < 2 or self.dim % 2 or self.dim % self.heads:
            raise UsageError(
                f"dim must be an even number of features that the {self.heads} heads can share, not {self.dim}."
            )
        for name in ("dropout", "cnn_dropout", "position_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 0 and below 1, not {getattr(self, name)}.")
        if self.max_length < 1 or self.steps < 1:
            least = 1 if self.start_end_tokens else 2
            raise UsageError(f"max_length must be at least {least}, not {self.max_length}.")
        _ = self.cnn  # checks the other settings

    @property
    def cnn(self) -> LineCNN:
        """The convolutional part."""
        return LineCNN(self.conv_dim, self.fc_dim, self.window_width, self.window_stride, self.cnn_dropout, self.height)

    @property
    def steps(self) -> int:
        """The maximum number of output tokens: characters and `<E>`, or in the labs' run all after the first one."""
        return self.max_length + 1 if self.start_end_tokens else self.max_length - 1

    @property
    def window(self) -> int:
        """The effective window in pixels, that of LineCNN."""
        return self.cnn.window

    @property
    def stride(self) -> int:
        """The effective stride in pixels, that of LineCNN."""
        return self.cnn.stride

    @property
    def offset(self) -> int:
        """The pixel column at the centre of the first frame's window."""
        return self.cnn.offset

    def frames(self, width: Width) -> Width:
        """Returns the number of frames of a line `width` pixels wide; 0 or less if no window fits."""
        return self.cnn.frames(width)

    def build(self, classes: int) -> keras.Model:
        """Builds the model for reading; see `Architecture.build`.

        Its logits (B, S, classes) are those of `steps` tokens, decoded greedily.
        """
        images, widths = line_inputs(self.height)
        frames = self.frames(widths)
        memory = AddPositions(self.position_dropout, name="positions")(self.cnn.head(images, self.dim))
        memory = MaskFrames(name="memory")([memory, frames])  # (B, M, D)
        decoder = TransformerDecoder(
            classes,
            self.dim,
            self.layers,
            self.heads,
            self.feed_forward,
            self.dropout,
            self.position_dropout,
            name="decoder",
        )
        logits = GreedyDecoder(decoder, self.steps, name="greedy")([memory, frames])
        return keras.Model([images, widths], logits, name="line_cnn_transformer")


def teacher_forced(model: keras.Model) -> keras.Model:
    """Makes the model for training from the model for reading; they share all weights.

    Args:
        model: A model built by `LineCNNTransformer.build`.

    Returns:
        A model from images (B, H, W, 1) uint8, widths (B,) int32 and tokens (B, T) int32 to logits (B, T, K) float32
        of the token after each.
    """
    greedy = model.get_layer("greedy")
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    logits = greedy.decoder([*greedy.input, tokens])
    return keras.Model([*model.inputs, tokens], logits, name=f"{model.name}_teacher_forced")
