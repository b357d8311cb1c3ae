"""CharacterMLP: the multi-layer perceptron of the Full Stack Deep Learning 2021 labs (lab 1)."""

from dataclasses import dataclass

from kerasrec.backend import keras, layers
from kerasrec.models.characters.architecture import check_settings, glyph_input


@dataclass(frozen=True)
class CharacterMLP:
    """Two dense layers with ReLU and dropout over all pixels of an image, and a third one for the classes.

    >>> CharacterMLP().build(10).count_params()
    936330

    Attributes:
        fc1_dim: Units of the first dense layer.
        fc2_dim: Units of the second dense layer.
        dropout: Fraction of each layer's units dropped in training.
    """

    fc1_dim: int = 1024
    fc2_dim: int = 128
    dropout: float = 0.5

    def __post_init__(self) -> None:
        check_settings(self)

    def build(self, classes: int) -> keras.Model:
        """Builds the model; see `CharacterArchitecture.build`."""
        images = glyph_input()
        x = layers.Rescaling(1 / 255, name="scale")(images)
        x = layers.Flatten(name="pixels")(x)
        for number, units in enumerate((self.fc1_dim, self.fc2_dim), 1):
            x = layers.Dense(units, activation="relu", name=f"dense{number}")(x)
            x = layers.Dropout(self.dropout, name=f"dropout{number}")(x)
        x = layers.Dense(classes, name="classes")(x)
        return keras.Model(images, layers.Activation("linear", dtype="float32", name="logits")(x), name="character_mlp")
