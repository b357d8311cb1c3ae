"""What all character models have in common."""

from dataclasses import fields
from typing import Any, Protocol

from kerasrec.backend import keras
from kerasrec.errors import UsageError
from kerasrec.spec import GLYPH_SIZE


class CharacterArchitecture(Protocol):
    """A frozen dataclass of settings that builds a model of single characters."""

    def build(self, classes: int) -> keras.Model:
        """Builds the model from images (B, 28, 28, 1) uint8, ink 255, to logits (B, classes) float32."""
        ...


def check_settings(architecture: Any) -> None:
    """Checks that "dropout" is at least 0 and below 1, and that all other settings are at least 1.

    Raises:
        UsageError: A value is outside its range.
    """
    for name in (field.name for field in fields(architecture)):
        value = getattr(architecture, name)
        if name == "dropout" and not 0 <= value < 1:
            raise UsageError(f"dropout must be at least 0 and below 1, not {value}.")
        if name != "dropout" and value < 1:
            raise UsageError(f"{name} must be at least 1, not {value}.")


def glyph_input() -> keras.KerasTensor:
    """Makes the input of a character model: images (B, 28, 28, 1) uint8."""
    return keras.Input((GLYPH_SIZE, GLYPH_SIZE, 1), dtype="uint8", name="images")
