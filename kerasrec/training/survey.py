"""Statistics of the data of a run: its glyphs, its sentences and its lines."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kerasrec.lines.batches import TrainingLines
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.fonts import FontLines
from kerasrec.models import MODELS
from kerasrec.objectives.ctc_loss import required_frames
from kerasrec.spec import LineSpec
from kerasrec.training.composed_splits import ComposedSplits

_BATCH = 128
_TIMED_SECONDS = 1.0


@dataclass(frozen=True)
class Survey:
    """Statistics of the data of a run; "by split" means counts for training, validation and test.

    Attributes:
        glyphs: Glyphs by split.
        glyphs_per_character: Glyphs of each character by split.
        sentences: Sentences by split.
        dropped: Descriptions of what was left out of the text and of the alphabet.
        long_words: Words of the training text that are longer than a line and so never drawn.
        classes: Tokens of the alphabet.
        images: Shape, dtype, minimum, mean, standard deviation and maximum of the pixels of a batch.
        labels: Shape, dtype, minimum and maximum of the label ids of that batch.
        lines: The number of training lines that the statistics below cover.
        mean_length: Mean number of characters per line.
        mean_width: Mean width of a line in pixels.
        repeats: Share of the lines in which a character is repeated at once, as in "ll".
        infeasible: For each model that can be trained with CTC, the share of lines whose labels need more frames than
            the model has.
        frequencies: Share of each character of the lines, the most frequent first.
        example: The text of the first line.
        lines_per_second: Lines composed per second, in the order of training.
    """

    glyphs: dict[str, int]
    glyphs_per_character: dict[str, dict[str, int]]
    sentences: dict[str, int]
    dropped: list[str]
    long_words: int
    classes: int
    images: dict[str, Any]
    labels: dict[str, Any]
    lines: int
    mean_length: float
    mean_width: float
    repeats: float
    infeasible: dict[str, float]
    frequencies: dict[str, float]
    example: str
    lines_per_second: float

    def to_json(self) -> dict[str, Any]:
        """Returns a dictionary of plain values."""
        return asdict(self)


def survey(splits: ComposedSplits, lines: int = 10_000) -> Survey:
    """Computes statistics of the glyphs, the sentences and the first training lines.

    Args:
        splits: The data of a run.
        lines: The number of lines to compose.

    Raises:
        MissingGlyph: A character of the sentences has no glyph.
        BadText: No word is short enough for a line.
    """
    pools, corpus = splits.bank.pools, splits.corpus
    composer = splits.train()
    labels, lengths, widths = (tensor.numpy() for tensor in composer.labels(np.arange(lines)))
    needed = np.asarray(required_frames(labels, lengths))
    batch = composer(np.arange(_BATCH))
    return Survey(
        glyphs={name: len(pool) for name, pool in pools.items()},
        glyphs_per_character={
            character: {name: pool.counts.get(character, 0) for name, pool in pools.items()}
            for character in sorted(set("".join(pool.characters for pool in pools.values())))
        },
        sentences={name: len(getattr(corpus, name)) for name in pools},
        dropped=[*corpus.describe_dropped(), *filter(None, [splits.undrawn()])],
        long_words=composer.words.dropped,
        classes=len(splits.alphabet),
        images=_describe_values(batch["images"].numpy(), ("min", "mean", "std", "max")),
        labels=_describe_values(batch["labels"].numpy(), ("min", "max")),
        lines=lines,
        mean_length=float(lengths.mean()),
        mean_width=float(widths.mean()),
        repeats=float((needed > lengths).mean()),
        infeasible=_infeasible(splits.settings.spec, needed, widths),
        frequencies=_frequencies(composer.texts(labels)),
        example=composer.texts(labels[:1])[0],
        lines_per_second=_time_composing(composer),
    )


def _describe_values(values: np.ndarray, measures: Sequence[str]) -> dict[str, Any]:
    facts = {name: round(float(getattr(values, name)()), 2) for name in measures}
    return {"shape": list(values.shape), "dtype": str(values.dtype), **facts}


def _infeasible(spec: LineSpec, needed: np.ndarray, widths: np.ndarray) -> dict[str, float]:
    """Returns each model's share of lines, of `widths` (B,) in px, with fewer frames than needed (B,)."""
    shares = {}
    for name, kind in MODELS.items():
        if "ctc" not in kind.objectives:
            continue
        architecture = kind()
        drawn = np.full_like(widths, spec.canvas_width) if architecture.fixed_width else widths
        shares[name] = float((needed > architecture.frames(drawn)).mean())
    return shares


def _frequencies(texts: Sequence[str]) -> dict[str, float]:
    characters, counts = np.unique(list("".join(texts)), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return dict(zip(characters[order].tolist(), (counts[order] / counts.sum()).tolist(), strict=True))


def _time_composing(composer: LineComposer | FontLines) -> float:
    """Composes batches as in training for about a second and returns the lines per second."""
    batches = iter(TrainingLines(composer, _BATCH).open())
    next(batches)
    start, drawn = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < _TIMED_SECONDS:
        next(batches)
        drawn += _BATCH
    return drawn / elapsed
