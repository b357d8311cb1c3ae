"""Lines of known text beside what a recognizer read in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Reading
from kerasrec.evaluation.metrics import edit_counts
from kerasrec.recognizer.recognizer import Recognizer


@dataclass(frozen=True)
class Readings:
    """N lines: the truth, what was read, and what is known of how they were drawn.

    Attributes:
        references: The true texts.
        readings: What was read; positions are pixels of the line.
        lines: Each line as it was read, (H, w) uint8, ink 255.
        boxes: For each line the start and end of its characters' glyphs in pixels, (L, 2) int32; None if not known.
        overlaps: For each line the mean over its gaps of the overlap, NaN if it has no gap; None if not known.
        tokens: The ids that were read, padding included where the model says it; None if not known.
        labels: The padded label of each line, (L,) int32; None if not known.
    """

    references: list[str]
    readings: list[Reading]
    lines: list[np.ndarray]
    boxes: list[np.ndarray] | None = None
    overlaps: list[float] | None = None
    tokens: list[list[int]] | None = None
    labels: list[np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.references)

    @property
    def texts(self) -> list[str]:
        """The texts that were read."""
        return [reading.text for reading in self.readings]

    @property
    def widths(self) -> list[int]:
        """The widths of the lines in pixels."""
        return [line.shape[1] for line in self.lines]

    @property
    def captions(self) -> list[tuple[str, str, float]]:
        """The truth, what was read and its confidence, as a sheet of lines shows them."""
        return [(true, read.text, read.confidence) for true, read in zip(self.references, self.readings, strict=True)]

    def select(self, chosen: Iterable[int]) -> Self:
        """Takes some of the lines, in the order of their indices in `chosen`."""
        indices = list(chosen)
        known = {name: column for name, column in vars(self).items() if column is not None}
        return replace(self, **{name: [column[i] for i in indices] for name, column in known.items()})

    def worst(self, count: int) -> Self:
        """Takes the lines with the most errors, the worst first; among equals those with the greater share of errors.

        Lines without an error are never among them.
        """
        edits = edit_counts(self.texts, self.references)
        shares = edits / np.array([max(len(text), 1) for text in self.references])
        order = np.lexsort((-shares, -edits))
        return self.select(i for i in order[:count].tolist() if edits[i])


def read_batches(recognizer: Recognizer, batches: Iterable[Mapping[str, Any]], beam_width: int = 0) -> Readings:
    """Reads synthetic lines.

    Args:
        recognizer: Reads them.
        batches: What `evaluation_batches` gives; see `LineComposer` for what a batch holds.
        beam_width: 0 decodes greedily, a number searches a beam of that width.

    Returns:
        The lines of all batches in their order.
    """
    parts = [
        _read_batch(recognizer, {name: np.asarray(tensor) for name, tensor in batch.items()}, beam_width)
        for batch in batches
    ]
    return Readings(*([value for part in parts for value in vars(part)[each.name]] for each in fields(Readings)))


def read_labelled_lines(
    recognizer: Recognizer, lines: Sequence[np.ndarray], texts: Sequence[str], batch_size: int = 32, beam_width: int = 0
) -> Readings:
    """Reads lines of the user's own, of which only the text is known.

    Args:
        recognizer: Reads them.
        lines: Canonical lines, each (H, w) uint8, ink 255 on 0.
        texts: The true text of each.
        batch_size: Most lines computed at once.
        beam_width: 0 decodes greedily, a number searches a beam of that width.
    """
    return Readings(list(texts), recognizer.read_lines(lines, batch_size, beam_width), list(lines))


def _read_batch(recognizer: Recognizer, batch: dict[str, np.ndarray], beam_width: int) -> Readings:
    images, widths, lengths = batch["images"], batch["widths"], batch["lengths"]
    boxes = np.stack([batch["starts"], batch["ends"]], axis=-1)  # (B, L, 2)
    unsaid = [Alphabet.START] * recognizer.objective.first_place
    ends = boxes[..., 1].max(axis=1).tolist()  # where the ink ends, as in the lines that `Recognizer.read_lines` takes
    decodings = recognizer.decode_ids(recognizer.log_probs(images, widths), widths, beam_width)
    return Readings(
        references=[recognizer.alphabet.decode(row) for row in batch["labels"].tolist()],
        readings=recognizer.to_readings(decodings, ends),
        lines=[image[:, :width, 0].copy() for image, width in zip(images, widths, strict=True)],
        boxes=[box[:length] for box, length in zip(boxes, lengths, strict=True)],
        overlaps=[_mean_overlap(row[:length]) for row, length in zip(batch["overlaps"], lengths, strict=True)],
        tokens=[unsaid + [token for token in each.ids if token != Alphabet.END] for each in decodings],
        labels=list(batch["labels"]),
    )


def _mean_overlap(overlaps: np.ndarray) -> float:
    """The mean over a line's gaps, of the overlaps (L,) of each character with the one before it."""
    gaps = overlaps[1:]  # nothing is before the first
    return float(gaps.mean()) if len(gaps) else float("nan")
