"""A recognizer without a network: each frame predicts the id given by the ink of a column of the line."""

from collections.abc import Sequence

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Decoding, Reading, greedy, to_reading
from kerasrec.objectives import CTC

STEP = 28


class ColumnReader:
    """Reads one frame for every 28 px, without blanks in between, so that adjacent repeats are merged."""

    def __init__(self) -> None:
        self.alphabet, self.objective = Alphabet("abc "), CTC()
        self.beam_widths: list[int] = []
        self.language_models: list[str | None] = []

    def log_probs(self, images: np.ndarray, widths: np.ndarray) -> np.ndarray:
        ids = images[:, STEP // 2, STEP // 2 :: STEP, 0].astype(int) % len(self.alphabet)
        return np.log(np.eye(len(self.alphabet), dtype=np.float32)[ids] * 0.9 + 0.1 / len(self.alphabet))

    def decode_ids(
        self, log_probs: np.ndarray, widths: np.ndarray, beam_width: int = 0, language_model: str | None = None
    ) -> list[Decoding]:
        self.beam_widths.append(beam_width)
        self.language_models.append(language_model)
        return greedy(log_probs, widths // STEP)

    def to_readings(self, decodings: Sequence[Decoding], ends: Sequence[int]) -> list[Reading]:
        centres = STEP / 2 + STEP * np.arange(max(ends))
        return [to_reading(line, self.alphabet, centres, float(end)) for line, end in zip(decodings, ends, strict=True)]

    def read_lines(
        self,
        lines: Sequence[np.ndarray],
        batch_size: int = 32,
        beam_width: int = 0,
        language_model: str | None = None,
    ) -> list[Reading]:
        readings = []
        for line in lines:
            widths = np.array([line.shape[1]])
            log_probs = self.log_probs(line[None, ..., None], widths)
            decodings = self.decode_ids(log_probs, widths, beam_width, language_model)
            readings += self.to_readings(decodings, widths.tolist())
        return readings


@pytest.fixture
def recognizer() -> ColumnReader:
    return ColumnReader()
