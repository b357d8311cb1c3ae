"""Lines of known text and their readings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Reading
from kerasrec.evaluation.metrics import edit_counts
from kerasrec.language.packaged import LanguageModelLike
from kerasrec.recognizer.line_reader import LineReader


@dataclass(frozen=True)
class Readings:
    """N lines: the true texts, the readings, and how the lines were drawn, if known.

    Attributes:
        references: The true texts.
        readings: The readings; positions are pixels of the line.
        lines: The line images, (H, w) uint8, ink 255.
        boxes: The start and end of the glyphs of each line in pixels, (L, 2) int32; None if unknown.
        overlaps: The mean overlap of the gaps of each line, NaN if it has no gap; None if unknown.
        tokens: The ids that were read, including any predicted padding; None if unknown.
        labels: The padded label of each line, (L,) int32; None if unknown.
        groups: The group of each line, such as its writer; None if there are none.
    """

    references: list[str]
    readings: list[Reading]
    lines: list[np.ndarray]
    boxes: list[np.ndarray] | None = None
    overlaps: list[float] | None = None
    tokens: list[list[int]] | None = None
    labels: list[np.ndarray] | None = None
    groups: list[str] | None = None

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
        """The true text, the text that was read and its confidence, for a sheet of lines."""
        return [(true, read.text, read.confidence) for true, read in zip(self.references, self.readings, strict=True)]

    def select(self, chosen: Iterable[int]) -> Self:
        """Selects lines by their indices, in the order of `chosen`."""
        indices = list(chosen)
        known = {name: column for name, column in vars(self).items() if column is not None}
        return replace(self, **{name: [column[i] for i in indices] for name, column in known.items()})

    def worst(self, count: int) -> Self:
        """Selects the lines with the most errors, the worst first; ties are ordered by their error rate.

        Lines without an error are never included.
        """
        edits = edit_counts(self.texts, self.references)
        rates = edits / np.array([max(len(text), 1) for text in self.references])
        order = np.lexsort((-rates, -edits))
        return self.select(i for i in order[:count].tolist() if edits[i])


def read_batches(
    recognizer: LineReader,
    batches: Iterable[Mapping[str, Any]],
    beam_width: int = 0,
    language_model: LanguageModelLike | None = None,
) -> Readings:
    """Reads lines in batches.

    Args:
        recognizer: The recognizer.
        batches: The batches of `evaluation_batches`; `LineSource` documents their content.
        beam_width: The width of the beam search; 0 decodes greedily.
        language_model: The language model to search with, as in `Recognizer.read`.

    Returns:
        The lines of all batches in order.
    """
    arrays = ({name: np.asarray(tensor) for name, tensor in batch.items()} for batch in batches)
    parts = [_read_batch(recognizer, batch, beam_width, language_model) for batch in arrays]
    columns = ([vars(part)[each.name] for part in parts] for each in fields(Readings))
    joined = (None if None in column else [value for part in column for value in part] for column in columns)
    return Readings(*joined)  # type: ignore[arg-type]


def read_labelled_lines(
    recognizer: LineReader,
    lines: Sequence[np.ndarray],
    texts: Sequence[str],
    batch_size: int = 32,
    beam_width: int = 0,
    groups: Sequence[str] | None = None,
    language_model: LanguageModelLike | None = None,
) -> Readings:
    """Reads the user's own lines, for which only the text is known.

    Args:
        recognizer: The recognizer.
        lines: Canonical lines, each (H, w) uint8, ink 255 on 0.
        texts: The true text of each line.
        batch_size: The maximum number of lines to compute at once.
        beam_width: The width of the beam search; 0 decodes greedily.
        groups: The group of each line; None if there are none.
        language_model: The language model to search with, as in `Recognizer.read`.
    """
    readings = recognizer.read_lines(lines, batch_size, beam_width, language_model)
    return Readings(list(texts), readings, list(lines), groups=None if groups is None else list(groups))


def _read_batch(
    recognizer: LineReader,
    batch: dict[str, np.ndarray],
    beam_width: int,
    language_model: LanguageModelLike | None,
) -> Readings:
    images, widths, lengths = batch["images"], batch["widths"], batch["lengths"]
    boxes = np.stack([batch["starts"], batch["ends"]], axis=-1) if "starts" in batch else None  # (B, L, 2)
    overlaps = batch.get("overlaps")
    unread = [Alphabet.START] * recognizer.objective.first_position
    # Without the canvas, like the lines of `Recognizer.read_lines`.
    ends = widths.tolist() if boxes is None else boxes[..., 1].max(axis=1).tolist()
    decodings = recognizer.decode_ids(recognizer.log_probs(images, widths), widths, beam_width, language_model)
    return Readings(
        references=[recognizer.alphabet.decode(row) for row in batch["labels"].tolist()],
        readings=recognizer.to_readings(decodings, ends),
        lines=[image[:, :width, 0].copy() for image, width in zip(images, widths, strict=True)],
        boxes=None if boxes is None else [box[:length] for box, length in zip(boxes, lengths, strict=True)],
        overlaps=None
        if overlaps is None
        else [_mean_overlap(row[:length]) for row, length in zip(overlaps, lengths, strict=True)],
        tokens=[unread + [token for token in each.ids if token != Alphabet.END] for each in decodings],
        labels=list(batch["labels"]),
        groups=[name.decode() for name in batch["groups"]] if "groups" in batch else None,
    )


def _mean_overlap(overlaps: np.ndarray) -> float:
    """Returns the mean over a line's gaps, given the overlaps (L,) of each character with the previous one."""
    gaps = overlaps[1:]  # the first character has no previous one
    return float(gaps.mean()) if len(gaps) else float("nan")
