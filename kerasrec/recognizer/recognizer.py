"""The recognizer: an alphabet, a line spec and a model in one object, which reads lines and is saved to one file."""

import math
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.backend import keras
from kerasrec.errors import BadRun
from kerasrec.images.canonical import CanonicalLine
from kerasrec.images.compiled import make_line
from kerasrec.models import MODELS, Architecture, dtype_policy_scope, model_name
from kerasrec.models.compiled import Reader, compile_reader
from kerasrec.objectives import Objective, make_objective
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.recognizer.model_file import check_card, read_card, write_model
from kerasrec.spec import LineSpec

if TYPE_CHECKING:
    from kerasrec.export.saved_model import Exported
    from kerasrec.recognizer.exporting_portable import ExportedFile


class Recognizer(LineReader):
    """Reads lines of handwriting with a Keras model.

    Attributes:
        architecture: The architecture of the model.
        alphabet: The alphabet of its readings.
        spec: The line spec.
        model: The Keras model, from images (B, H, W, 1) uint8 and widths (B,) int32 to logits (B, T, K) float32.
        objective_name: The objective of the model, as named in `OBJECTIVES`.
        objective: The objective, which defines the meaning of the logits.
        temperature: The number by which logits are divided, so that confidences match the share of right readings (Guo
            et al., "On calibration of modern neural networks", 2017). Training fits it to the validation lines.
        file: The file that the recognizer was loaded from; None if it was built.
    """

    architecture: Architecture
    objective: Objective

    def __init__(
        self,
        architecture: Architecture,
        alphabet: Alphabet,
        spec: LineSpec,
        model: keras.Model,
        objective: str | None = None,
    ) -> None:
        self.architecture, self.alphabet, self.spec, self.model = architecture, alphabet, spec, model
        self.objective_name = objective or architecture.objectives[0]
        self.objective = make_objective(self.objective_name, architecture, spec)
        self.temperature = 1.0
        self.file: Path | None = None

    @classmethod
    def build(
        cls,
        architecture: Architecture,
        alphabet: Alphabet,
        spec: LineSpec,
        policy: str = "float32",
        objective: str | None = None,
    ) -> Self:
        """Builds an untrained recognizer.

        Args:
            architecture: The architecture of the model.
            alphabet: The alphabet of its readings.
            spec: The line spec.
            policy: The Keras dtype policy to compute with.
            objective: A name in `OBJECTIVES`; the architecture's default if not given.

        Raises:
            UsageError: The model cannot be trained with the objective.
        """
        with dtype_policy_scope(policy):
            model = architecture.build(len(alphabet))
        return cls(architecture, alphabet, spec, model, objective)

    @property
    def name(self) -> str:
        """The name of the architecture in `MODELS`."""
        return model_name(self.architecture)

    def log_probs(self, images: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """Computes log-probabilities (B, T, K) float32 of images (B, H, W, 1) uint8 with widths (B,) int32."""
        return self._reader(images, widths, self.temperature)

    def make_line(self, grey: np.ndarray, ink: str = "auto") -> CanonicalLine:
        """Makes the canonical line of grey values (H, W) uint8."""
        return make_line(grey, self.spec.height, ink)

    def save(self, path: str | Path) -> None:
        """Saves the recognizer to one `.keras` file atomically.

        Raises:
            CannotWrite: The folder is not writable, or the disk is full.
        """
        card = {
            "model": self.name,
            "objective": self.objective_name,
            "settings": asdict(self.architecture),  # type: ignore[call-overload]
            "alphabet": self.alphabet.characters,
            "spec": asdict(self.spec),
            "temperature": self.temperature,
        }
        write_model(Path(path), self.model, card)

    @classmethod
    def load(cls, path: str | Path, policy: str = "float32") -> Self:
        """Loads a recognizer saved with `save`, to compute under a Keras dtype policy.

        Raises:
            BadRun: The file is missing, damaged, not a recognizer, or has another format.
        """
        path = Path(path)
        with dtype_policy_scope(policy):  # refuses a wrong policy before the file is blamed
            card = read_card(path)
        if "character_model" in card:
            raise BadRun(
                f"{path} reads single characters, not lines. Use `kerasrec character read` or "
                "`kerasrec character evaluate`."
            )
        if str(card.get("model")) not in MODELS:
            raise BadRun(
                f"{path} holds a model {card.get('model')!r}, which is not one of {', '.join(MODELS)}. If it is your "
                "own, import the file that registers it first; on the command line: kerasrec --import FILE ..."
            )
        try:
            check_card(card)
            architecture = MODELS[card["model"]](**card["settings"])
            objective = card.get("objective")  # missing in files that were saved before there was a choice
            alphabet, spec = Alphabet(card["alphabet"]), LineSpec(**card["spec"])
            recognizer = cls.build(architecture, alphabet, spec, policy, objective)
            recognizer.temperature = float(card.get("temperature", 1.0))  # missing in files saved before there was one
            if not 0 < recognizer.temperature < math.inf:
                raise ValueError(f"its temperature is {recognizer.temperature}")
            recognizer.model.load_weights(path)
        except MemoryError:
            raise
        except Exception as error:  # a damaged file can cause any error
            raise BadRun(f"{path} is a recognizer that cannot be rebuilt: {error}. Train it again.") from error
        recognizer.file = path
        return recognizer

    def export(self, folder: str | Path) -> "Exported":
        """Exports the recognizer as the next version of a SavedModel: image bytes in, text and confidence out.

        The version computes in float32 with the model's current weights. To check it, it is loaded in a new process
        without Keras and kerasrec, and must return the same texts as the recognizer and confidences within 1e-3.

        Args:
            folder: The folder of the SavedModel, such as "saved_models/lines", with a numbered folder per version.

        Raises:
            UsageError: `folder` cannot be the folder of a SavedModel.
            CannotWrite: The version cannot be written.
            ExportFailed: The outputs of the SavedModel differ from those of the recognizer; the version is removed.
        """
        from kerasrec.recognizer.exporting import export_recognizer  # it imports this class

        return export_recognizer(self, Path(folder))

    def export_onnx(self, file: str | Path, int8: bool = False) -> "ExportedFile":
        """Exports the recognizer to an ONNX file, which reads lines without TensorFlow and Keras.

        It has the model's current weights. To check it, it is loaded in a new process without TensorFlow, and must read
        the same texts as the recognizer in float32, from log-probabilities that differ by 1e-4 at most. `kerasrec.load`
        opens it.

        Args:
            file: The file to write, such as "model.onnx".
            int8: Whether to store the weights as 8-bit integers, which makes the file four times smaller. It may then
                read up to 10% of the characters of the sample lines otherwise than in float32: their share is returned
                and written into the file.

        Raises:
            UsageError: The file's name does not end with .onnx.
            CannotWrite: The file cannot be written.
            ExportFailed: The model cannot be converted, or its outputs differ from those of the recognizer.
        """
        from kerasrec.recognizer.exporting_portable import export_onnx  # it imports this class

        return export_onnx(self, Path(file), int8)

    def export_litert(self, file: str | Path, int8: bool = False) -> "ExportedFile":
        """Exports the recognizer to a LiteRT file, which reads lines without TensorFlow and Keras.

        It is checked as `export_onnx` checks an ONNX file, and needs the package ai-edge-litert.

        Args:
            file: The file to write, such as "model.tflite".
            int8: Whether to store the weights as 8-bit integers, as in `export_onnx`.

        Raises:
            UsageError: The file's name does not end with .tflite.
            BadRun: ai-edge-litert is missing.
            CannotWrite: The file cannot be written.
            ExportFailed: The model cannot be converted, or its outputs differ from those of the recognizer.
        """
        from kerasrec.recognizer.exporting_portable import export_litert  # it imports this class

        return export_litert(self, Path(file), int8)

    @cached_property
    def _reader(self) -> Reader:
        return compile_reader(self.model)
