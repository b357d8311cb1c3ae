"""The character recognizer: classes and a model in one object, which reads characters and is saved as one file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import keras
import numpy as np
from keras import ops

from kerasrec.errors import BadImage, BadRun
from kerasrec.models import dtype_policy_scope
from kerasrec.models.characters import CHARACTER_MODELS, CharacterArchitecture
from kerasrec.recognizer.model_file import DAMAGE, read_card, write_model
from kerasrec.spec import GLYPH_SIZE


@dataclass(frozen=True)
class Candidate:
    """What a picture may show, and how probable that is."""

    character: str
    probability: float


class CharacterRecognizer:
    """Reads pictures of single characters.

    Attributes:
        architecture: The settings that the model was built from.
        classes: The K characters that it tells apart.
        ink_box: Pixels that the ink of a glyph fills, the longer side of it, as in training.
        model: The Keras model: images (B, 28, 28, 1) uint8 to logits (B, K) float32.
    """

    def __init__(self, architecture: CharacterArchitecture, classes: str, ink_box: int, model: keras.Model) -> None:
        self.architecture, self.classes, self.ink_box, self.model = architecture, classes, ink_box, model

    @classmethod
    def build(cls, architecture: CharacterArchitecture, classes: str, ink_box: int, policy: str = "float32") -> Self:
        """Makes an untrained recognizer that computes under a Keras dtype policy."""
        with dtype_policy_scope(policy):
            model = architecture.build(len(classes))
        return cls(architecture, classes, ink_box, model)

    @property
    def name(self) -> str:
        """The model's name in `CHARACTER_MODELS`."""
        return next(name for name, kind in CHARACTER_MODELS.items() if type(self.architecture) is kind)

    def read(self, glyphs: np.ndarray, count: int = 3) -> list[list[Candidate]]:
        """Reads pictures.

        Args:
            glyphs: (N, 28, 28) uint8, ink 255 on 0.
            count: How many candidates to give for each.

        Returns:
            The candidates of each picture, the most probable first.

        Raises:
            BadImage: The pictures are of another size or type.
        """
        probabilities = self.probabilities(glyphs)
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
        return [
            [Candidate(self.classes[k], float(row[k])) for k in best]
            for row, best in zip(probabilities, order, strict=True)
        ]

    def probabilities(self, glyphs: np.ndarray) -> np.ndarray:
        """Computes the probabilities (N, K) float32 of pictures (N, 28, 28) uint8; raises what `read` raises."""
        if glyphs.shape[1:] != (GLYPH_SIZE, GLYPH_SIZE) or glyphs.dtype != np.uint8:
            raise BadImage(
                f"Expected pictures of shape (N, {GLYPH_SIZE}, {GLYPH_SIZE}) and type uint8, but received "
                f"{glyphs.shape} and {glyphs.dtype}. "
                "Make them with kerasrec.lines.glyphs.picture.load_glyph."
            )
        logits = self.model.predict(glyphs[..., None], batch_size=256, verbose=0)
        return ops.convert_to_numpy(ops.softmax(logits))

    def save(self, path: Path) -> None:
        """Saves everything as one `.keras` file, whole or not at all.

        Raises:
            CannotWrite: The folder cannot be written to, or the disk is full.
        """
        settings = asdict(self.architecture)  # type: ignore[call-overload]
        card = {"character_model": self.name, "settings": settings, "classes": self.classes, "ink_box": self.ink_box}
        write_model(path, self.model, card)

    @classmethod
    def load(cls, path: Path, policy: str = "float32") -> Self:
        """Loads what `save` wrote, to compute under a Keras dtype policy.

        Raises:
            BadRun: The file is missing, damaged, no character recognizer, or of another format.
        """
        card = read_card(path)
        if "model" in card:
            raise BadRun(f"{path} reads lines, and not single characters. Use `kerasrec read` and `kerasrec evaluate`.")
        try:
            architecture = CHARACTER_MODELS[card["character_model"]](**card["settings"])
            recognizer = cls.build(architecture, card["classes"], card["ink_box"], policy)
            recognizer.model.load_weights(path)
        except DAMAGE as error:
            raise BadRun(
                f"{path} is no recognizer of single characters, or cannot be rebuilt: {error}. Give the folder of a "
                "`kerasrec character train`."
            ) from error
        return recognizer
