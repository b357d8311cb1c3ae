"""The settings of a training run: frozen, validated and saved as JSON in the run folder."""

import math
from collections.abc import Container
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from kerasrec.errors import UsageError
from kerasrec.fields import check_fields
from kerasrec.spec import LineSpec, check_ink
from kerasrec.training.schedules import SCHEDULES

FROM_LINES = "from-lines"
"""The value of `characters` for those of one's own lines, which replace it."""

_FONTS, _WRITTEN = "fonts", "written"

OPTIMIZERS = ("adamw", "adam")
SPLITS = ("disjoint", "lab")
PRECISIONS = {"auto": "auto", "float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
"""The precisions of the command line and their Keras dtype policies."""


def check_seed(seed: int, name: str = "seed") -> None:
    """Rejects a seed that some random number generators do not accept.

    Raises:
        UsageError: The seed is negative or has more than 32 bits.
    """
    if not 0 <= seed < 2**32:
        raise UsageError(f"{name} must be at least 0 and below 2^32, not {seed}.")


def find_source(value: str, names: Container[str]) -> str:
    """Returns a source of glyphs or text; a path is made absolute, so that a run finds it from any folder."""
    if is_fonts(value):
        folder = find_fonts_folder(value)
        return _FONTS if folder is None else f"{_FONTS}:{find_source(str(folder), ())}"
    if glyphs := find_written_glyphs(value):
        return f"{_WRITTEN}:{find_source(glyphs, names)}"
    path = Path(value).expanduser()
    return str(path.absolute()) if value not in names and path.exists() else value


def is_fonts(source: str) -> bool:
    """Whether a source of glyphs is "fonts", the installed font packages, or "fonts:" and a folder."""
    return source.partition(":")[0] == _FONTS


def find_fonts_folder(source: str) -> Path | None:
    """Returns the folder of fonts that a source of glyphs names; None for the installed font packages."""
    folder = source.partition(":")[2]
    return Path(folder) if folder else None


def find_written_glyphs(source: str) -> str | None:
    """Returns the glyphs that a source of written lines, "written:" and a source of glyphs, names; None for others."""
    kind, _, glyphs = source.partition(":")
    return glyphs if kind == _WRITTEN and glyphs else None


def is_written(source: str) -> bool:
    """Whether lines of a source of glyphs are laid out as writing: with fonts, or with glyphs."""
    return is_fonts(source) or find_written_glyphs(source) is not None


def is_composed(source: str) -> bool:
    """Whether a source of lines is a name in `GLYPHS` or means writing, and not lines of one's own."""
    from kerasrec.lines.glyphs import GLYPHS  # loads NumPy, which settings do not need

    return source in GLYPHS or is_written(source)


def as_share(value: str) -> float | None:
    """Returns a share, such as "0.1" or "10%", as a number; None for a path.

    >>> as_share("0.25"), as_share("25%"), as_share("my-lines")
    (0.25, 0.25, None)
    """
    try:
        return float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        return None


@dataclass(frozen=True)
class TrainSettings:
    """Everything that a run depends on, except the folders of its data and of its results.

    Attributes:
        model: A name in `MODELS`.
        hyperparameters: Settings of the model's architecture that differ from its defaults.
        objective: The training objective, a name in `OBJECTIVES`; None for the model's default.
        limit_output_length: Whether outputs beyond the positions of a label are cut off, for cross-entropy.
        glyphs: Source of the glyphs: "strokes", "emnist", a folder, "written:" and one of these for lines that are
            laid out as writing, "fonts" for the installed font packages, or "fonts:" and a folder of fonts.
        text: Source of the sentences: "offline", "brown" or a text file.
        lines: Sources of lines and the share of each: folders or tables of one's own lines, and names in `GLYPHS` for
            composed lines; if empty, all lines are composed of `glyphs` and `text`.
        validation: The share of one's own lines to validate on, or the folder or table of these lines.
        test: The share of one's own lines to test on, or the folder or table of these lines; "0" for no test.
        group_by: A regular expression that finds a line's group in the name of its picture; groups stay together.
        substitutions: Texts that are replaced in the texts of one's own lines, with their replacements.
        without: Kinds of `LINE_VARIATIONS` that are not applied to one's own lines.
        ink: Whether the ink of one's own lines is "dark" or "light"; "auto" finds out for each picture.
        strict: Whether to refuse to train if a line of one's own cannot be used, instead of leaving it out.
        keep_punctuation: Whether Brown keeps its punctuation.
        characters: The alphabet's characters; None for the default alphabet.
        spec: The line spec.
        split: A name in `SPLITS`: "disjoint" trains, validates and tests on different glyphs and sentences; "lab"
            follows the labs, which validate on the training glyphs and draw all lines from one text.
        augment: The strength of the random variation of glyphs and of one's own lines in training; 0 for none.
        batch_size: Lines per batch.
        epoch_lines: Lines per epoch, that is from one validation to the next.
        same_lines: Whether each epoch has the same lines (the labs) instead of new ones.
        validation_lines: Lines per validation.
        test_lines: Lines of the test after the training.
        epochs: Budget in epochs; None if it is in minutes.
        minutes: Budget in minutes of wall time, validation included; None if it is in epochs.
        optimizer: "adamw" or "adam".
        learning_rate: The peak learning rate.
        weight_decay: The weight decay of AdamW.
        schedule: A name in `SCHEDULES`.
        warmup: Share of the budget in which the learning rate rises.
        clip_norm: The maximum global norm of the gradients; 0 disables clipping.
        patience: Epochs without a better val_cer after which training stops; 0 never stops early.
        precision: A name in `PRECISIONS`; "auto" measures which is faster on this machine.
        seed: The seed of the lines, the weights and the dropout.
        start_from: The file of the recognizer whose weights the training starts from; None draws new weights.
        freeze: The layers whose weights stay unchanged: "convolutions", or the number of layers from the input.
        overfit_batches: Number of batches to train and validate on, to check that a model can learn; 0 uses all.
    """

    model: str = "line_resnet"
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    objective: str | None = None
    limit_output_length: bool = False
    glyphs: str = "strokes"
    text: str = "offline"
    lines: dict[str, float] = field(default_factory=dict)
    validation: str = "0.1"
    test: str = "0.1"
    group_by: str | None = None
    substitutions: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    ink: str = "auto"
    strict: bool = False
    keep_punctuation: bool = False
    characters: str | None = None
    spec: LineSpec = LineSpec()
    split: str = "disjoint"
    augment: float = 0.5
    batch_size: int = 32
    epoch_lines: int = 10_000
    same_lines: bool = False
    validation_lines: int = 1000
    test_lines: int = 2000
    epochs: int | None = 10
    minutes: float | None = None
    optimizer: str = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    schedule: str = "cosine"
    warmup: float = 0.03
    clip_norm: float = 1.0
    patience: int = 10
    precision: str = "auto"
    seed: int = 42
    start_from: str | None = None
    freeze: str | None = None
    overfit_batches: int = 0

    def __post_init__(self) -> None:
        if (self.epochs is None) == (self.minutes is None):
            raise UsageError(f"Give a budget either in epochs or in minutes, not {self.epochs} and {self.minutes}.")
        choices = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "precision": PRECISIONS, "split": SPLITS}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise UsageError(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}.")
        counts = ("batch_size", "epoch_lines", "validation_lines", "test_lines")
        for name in (*counts, "learning_rate", "epochs", "minutes"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"{name} must be above 0, not {value}.")
        for name in ("weight_decay", "clip_norm", "patience", "overfit_batches", "augment"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UsageError(f"{name} must be at least 0, not {getattr(self, name)}.")
        for source, share in self.lines.items():
            if not 0 < share < math.inf:
                raise UsageError(f"The share of {source} must be above 0, not {share:g}.")
        total = sum(self.lines.values())
        for source, share in self.lines.items():
            if share < total / 1000:
                raise UsageError(f"The share of {source} must be a thousandth or more of all, not {share / total:.2g}.")
        if self.characters == FROM_LINES:
            raise UsageError(f"characters can be {FROM_LINES} only with lines of your own. Add --lines FOLDER.")
        if self.freeze is not None and self.start_from is None:
            raise UsageError("--freeze keeps the weights of another run. Add --from RUN, or leave it out.")
        for name in ("validation", "test"):
            number = as_share(getattr(self, name))
            if number is not None and not 0 <= number < 1:
                raise UsageError(f"{name} must be a share of the lines from 0 to below 1, or a folder, not {number:g}.")
        if as_share(self.validation) == 0:
            raise UsageError("validation must be above 0: the best epoch is chosen by lines that were not trained on.")
        if self.freeze is not None and self.freeze != "convolutions" and not self.freeze.isdecimal():
            raise UsageError(f"freeze must be convolutions or a number of layers, not {self.freeze!r}.")
        check_ink(self.ink)
        check_seed(self.seed)
        if not 0 <= self.warmup < 1:
            raise UsageError(f"warmup must be a share of the budget, at least 0 and below 1, not {self.warmup}.")

    @property
    def steps_per_epoch(self) -> int:
        """The number of batches from one validation to the next."""
        return max(1, round(self.epoch_lines / self.batch_size))

    def to_json(self) -> dict[str, Any]:
        """Returns a dictionary of plain values, from which `from_json` makes the same settings."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Makes settings from the values of `to_json`; raises TypeError for a wrong name or type."""
        check_fields(cls, values)
        check_fields(LineSpec, values["spec"])
        spec, hyperparameters = LineSpec(**values["spec"]), {**values.get("hyperparameters", {})}
        without = tuple(values.get("without", ()))
        return cls(**{**values, "spec": spec, "hyperparameters": hyperparameters, "without": without})
