"""The settings of a character training: frozen, validated and saved as JSON in the run folder."""

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from kerasrec.errors import UsageError
from kerasrec.fields import check_fields
from kerasrec.models.characters import CHARACTER_MODELS, CharacterArchitecture
from kerasrec.training.settings import PRECISIONS, check_seed


@dataclass(frozen=True)
class CharacterSettings:
    """Everything that a run depends on, except its folders; the defaults are the labs'.

    Attributes:
        model: A name in `CHARACTER_MODELS`.
        hyperparameters: Settings of the model that differ from its defaults.
        glyphs: Source of the images; see `load_characters`.
        epochs: Number of epochs.
        batch_size: Images per batch.
        learning_rate: The learning rate of Adam.
        precision: A name in `PRECISIONS`; "auto" measures which is faster on this machine.
        seed: The seed of the split of the glyphs, the weights, the order and the dropout.
        overfit_batches: Number of batches to train and validate on, to check that a model can learn; 0 uses all.
        balance: Whether the classes of EMNIST are balanced, including those of the test.
    """

    model: str = "character_cnn"
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    glyphs: str = "emnist"
    epochs: int = 5
    batch_size: int = 128
    learning_rate: float = 1e-3
    precision: str = "auto"
    seed: int = 42
    overfit_batches: int = 0
    balance: bool = True

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise UsageError(f"precision must be one of {', '.join(PRECISIONS)}, not {self.precision!r}.")
        for name in ("epochs", "batch_size", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(f"{name} must be above 0, not {getattr(self, name)}.")
        if self.overfit_batches < 0:
            raise UsageError(f"overfit_batches must be at least 0, not {self.overfit_batches}.")
        check_seed(self.seed)

    def architecture(self) -> CharacterArchitecture:
        """Creates the architecture that the settings name.

        Raises:
            UsageError: The model or one of its hyperparameters is unknown, or a value is invalid.
        """
        if self.model not in CHARACTER_MODELS:
            raise UsageError(f"There is no model {self.model!r}. Choose one of {', '.join(CHARACTER_MODELS)}.")
        kind = CHARACTER_MODELS[self.model]
        known = [each.name for each in fields(kind)]  # type: ignore[arg-type]
        for name in self.hyperparameters:
            if name not in known:
                raise UsageError(f"{self.model} has no hyperparameter {name!r}; it has {', '.join(known)}.")
        return kind(**self.hyperparameters)

    def to_json(self) -> dict[str, Any]:
        """Returns a dictionary of plain values, from which `from_json` makes the same settings."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Makes settings from the values of `to_json`; raises TypeError for an unknown name or a wrong type."""
        check_fields(cls, values)
        return cls(**values)
