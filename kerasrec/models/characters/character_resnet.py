"""CharacterResNet: a residual character CNN, the homework of the Full Stack Deep Learning 2021 labs."""

from dataclasses import dataclass

from kerasrec.backend import keras, layers
from kerasrec.models.characters.architecture import check_settings, glyph_input

_HALVING_BLOCKS = 2  # the first blocks: 28 px become 14, then 7


@dataclass(frozen=True)
class CharacterResNet:
    """Residual blocks of 3x3 convolutions with batch normalisation; strides instead of pooling halve the image.

    The shortcut of a block that halves the image is a strided 1x1 convolution, which matches the shapes (He et al.,
    "Deep residual learning for image recognition", 2016).

    >>> CharacterResNet(conv_dim=2, fc_dim=3, blocks=1).build(10).get_layer("features").output.shape
    (None, 392)

    Attributes:
        conv_dim: Channels of the first convolution and block; later blocks have twice as many.
        fc_dim: Units of the dense layer.
        blocks: Residual blocks of two convolutions each; the first two halve the image.
        dropout: Fraction of the features dropped before and after the dense layer in training.
    """

    conv_dim: int = 32
    fc_dim: int = 128
    blocks: int = 3
    dropout: float = 0.25

    def __post_init__(self) -> None:
        check_settings(self)

    def build(self, classes: int) -> keras.Model:
        """Builds the model; see `CharacterArchitecture.build`."""
        images = glyph_input()
        x = layers.Rescaling(1 / 255, name="scale")(images)
        x = _convolve(x, self.conv_dim, 3, name="stem")
        x = layers.ReLU(name="stem_relu")(x)
        for number in range(1, self.blocks + 1):
            channels = self.conv_dim if number == 1 else 2 * self.conv_dim
            x = _residual_block(x, channels, 2 if number <= _HALVING_BLOCKS else 1, name=f"block{number}")
        x = layers.Flatten(name="features")(x)
        x = layers.Dropout(self.dropout, name="dropout1")(x)
        x = layers.Dense(self.fc_dim, activation="relu", name="dense")(x)
        x = layers.Dropout(self.dropout, name="dropout2")(x)
        x = layers.Dense(classes, name="classes")(x)
        logits = layers.Activation("linear", dtype="float32", name="logits")(x)
        return keras.Model(images, logits, name="character_resnet")


def _residual_block(x: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    """Applies two convolutions and adds their input, whose shape a shortcut matches to their output."""
    shortcut = x if stride == 1 else _convolve(x, channels, 1, stride, name=f"{name}_shortcut")
    x = _convolve(x, channels, 3, stride, name=f"{name}_conv1")
    x = layers.ReLU(name=f"{name}_relu1")(x)
    x = _convolve(x, channels, 3, name=f"{name}_conv2")
    return layers.ReLU(name=f"{name}_relu2")(layers.Add(name=f"{name}_add")([shortcut, x]))


def _convolve(x: keras.KerasTensor, channels: int, kernel: int, stride: int = 1, *, name: str) -> keras.KerasTensor:
    """Applies a convolution and batch normalisation, which makes a bias redundant."""
    x = layers.Conv2D(
        channels, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)
    return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
