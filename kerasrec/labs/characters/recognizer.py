"""The character recognizer: a model and its classes in one object, which reads characters and is saved as one file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np

from kerasrec.backend import keras, ops
from kerasrec.errors import BadImage, BadRun
from kerasrec.models import dtype_policy_scope
from kerasrec.models.characters import CHARACTER_MODELS, CharacterArchitecture
from kerasrec.recognizer.model_file import read_card, write_model
from kerasrec.spec import GLYPH_SIZE


@dataclass(frozen=True)
class Candidate:
    """A possible character of an image, with its probability."""

    character: str
    probability: float


class CharacterRecognizer:
    """Reads images of single characters.

    Attributes:
        architecture: The architecture of the model.
        classes: The K characters that the model distinguishes.
        ink_box: The longer side of a glyph's ink in the training data, in pixels.
        model: The Keras model, images (B, 28, 28, 1) uint8 to logits (B, K) float32.
    """

    def __init__(self, architecture: CharacterArchitecture, classes: str, ink_box: int, model: keras.Model) -> None:
        self.architecture, self.classes, self.ink_box, self.model = architecture, classes, ink_box, model

    @classmethod
    def build(cls, architecture: CharacterArchitecture, classes: str, ink_box: int, policy: str = "float32") -> Self:
        """Creates an untrained recognizer under a Keras dtype policy."""
        with dtype_policy_scope(policy):
            model = architecture.build(len(classes))
        return cls(architecture, classes, ink_box, model)

    @property
    def name(self) -> str:
        """The model's name in `CHARACTER_MODELS`."""
        return next(name for name, kind in CHARACTER_MODELS.items() if type(self.architecture) is kind)

    def read(self, glyphs: np.ndarray, count: int = 3) -> list[list[Candidate]]:
        """Reads images.

        Args:
            glyphs: The images, (N, 28, 28) uint8, ink 255 on 0.
            count: The number of candidates per image.

        Returns:
            The candidates of each image, the most probable first.

        Raises:
            BadImage: The images have another size or type.
        """
        probabilities = self.probabilities(glyphs)
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
        return [
            [Candidate(self.classes[k], float(row[k])) for k in best]
            for row, best in zip(probabilities, order, strict=True)
        ]

    def probabilities(self, glyphs: np.ndarray) -> np.ndarray:
        """Computes the probabilities (N, K) float32 of images (N, 28, 28) uint8; raises the errors of `read`."""
        if glyphs.shape[1:] != (GLYPH_SIZE, GLYPH_SIZE) or glyphs.dtype != np.uint8:
            raise BadImage(
                f"Expected images of shape (N, {GLYPH_SIZE}, {GLYPH_SIZE}) and type uint8, but received "
                f"{glyphs.shape} and {glyphs.dtype}. "
                "Make them with kerasrec.lines.glyphs.picture.load_glyph."
            )
        logits = self.model.predict(glyphs[..., None], batch_size=256, verbose=0)
        return ops.convert_to_numpy(ops.softmax(logits))

    def save(self, path: Path) -> None:
        """Saves the recognizer as one `.keras` file, completely or not at all.

        Raises:
            CannotWrite: The folder cannot be written to, or the disk is full.
        """
        settings = asdict(self.architecture)  # type: ignore[call-overload]
        card = {"character_model": self.name, "settings": settings, "classes": self.classes, "ink_box": self.ink_box}
        write_model(path, self.model, card)

    @classmethod
    def load(cls, path: Path, policy: str = "float32") -> Self:
        """Loads a recognizer that `save` wrote, under a Keras dtype policy.

        Raises:
            BadRun: The file is missing, damaged, not a character recognizer, or in another format.
        """
        card = read_card(path)
        if "model" in card:
            raise BadRun(f"{path} reads lines, not single characters. Use `kerasrec read` and `kerasrec evaluate`.")
        try:
            if not isinstance(card["classes"], str) or type(card["ink_box"]) is not int:
                raise TypeError(f"classes and ink_box are {card['classes']!r} and {card['ink_box']!r}")
            architecture = CHARACTER_MODELS[card["character_model"]](**card["settings"])
            recognizer = cls.build(architecture, card["classes"], card["ink_box"], policy)
            recognizer.model.load_weights(path)
        except MemoryError:
            raise
        except Exception as error:  # a damaged file can cause any error
            raise BadRun(
                f"{path} is not a recognizer of single characters, or cannot be rebuilt: {error}. Give the --out "
                "folder of `kerasrec character train`."
            ) from error
        return recognizer
