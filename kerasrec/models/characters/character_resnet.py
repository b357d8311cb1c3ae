"""CharacterResNet: the character CNN made residual, the homework of the Full Stack Deep Learning 2021 labs."""

from dataclasses import dataclass

import keras
from keras import layers

from kerasrec.models.characters.architecture import check_settings, glyph_input

_HALVED = 2  # of the blocks, the first ones: 28 px become 14, then 7


@dataclass(frozen=True)
class CharacterResNet:
    """Residual blocks of 3x3 convolutions with batch normalisation; strides halve the image, and nothing is pooled.

    Where a block halves the image, a strided 1x1 convolution takes its shortcut along (He et al., "Deep residual
    learning for image recognition", 2016): a skip over changed shapes needs one.

    >>> CharacterResNet(conv_dim=2, fc_dim=3, blocks=1).build(10).get_layer("features").output.shape
    (None, 392)

    Attributes:
        conv_dim: Channels of the first convolution and block; from the second block on there are twice as many.
        fc_dim: Units of the dense layer.
        blocks: Residual blocks of two convolutions each; the first two halve the image.
        dropout: Share of the features dropped before and behind the dense layer in training.
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
            x = _residual_block(x, channels, 2 if number <= _HALVED else 1, name=f"block{number}")
        x = layers.Flatten(name="features")(x)
        x = layers.Dropout(self.dropout, name="dropout1")(x)
        x = layers.Dense(self.fc_dim, activation="relu", name="dense")(x)
        x = layers.Dropout(self.dropout, name="dropout2")(x)
        x = layers.Dense(classes, name="classes")(x)
        logits = layers.Activation("linear", dtype="float32", name="logits")(x)
        return keras.Model(images, logits, name="character_resnet")


def _residual_block(x: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    """Two convolutions, added to what they were given, which changes its shape as they do."""
    shortcut = x if stride == 1 else _convolve(x, channels, 1, stride, name=f"{name}_shortcut")
    x = _convolve(x, channels, 3, stride, name=f"{name}_conv1")
    x = layers.ReLU(name=f"{name}_relu1")(x)
    x = _convolve(x, channels, 3, name=f"{name}_conv2")
    return layers.ReLU(name=f"{name}_relu2")(layers.Add(name=f"{name}_add")([shortcut, x]))


def _convolve(x: keras.KerasTensor, channels: int, kernel: int, stride: int = 1, *, name: str) -> keras.KerasTensor:
    """A convolution, whose bias would be lost in the batch normalisation that follows."""
    x = layers.Conv2D(
        channels, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)
    return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
