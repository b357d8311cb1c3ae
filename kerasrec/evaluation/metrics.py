"""Error rates over a set of lines, their confidence intervals, and the confusions of characters."""

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
    """Error rates over all lines; 0 is best, except for `perfect`.

    If all references are empty, `cer` and `wer` are 0 if nothing was read and 1 otherwise.

    Attributes:
        cer: The character error rate: the edits divided by the characters of the references. It may exceed 1.
        lab_cer: The mean over lines of the edits divided by the length of the longer of the two texts, 0 if both are
            empty. The Full Stack Deep Learning labs call this CER. It is at most 1, and short lines have the same
            weight as long ones.
        wer: The word error rate: the edits of whole words divided by the words of the references. It may exceed 1.
        perfect: The fraction of lines without an error.
        lines: The number of lines.
        characters: The number of characters in the references.
    """

    cer: float
    lab_cer: float
    wer: float
    perfect: float
    lines: int
    characters: int


def score(predictions: Sequence[str], references: Sequence[str]) -> Scores:
    """Computes the error rates of predictions against references.

    >>> score(["kitten", "on the mat"], ["sitting", "on the mat"])
    Scores(cer=0.17647058823529413, lab_cer=0.21428571428571427, wer=0.25, perfect=0.5, lines=2, characters=17)

    Raises:
        UsageError: There are no lines, or the numbers of predictions and references differ.
    """
    table = _tabulate(predictions, references)
    cer, lab_cer, wer, perfect = _rates(table.sum(axis=0), len(table)).tolist()
    return Scores(cer, lab_cer, wer, perfect, lines=len(table), characters=sum(map(len, references)))


@dataclass(frozen=True)
class Accuracies:
    """The fraction of tokens at the right position, with padding (the labs' accuracy) and without.

    An inserted or missed character shifts all later ones, so that an almost correct line can have a low accuracy.

    Attributes:
        accuracy: The fraction of the characters of the references that were read at the same position.
        lab_accuracy: The fraction of all positions of the labels, including padding, that were read right.
    """

    accuracy: float
    lab_accuracy: float


def accuracies(read: Sequence[Sequence[int]], labels: np.ndarray, padding: int) -> Accuracies:
    """Compares the ids that were read with labels, position by position.

    >>> accuracies([[4, 5], [7]], np.array([[4, 5, 3, 3], [4, 7, 3, 3]]), padding=3)
    Accuracies(accuracy=0.5, lab_accuracy=0.75)

    Args:
        read: The ids that were read in each line; missing ones count as padding.
        labels: (N, L) int, padded.
        padding: The id of the padding.

    Raises:
        UsageError: There are no lines, or the numbers of predictions and labels differ.
    """
    if not len(labels) or len(read) != len(labels):
        raise UsageError(f"Accuracy needs one or more lines and labels for each, but got {len(read)}, {len(labels)}.")
    length = labels.shape[1]
    padded = np.array([[*row[:length], *[padding] * (length - len(row))] for row in read])
    right, is_character = padded == labels, labels != padding
    return Accuracies(float(right[is_character].mean()) if is_character.any() else 1.0, float(right.mean()))


def bootstrap(
    predictions: Sequence[str], references: Sequence[str], samples: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Computes confidence intervals of the rates with the percentile bootstrap.

    Each sample draws as many lines as there are, with replacement; the bounds are quantiles of the samples' rates.

    >>> bootstrap(["a"] * 10, ["a"] * 10)["cer"]
    (0.0, 0.0)

    Args:
        predictions: The texts that were read.
        references: The true texts.
        samples: The number of samples.
        seed: The seed of the random draws.
        level: The fraction of the samples inside the interval.

    Returns:
        The lower and upper bound of "cer", "lab_cer", "wer" and "perfect".

    Raises:
        UsageError: There are no lines, or the numbers of predictions and references differ.
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
    """Counts the confused characters along a shortest alignment of each line.

    >>> confusions(["kitten"], ["sitting"])
    Counter({('s', 'k'): 1, ('i', 'e'): 1, ('g', ''): 1})

    Returns:
        The counts of pairs of the true and the read character; the read one is "" if the character was missed, the true
        one is "" if it was inserted.
    """
    found: Counter[tuple[str, str]] = Counter()
    for read, truth in zip(predictions, references, strict=True):
        for edit in Levenshtein.editops(truth, read):
            true_character = "" if edit.tag == "insert" else truth[edit.src_pos]
            found[true_character, "" if edit.tag == "delete" else read[edit.dest_pos]] += 1
    return found


def _tabulate(predictions: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """Computes the terms of the rates, (N, 6) float64: a row per line, which can be summed over any set of lines."""
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
    """Computes the four rates (4, ...) from the sums of the six columns over lines (6, ...)."""
    edits, characters, ratios, word_edits, words, perfect = totals
    return np.stack([_share(edits, characters), ratios / lines, _share(word_edits, words), perfect / lines])


def _share(edits: np.ndarray, total: np.ndarray) -> np.ndarray:
    share: np.ndarray = np.where(total > 0, edits / np.maximum(total, 1), np.minimum(edits, 1))
    return share
