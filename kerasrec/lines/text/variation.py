"""Random variation of the texts of lines, so that a recognizer sees characters that are rare in a text."""

import string
import unicodedata

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.lines.randomness import integers, uniform

# At strength 1.
_CAPITALS, _TITLES = 0.08, 0.08  # of the lines: all letters are capitals, or the first of each word
_NUMBERS = 0.06  # of the words: their letters become digits
_ACCENTS = 0.03  # of the letters that the alphabet also has with an accent
_MARKS = 0.2  # of the punctuation marks: another one

_LINE, _WORD, _LETTER = range(3)  # streams of random numbers, from the first


class TextVariation:
    """Varies the labels of lines, within the alphabet.

    Some lines become capitals or titles, some words numbers, some letters get accents, some marks are exchanged. What
    happens to a line depends only on the seed and its number.

    Args:
        alphabet: The alphabet of the labels.
        seed: Any int.
        first_stream: The first of three streams of random numbers.
    """

    def __init__(self, alphabet: Alphabet, seed: int, first_stream: int) -> None:
        self.seed, self.first_stream = seed, first_stream
        tokens = [token if len(token) == 1 else "" for token in alphabet.tokens]
        ids = {token: number for number, token in enumerate(tokens) if token}
        accents = {each: [ids[c] for c in ids if c != each and _base(c) == each] for each in ids}
        most = max(map(len, accents.values()), default=0) or 1
        table = np.zeros((len(tokens), most), np.int32)
        for each, found in accents.items():
            table[ids[each], : len(found)] = found
        digits = [ids[c] for c in string.digits if c in ids]
        marks = [number for c, number in ids.items() if unicodedata.category(c)[0] in "PS"]
        with tf.device("CPU"):
            self._capitals = tf.constant([ids.get(c.upper(), i) for i, c in enumerate(tokens)], tf.int32)
            self._accents = tf.constant(table)
            self._counts = tf.constant([len(accents.get(c, ())) for c in tokens], tf.int32)
            self._digits, self._marks = (tf.constant(each or [0], tf.int32) for each in (digits, marks))
            self._is_letter = tf.constant([c.isalpha() and bool(digits) for c in tokens])
            self._is_mark = tf.constant([i in marks for i in range(len(tokens))])
        self._space = ids.get(" ", -1)

    def __call__(self, indices: tf.Tensor, labels: tf.Tensor, strength: float) -> tf.Tensor:
        """Varies labels (B, L) int32 of the lines with these numbers, (B,) int64; their lengths stay."""
        length = tf.shape(labels)[1]
        line, word, letter = (
            uniform(self.seed, self.first_stream + stream, indices, draws)
            for stream, draws in ((_LINE, 1), (_WORD, length), (_LETTER, 2 * length))
        )
        chance, choice = letter[:, :length], letter[:, length:]
        in_word = tf.cumsum(tf.cast(labels == self._space, tf.int32), axis=1)
        begins = tf.concat([tf.ones_like(labels[:, :1], tf.bool), labels[:, :-1] == self._space], axis=1)
        capital = (line < strength * _CAPITALS) | (begins & (line > 1 - strength * _TITLES))
        varied = tf.where(capital, tf.gather(self._capitals, labels), labels)
        counts = tf.gather(self._counts, varied)
        accented = tf.gather_nd(self._accents, tf.stack([varied, integers(choice, counts)], axis=2))
        varied = tf.where((counts > 0) & (chance < strength * _ACCENTS), accented, varied)
        number = tf.gather(word, in_word, batch_dims=1) < strength * _NUMBERS
        digit = tf.gather(self._digits, integers(choice, tf.size(self._digits)))
        varied = tf.where(number & tf.gather(self._is_letter, labels), digit, varied)
        mark = tf.gather(self._marks, integers(choice, tf.size(self._marks)))
        return tf.where(tf.gather(self._is_mark, labels) & (chance < strength * _MARKS), mark, varied)


def _base(character: str) -> str:
    """Returns the letter below an accent.

    >>> _base("é"), _base("e"), _base("ß")
    ('e', 'e', 'ß')
    """
    return unicodedata.normalize("NFD", character)[0]
