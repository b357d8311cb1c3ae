"""kerasrec recognizes lines of handwriting.

    import kerasrec

    recognizer = kerasrec.load("runs/emnist")
    print(recognizer.read("line.png").text)

Importing it loads neither TensorFlow nor Keras: the names that need them are loaded on first use. Keras then runs on
TensorFlow, in float32 and with channels last in the whole process, whatever its settings are; see `kerasrec.backend`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from kerasrec.decoding import Character, Reading
    from kerasrec.errors import BadImage, KerasrecError
    from kerasrec.evaluation import Evaluation
    from kerasrec.language.model import LanguageModel
    from kerasrec.language.words import WordList
    from kerasrec.models import Architecture, line_inputs, register_architecture
    from kerasrec.recognizer.line_reader import LineReader
    from kerasrec.recognizer.recognizer import Recognizer
    from kerasrec.serving.client import AsyncClient, Client
    from kerasrec.training.run import Run

__version__ = "0.1.0"

__all__ = [
    "Architecture",
    "AsyncClient",
    "BadImage",
    "Character",
    "Client",
    "Evaluation",
    "KerasrecError",
    "LanguageModel",
    "Reading",
    "Recognizer",
    "Run",
    "WordList",
    "evaluate",
    "line_inputs",
    "load",
    "register_architecture",
    "train",
]

_HOMES = {
    "Architecture": "kerasrec.models",
    "AsyncClient": "kerasrec.serving.client",
    "BadImage": "kerasrec.errors",
    "Character": "kerasrec.decoding",
    "Client": "kerasrec.serving.client",
    "Evaluation": "kerasrec.evaluation",
    "KerasrecError": "kerasrec.errors",
    "LanguageModel": "kerasrec.language.model",
    "Reading": "kerasrec.decoding",
    "Recognizer": "kerasrec.recognizer.recognizer",
    "Run": "kerasrec.training.run",
    "WordList": "kerasrec.language.words",
    "line_inputs": "kerasrec.models",
    "register_architecture": "kerasrec.models",
}
"""The module that defines each lazily loaded name."""


def load(path: "str | os.PathLike[str]", precision: str = "float32") -> "LineReader":
    """Loads a recognizer.

    Args:
        path: The folder of a run, a recognizer's `.keras` file, the name of one of the package, such as "handwriting",
            or an `.onnx` or `.tflite` file, which is opened without TensorFlow and only reads.
        precision: The dtype to compute in: "float32", which reads the same on every machine; "bfloat16", which is
            faster on some processors; "float16"; or "auto", which measures whether bfloat16 is faster here.

    Raises:
        BadRun: The recognizer is missing, incomplete, damaged or of another version.
        UsageError: The precision is unknown.
    """
    from pathlib import Path

    from kerasrec.training.loading import load_recognizer

    return load_recognizer(Path(path), precision)


def train(
    model: str = "line_resnet",
    *,
    out: "str | os.PathLike[str] | None" = None,
    resume: bool = False,
    data_dir: "str | os.PathLike[str] | None" = None,
    test_lines: int | None = None,
    **settings: Any,
) -> "Run":
    """Trains a recognizer on synthetic lines or on your own, and tests it on lines that were not used for training.

    Progress is printed to stdout. After a keyboard interrupt, `resume` continues from the last checkpoint.

        run = kerasrec.train(glyphs="emnist", text="brown", minutes=30, out="runs/x")
        recognizer = run.recognizer()

    Args:
        model: The name of an architecture; `kerasrec models` lists them.
        out: The run's folder, `runs/MODEL` if not given.
        resume: Whether to continue the run in `out` with the settings it was started with.
        data_dir: The folder of the data sets, which are downloaded there if missing; the user's cache folder if not
            given.
        test_lines: The number of lines in the test: 2000 if not given, or as many as the run to continue began with.
        **settings: `minutes` or `epochs`, `glyphs`, `text`, `characters`, `learning_rate`, `hyperparameters` and any
            other field of `TrainSettings` and `LineSpec`. `lines` is a folder or a table of your own lines, several of
            them, or a dictionary of sources and their shares; `start_from` is the run to start from.

    Raises:
        UsageError: A setting is unknown or cannot work, or `out` already holds a run.
        KeyboardInterrupt: The user stopped the training.
        KerasrecError: Data cannot be loaded, the disk is full, or the loss became NaN.
    """
    from pathlib import Path

    from kerasrec.storage import cache_folder
    from kerasrec.training.train import train as start

    folder = None if out is None else Path(out)
    data = cache_folder() if data_dir is None else Path(data_dir)
    return start(model, out=folder, data_dir=data, resume=resume, test_lines=test_lines, **settings)


def evaluate(
    recognizer: "LineReader | str | os.PathLike[str]",
    folder: "str | os.PathLike[str]",
    beam_width: int = 0,
    *,
    ink: str = "auto",
    language_model: "LanguageModel | WordList | str | os.PathLike[str] | None" = None,
) -> "Evaluation":
    """Measures how well a recognizer reads lines whose text is known.

    Args:
        recognizer: The recognizer, or a path that `load` accepts.
        folder: A folder of images of one line each, with the text of NAME.png in NAME.gt.txt; or a table (.csv, .tsv)
            of paths and texts.
        beam_width: The width of the beam search; 0 decodes greedily.
        ink: Whether ink is "dark" or "light"; "auto" finds out for each image.
        language_model: The language model to search with, as in `Recognizer.read`.

    Returns:
        The error rates (`cer`, `wer`, ...), their confidence intervals, the confusions and the calibration.

    Raises:
        UsageError: The folder is missing or has no lines, or `ink` or `language_model` is something else.
        BadLanguageModel: The file of the language model is damaged.
        BadText: A table cannot be read.
        BadImage: None of the images can be read.
    """
    import os
    from pathlib import Path

    from kerasrec.evaluation.own_lines import evaluate_folder

    opened = load(recognizer) if isinstance(recognizer, str | os.PathLike) else recognizer
    return evaluate_folder(opened, Path(folder), beam_width, ink, language_model=language_model)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
