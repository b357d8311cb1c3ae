"""Reads lines with an ONNX or LiteRT file that `kerasrec export` made, without TensorFlow and Keras."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadImage, BadRun
from kerasrec.export.portable_format import FORMAT, LOG_PROBS
from kerasrec.images.canonical import POLARITIES, CanonicalLine, line_from_image
from kerasrec.recognizer.engines import Compute, find_engine
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.spec import LineSpec


class PortableRecognizer(LineReader):
    """Reads lines of handwriting with a model in an ONNX or LiteRT file; `load` opens one.

    Attributes:
        file: The file.
        name: The name of the model's architecture.
        compute: Computes the outputs of the model.
        card: What the file says about the model.
    """

    def __init__(self, file: Path, compute: Compute, card: dict[str, Any]) -> None:
        self.file, self.compute, self.card, self.name = file, compute, card, str(card["model"])
        self.alphabet, self.spec = Alphabet(card["alphabet"]), LineSpec(**card["spec"])
        self.objective_name = str(card["objective"])
        numbers = (card[name] for name in ("width_limit", "stride", "offset", "margin"))
        self.architecture = _Frames(np.array(card["frame_widths"], np.int64), *numbers)
        is_ctc = self.objective_name == "ctc"
        self.objective = _Outputs(is_ctc, None if is_ctc else self.spec.max_length)

    @classmethod
    def load(cls, file: Path, threads: int = 0) -> Self:
        """Loads a file, whose suffix is one of `kerasrec.weights.PORTABLE`.

        Args:
            file: The file.
            threads: The threads to compute with; 0 for one for each core.

        Raises:
            BadRun: It is missing, damaged, of another format, or was not made by kerasrec; or the library that runs it
                is missing.
        """
        engine = find_engine(file)
        engine.check_installed(file)
        try:
            compute, card = engine.open(file, threads)
            if card["format"] == FORMAT:
                return cls(file, compute, card)
        except Exception as error:  # each library has an error of its own for each kind of damage
            raise BadRun(
                f"{file} is not {engine.kind} of kerasrec, or is damaged. Make it again with: "
                f"kerasrec export RUN {file}"
            ) from error
        raise BadRun(
            f"{file} has format {card['format']!r} of kerasrec {card.get('kerasrec')}, but this version reads format "
            f"{FORMAT}. Export it again with this version."
        )

    def log_probs(self, images: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """Computes log-probabilities (B, T, K) float32 of images (B, H, W, 1) uint8 with widths (B,) int32."""
        return self.compute(images, widths)[LOG_PROBS]

    def make_line(self, grey: np.ndarray, ink: str = "auto") -> CanonicalLine:
        """Makes the canonical line of grey values (H, W) uint8."""
        return line_from_image(grey, self.spec.height, POLARITIES[ink])


@dataclass(frozen=True, eq=False)
class _Frames:
    """The arithmetic of frames; `widths` (F,) are the least widths that have 1, 2, ..., F frames."""

    widths: np.ndarray
    limit: int
    stride: int
    offset: int
    margin: int

    def frames(self, width: Any) -> Any:
        if np.max(width) >= self.limit:
            raise BadImage(f"A line must be narrower than {self.limit:,} px, but has {np.max(width):,} px. Cut it.")
        return np.searchsorted(self.widths, width, side="right")


@dataclass(frozen=True)
class _Outputs:
    """CTC, or cross-entropy over a number of positions."""

    aligned: ClassVar[bool] = True
    first_position: ClassVar[int] = 0

    collapses_repeats: bool
    positions: int | None

    def output_lengths(self, log_probs: np.ndarray, frames: np.ndarray) -> np.ndarray:
        most = log_probs.shape[1] if self.positions is None else min(self.positions, log_probs.shape[1])
        return np.minimum(frames, most).astype(np.int32)
