"""Random texts of lines: runs of whole words of a text."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.lines.randomness import integers, uniform
from kerasrec.lines.text.sampling import WordTable

_WORD, _COUNT = range(2)  # streams of random numbers; the composers use those above


class TextDraws:
    """Draws the texts of lines, identified by their numbers, from sentences.

    Args:
        sentences: The sentences that words are taken from.
        alphabet: The alphabet of the labels.
        max_length: The maximum number of characters in a line.
        seed: Any int.

    Raises:
        BadText: No word is short enough for a line.
    """

    def __init__(self, sentences: Sequence[str], alphabet: Alphabet, max_length: int, seed: int) -> None:
        self.alphabet, self.max_length, self.seed = alphabet, max_length, seed
        self.words = WordTable.from_sentences(sentences, alphabet, max_length)
        with tf.device("CPU"):
            self._text = tf.constant(np.pad(self.words.ids, (0, max_length), constant_values=alphabet.PADDING))
            self._starts, self._ends = tf.constant(self.words.starts), tf.constant(self.words.ends)
            self._fits = tf.constant(self.words.fits)

    def __call__(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws the texts of lines.

        Args:
            indices: (B,) int64, the numbers of the lines.

        Returns:
            labels: (B, L) int32, padded with the alphabet's padding to L = max_length.
            lengths: (B,) int32, the number of characters.
        """
        first = integers(uniform(self.seed, _WORD, indices, 1)[:, 0], tf.size(self._starts))  # (B,)
        count = 1 + integers(uniform(self.seed, _COUNT, indices, 1)[:, 0], tf.gather(self._fits, first))
        begin, end = tf.gather(self._starts, first), tf.gather(self._ends, first + count - 1)
        lengths = end - begin
        positions = tf.range(self.max_length)
        ids = tf.gather(self._text, begin[:, None] + positions)  # (B, L)
        used = tf.sequence_mask(lengths, self.max_length)
        return tf.where(used, tf.cast(ids, tf.int32), self.alphabet.PADDING), lengths

    def texts(self, labels: np.ndarray) -> list[str]:
        """Decodes labels (B, L) to texts."""
        return [self.alphabet.decode(row) for row in np.asarray(labels).tolist()]
