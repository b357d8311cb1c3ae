"""CharacterCNN: the convolutional character model of the Full Stack Deep Learning 2021 labs (lab 2)."""

from dataclasses import dataclass

from kerasrec.backend import keras, layers
from kerasrec.models.characters.architecture import check_settings, glyph_input


@dataclass(frozen=True)
class CharacterCNN:
    """Two 3x3 convolutions, a max-pool that halves the image, and two dense layers.

    >>> CharacterCNN(conv_dim=2, fc_dim=3).build(10).output.shape
    (None, 10)

    Attributes:
        conv_dim: Channels of the convolutions.
        fc_dim: Units of the dense layer.
        dropout: Fraction of the features dropped before the dense layer in training.
    """

    conv_dim: int = 64
    fc_dim: int = 128
    dropout: float = 0.25

    def __post_init__(self) -> None:
        check_settings(self)

    def build(self, classes: int) -> keras.Model:
        """Builds the model; see `CharacterArchitecture.build`."""
        images = glyph_input()
        logits = layers.Activation("linear", dtype="float32", name="logits")(self.body(images, classes))
        return keras.Model(images, logits, name="character_cnn")

    def body(self, images: keras.KerasTensor, classes: int) -> keras.KerasTensor:
        """Applies all layers from images (B, H, W, 1) to logits (B, classes)."""
        x = layers.Rescaling(1 / 255, name="scale")(images)
        x = layers.Conv2D(self.conv_dim, 3, padding="same", activation="relu", name="conv1")(x)
        x = layers.Conv2D(self.conv_dim, 3, padding="same", activation="relu", name="conv2")(x)
        x = layers.MaxPooling2D(2, name="pool")(x)
        x = layers.Dropout(self.dropout, name="dropout")(x)
        x = layers.Flatten(name="features")(x)
        x = layers.Dense(self.fc_dim, activation="relu", name="dense")(x)
        return layers.Dense(classes, name="classes")(x)
