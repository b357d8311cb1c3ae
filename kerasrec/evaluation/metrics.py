"""How well lines were read: error rates over a set of lines, their uncertainty, and what was taken for what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from kerasrec.errors import UsageError

_RATES = ("cer", "lab_cer", "wer", "perfect")


@dataclass(frozen=True)
class Scores:
    """Error rates over all lines; 0 is perfect, except for `perfect`.

    Where the references are all empty, `cer` and `wer` are 0 if nothing was read and 1 if anything was.

    Attributes:
        cer: Character error rate: all edits over all characters of the references. May exceed 1.
        lab_cer: Mean over lines of the edits over the length of the longer of the two texts, 0 where both are empty:
            what the Full Stack Deep Learning labs call CER. At most 1; every line counts the same, however short.
        wer: Word error rate: edits of whole words over all words of the references. May exceed 1.
        perfect: Share of lines without an error.
        lines: Number of lines.
        characters: Number of characters of the references.
    """

    cer: float
    lab_cer: float
    wer: float
    perfect: float
    lines: int
    characters: int


def score(predictions: Sequence[str], references: Sequence[str]) -> Scores:
    """Compares what was read with the truth.

    >>> score(["kitten", "on the mat"], ["sitting", "on the mat"])
    Scores(cer=0.17647058823529413, lab_cer=0.21428571428571427, wer=0.25, perfect=0.5, lines=2, characters=17)

    Raises:
        UsageError: There are no lines, or not as many predictions as references.
    """
    table = _tabulate(predictions, references)
    cer, lab_cer, wer, perfect = _rates(table.sum(axis=0), len(table)).tolist()
    return Scores(cer, lab_cer, wer, perfect, lines=len(table), characters=sum(map(len, references)))


@dataclass(frozen=True)
class Accuracies:
    """How many tokens stand at their place: what the labs call accuracy, and the same without padding.

    An invented or missed character moves all that follow it, so that a line may count as wrong that is nearly right.

    Attributes:
        accuracy: Share of the characters of the references in whose place the same character was read.
        lab_accuracy: Share of all places of the labels, padding behind the texts included, that were read right.
    """

    accuracy: float
    lab_accuracy: float


def accuracies(read: Sequence[Sequence[int]], labels: np.ndarray, padding: int) -> Accuracies:
    """Compares what was read with labels, place by place.

    >>> accuracies([[4, 5], [7]], np.array([[4, 5, 3, 3], [4, 7, 3, 3]]), padding=3)
    Accuracies(accuracy=0.5, lab_accuracy=0.75)

    Args:
        read: For each line the ids that were read; where there are fewer than places, padding was read.
        labels: (N, L) int, padded.
        padding: The id of the padding.

    Raises:
        UsageError: There are no lines, or not as many predictions as labels.
    """
    if not len(labels) or len(read) != len(labels):
        raise UsageError(f"Accuracy needs one or more lines and labels for each, but got {len(read)}, {len(labels)}.")
    places = labels.shape[1]
    said = np.array([[*row[:places], *[padding] * (places - len(row))] for row in read])
    right, real = said == labels, labels != padding
    return Accuracies(float(right[real].mean()) if real.any() else 1.0, float(right.mean()))


def bootstrap(
    predictions: Sequence[str], references: Sequence[str], samples: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Says how far the rates could lie from those of other lines of the same kind.

    Draws as many lines with replacement, again and again, and takes the quantiles of the rates (percentile bootstrap).

    >>> bootstrap(["a"] * 10, ["a"] * 10)["cer"]
    (0.0, 0.0)

    Args:
        predictions: What was read.
        references: The truth.
        samples: How often to draw.
        seed: Chooses what is drawn.
        level: Share of the draws that lie within the interval.

    Returns:
        Lower and upper bound of "cer", "lab_cer", "wer" and "perfect".

    Raises:
        UsageError: There are no lines, or not as many predictions as references.
    """
    table = _tabulate(predictions, references)
    lines = len(table)
    rng = np.random.default_rng(seed)
    draws = [np.bincount(rng.integers(lines, size=lines), minlength=lines) @ table for _ in range(samples)]
    rates = _rates(np.array(draws).T, lines)  # (4, samples)
    tail = (1 - level) / 2
    low, high = np.quantile(rates, [tail, 1 - tail], axis=1)
    return {name: (float(a), float(b)) for name, a, b in zip(_RATES, low, high, strict=True)}


def edit_counts(predictions: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """Counts the insertions, deletions and replacements of characters that turn each prediction into its reference.

    >>> edit_counts(["kitten", "mat"], ["sitting", "mat"]).tolist()
    [3, 0]

    Returns:
        (N,) int64.
    """
    return cpdist(predictions, references, scorer=Levenshtein.distance, dtype=np.int64)


def confusions(predictions: Sequence[str], references: Sequence[str]) -> Counter[tuple[str, str]]:
    """Counts which characters were taken for which, along a shortest alignment of each line.

    >>> confusions(["kitten"], ["sitting"])
    Counter({('s', 'k'): 1, ('i', 'e'): 1, ('g', ''): 1})

    Returns:
        Pairs of the true and the read character; read is "" where the character was missed, true is "" where it was
        invented.
    """
    found: Counter[tuple[str, str]] = Counter()
    for read, truth in zip(predictions, references, strict=True):
        for edit in Levenshtein.editops(truth, read):
            true_character = "" if edit.tag == "insert" else truth[edit.src_pos]
            found[true_character, "" if edit.tag == "delete" else read[edit.dest_pos]] += 1
    return found


def _tabulate(predictions: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """Counts what the rates are made of: (N, 6) float64, one row a line, which may be summed over any lines."""
    if not references or len(predictions) != len(references):
        raise UsageError(
            f"Scoring needs one or more lines and a prediction for each reference, but got {len(predictions)} "
            f"predictions and {len(references)} references."
        )
    edits = edit_counts(predictions, references)
    read, truth = (np.array([len(text) for text in texts]) for texts in (predictions, references))
    read_words, true_words = ([text.split() for text in texts] for texts in (predictions, references))
    word_edits = cpdist(read_words, true_words, scorer=Levenshtein.distance, dtype=np.int64)
    words = np.array([len(line) for line in true_words])
    longer = np.maximum(np.maximum(read, truth), 1)
    return np.stack([edits, truth, edits / longer, word_edits, words, edits == 0], axis=1).astype(float)


def _rates(totals: np.ndarray, lines: int) -> np.ndarray:
    """Turns sums over lines of the six columns, (6, ...), into the four rates, (4, ...)."""
    edits, characters, ratios, word_edits, words, perfect = totals
    return np.stack([_share(edits, characters), ratios / lines, _share(word_edits, words), perfect / lines])


def _share(edits: np.ndarray, total: np.ndarray) -> np.ndarray:
    share: np.ndarray = np.where(total > 0, edits / np.maximum(total, 1), np.minimum(edits, 1))
    return share
