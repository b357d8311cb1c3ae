"""The published runs of the Full Stack Deep Learning 2021 labs: their settings and results.

This module imports nothing slow, so the runs can be listed without delay.
"""

from dataclasses import dataclass, replace
from typing import Any

from kerasrec.labs.settings import LAB_TRAINING, lab_spec
from kerasrec.training.settings import TrainSettings


@dataclass(frozen=True)
class Figure:
    """A published figure.

    Attributes:
        text: The figure as published.
        span: The lowest and highest share that it can mean, which are equal for a number; None if it is not a number.
    """

    text: str
    span: tuple[float, float] | None = None

    @classmethod
    def number(cls, share: float, digits: int = 0) -> "Figure":
        """Makes a figure of a share that was published as a percentage with `digits` decimals.

        >>> Figure.number(0.073, 2).text
        '7.30%'
        """
        return cls(f"{share:.{digits}%}", (share, share))


@dataclass(frozen=True)
class CharacterPlan:
    """The labs' settings of a character training; the others are the defaults of `CharacterSettings`.

    Attributes:
        model: A name in `CHARACTER_MODELS`.
        glyphs: The source of the glyphs.
        epochs: The number of epochs.
        seed: The seed of everything random.
    """

    model: str
    glyphs: str
    epochs: int = 5
    seed: int = TrainSettings.seed


@dataclass(frozen=True)
class ReferenceRun:
    """A run whose result was published.

    Attributes:
        name: The name in `kerasrec reproduce`.
        about: A short description.
        settings: The settings of the labs.
        measure: The published measure, a name in `MEASURES` or `CHARACTER_MEASURES`.
        course: The course's figure; None if there is none.
        rerun: The figure of a student who ran the labs again; None if there is none.
        note: What to know when comparing.
    """

    name: str
    about: str
    settings: TrainSettings | CharacterPlan
    measure: str
    course: Figure | None = None
    rerun: Figure | None = None
    note: str = ""

    @property
    def epochs(self) -> int:
        """The number of epochs of the published run."""
        return self.settings.epochs or 0

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits to train on; the character runs are disjoint in the labs already."""
        return ("lab", "disjoint") if self.resumes else ("lab",)

    @property
    def resumes(self) -> bool:
        """Whether a stopped run can continue, as line runs can; character runs start again."""
        return isinstance(self.settings, TrainSettings)


def _lines(model: str, overlap: tuple[float, float], window: int, stride: int, **training: Any) -> TrainSettings:
    """Returns the labs' settings of a line model with an overlap, and a window and a stride in pixels."""
    architecture = {"window_width": window, "window_stride": stride, **training.pop("hyperparameters", {})}
    spec = lab_spec(min_overlap=overlap[0], max_overlap=overlap[1])
    return TrainSettings(model=model, spec=spec, hyperparameters=architecture, **{**LAB_TRAINING, **training})


_NONE, _QUARTER, _VARIABLE = (0.0, 0.0), (0.25, 0.25), (0.0, 0.33)
_CUT: dict[str, Any] = {"objective": "cross_entropy", "limit_output_length": True}
# No early stopping: the labs stop by the loss, which keeps falling in epochs in which the CER does not.
_TRANSFORMER = _lines("line_cnn_transformer", _VARIABLE, 20, 12, epochs=40, patience=0)
_ARTEFACT, _RERUN_ARTEFACT = Figure.number(0.1749, 2), Figure.number(0.5835, 2)
_EIGHTIES = Figure("80s %", (0.8, 0.9))

LINE_RUNS = (
    ReferenceRun(
        "line-cnn-simple",
        "LineCNNSimple, no overlap, stride 28",
        _lines("line_cnn_simple", _NONE, 28, 28),
        "lab_accuracy",
        Figure.number(0.90),
        Figure.number(0.82),
    ),
    ReferenceRun(
        "line-cnn-simple-cut",
        "LineCNNSimple, no overlap, stride 20, outputs cut",
        _lines("line_cnn_simple", _NONE, 28, 20, **_CUT),
        "lab_accuracy",
        Figure("< 60%", (0.0, 0.6)),
        Figure.number(0.40),
        "Window t starts at 20 t px and character t at 28 t px, so only the leftmost characters can be read.",
    ),
    ReferenceRun(
        "line-cnn-simple-overlap",
        "LineCNNSimple, overlap 0.25, stride 20, outputs cut",
        _lines("line_cnn_simple", _QUARTER, 28, 20, **_CUT),
        "lab_accuracy",
        _EIGHTIES,
        Figure.number(0.53),
        "A character starts every 21 px, a window every 20 px.",
    ),
    ReferenceRun(
        "line-cnn-simple-variable",
        "LineCNNSimple, overlap 0 to 0.33, stride 20, outputs cut",
        _lines("line_cnn_simple", _VARIABLE, 28, 20, **_CUT),
        "lab_accuracy",
        Figure("~60%", (0.6, 0.6)),
        Figure.number(0.49),
        "The position of character t differs from line to line, and a window sees only its own 28 px.",
    ),
    ReferenceRun(
        "line-cnn-overlap",
        "LineCNN, overlap 0.25, stride 20, outputs cut",
        _lines("line_cnn", _QUARTER, 28, 20, **_CUT),
        "lab_accuracy",
        _EIGHTIES,
        Figure.number(0.42),
        "The model's stride of 20 px acts as 16, so its windows fall behind the characters, of which one starts every "
        "21 px.",
    ),
    ReferenceRun(
        "line-cnn-ctc-overlap",
        "LineCNN + CTC, overlap 0.25, stride 20",
        _lines("line_cnn", _QUARTER, 28, 20),
        "lab_cer",
        Figure("~18%", (0.18, 0.18)),
        Figure.number(0.073, 2),
    ),
    ReferenceRun(
        "line-cnn-ctc-variable",
        "LineCNN + CTC, overlap 0 to 0.33, stride 18",
        _lines("line_cnn", _VARIABLE, 28, 18),
        "lab_cer",
        Figure("~15%", (0.15, 0.15)),
        Figure.number(0.0796, 2),
    ),
    ReferenceRun(
        "line-cnn-lstm-ctc-variable",
        "LineCNNLSTM + CTC, overlap 0 to 0.33, stride 18",
        _lines("line_cnn_lstm", _VARIABLE, 28, 18),
        "lab_cer",
        Figure("better"),
        Figure.number(0.0601, 2),
    ),
    ReferenceRun(
        "line-cnn-transformer",
        "LineCNNTransformer, overlap 0 to 0.33, window 20, stride 12",
        _TRANSFORMER,
        "lab_cer",
        _ARTEFACT,
        _RERUN_ARTEFACT,
        "Trained with start and end tokens. Both published figures are from runs without them, as in the next row. "
        "At first it writes likely words without looking at the line, for five epochs or for more than fifteen; then "
        "its CER falls fast.",
    ),
    ReferenceRun(
        "line-cnn-transformer-faulty",
        "LineCNNTransformer as published: no start and end tokens",
        replace(_TRANSFORMER, hyperparameters={**_TRANSFORMER.hyperparameters, "start_end_tokens": False}),
        "lab_cer",
        _ARTEFACT,
        _RERUN_ARTEFACT,
        "The model never learns where to end, and what it writes after the text counts as errors.",
    ),
)
"""The line runs, in the order of the labs."""

CHARACTER_RUNS = (
    ReferenceRun("mnist-mlp", "MLP, MNIST", CharacterPlan("character_mlp", "mnist"), "character_accuracy"),
    ReferenceRun(
        "mnist-cnn",
        "CNN, MNIST",
        CharacterPlan("character_cnn", "mnist"),
        "character_accuracy",
        Figure.number(0.987, 1),
    ),
    ReferenceRun(
        "mnist-resnet", "residual CNN, MNIST", CharacterPlan("character_resnet", "mnist"), "character_accuracy"
    ),
    ReferenceRun("emnist-mlp", "MLP, EMNIST", CharacterPlan("character_mlp", "emnist"), "character_accuracy"),
    ReferenceRun(
        "emnist-cnn",
        "CNN, EMNIST",
        CharacterPlan("character_cnn", "emnist"),
        "character_accuracy",
        Figure.number(0.806, 1),
    ),
    ReferenceRun(
        "emnist-resnet",
        "residual CNN, EMNIST",
        CharacterPlan("character_resnet", "emnist"),
        "character_accuracy",
        rerun=Figure.number(0.776, 1),
        note="The labs leave it as homework; the rerun's figure is for a skip connection added to the plain CNN.",
    ),
)
"""The character runs."""

RUNS = {run.name: run for run in (*CHARACTER_RUNS, *LINE_RUNS)}
"""All runs by name."""
