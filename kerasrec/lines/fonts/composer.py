"""Lines drawn with handwriting fonts, in the TensorFlow graph, as writing lies on paper.

Each line is written in one font, with its proportions and kerning; the places and sizes of words and letters vary.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import MissingGlyph
from kerasrec.images.canonical import tight_rows
from kerasrec.lines.fonts.bank import FontPool
from kerasrec.lines.fonts.drawing import BASELINE, ROWS
from kerasrec.lines.line_draws import LINE_VARIATIONS
from kerasrec.lines.line_variation import vary_lines
from kerasrec.lines.randomness import uniform
from kerasrec.lines.source import Batch
from kerasrec.lines.text.draws import TextDraws
from kerasrec.lines.text.variation import TextVariation
from kerasrec.spec import GLYPH_SIZE, LineSpec

_FONT, _SHAPE, _WORDS, _LETTERS, _SIZE, _INK, _TEXT = range(200, 207)  # streams of random numbers; the text has three

_MARGIN = 8  # px of a line 28 px high, at both ends
_LEAST_ROWS = 16  # the least height of a line's ink in rows of the bank: a dash is not enlarged
_GAP = (0.7, 2.0)  # the width of spaces, in those of the font

# At strength 1; rows and columns are those of the bank, in which letters are 44 rows high.
_ASPECT = 0.35  # of the whole line
_SMALLER = 0.35  # of the whole line: in pictures, parts of other lines may pass for its ascenders
_TOE, _GAIN = 0.3, 2.0  # ink below the toe is lost, the rest is stronger, as where ink is found in pictures
_TRACKING_SHARE, _TRACKING = 0.4, 4.0  # of the lines, and px between letters
_UNEVEN_SHARE = 0.5  # of the lines, in which letters vary
_WORD_SIZE, _WORD_SHIFT = 0.1, 3.0
_LETTER_SIZE, _LETTER_SHIFT, _LETTER_SPACE = 0.1, 2.0, 1.5


class _Layout(NamedTuple):
    """Where the characters of lines are, (B, L) each, but for the last two.

    Attributes:
        characters: int32, the number of each character among those of its font and all fonts before.
        starts: int32, the first column of each.
        counts: int32, its number of columns.
        across: float32, columns of the bank per column.
        down: float32, rows of the bank per row.
        feet: float32, the row of the line at which its baseline lies.
        widths: (B,) int32, the widths of the lines.
    """

    characters: tf.Tensor
    starts: tf.Tensor
    counts: tf.Tensor
    across: tf.Tensor
    down: tf.Tensor
    feet: tf.Tensor
    widths: tf.Tensor


class FontLines:
    """Draws lines, identified by their numbers, from fonts and sentences. Line i depends only on the seed and on i.

    Args:
        pool: The fonts.
        sentences: The sentences that words are taken from.
        alphabet: The alphabet of the labels.
        spec: The height and greatest length of the lines; lines are as wide as their text.
        seed: Any int; lines of different seeds are independent.
        augment: The strength of the random variation of the text, of words, letters and whole lines; 0 writes the text
            as it is, as the font does.
        kinds: The kinds of `LINE_VARIATIONS` to apply to whole lines.

    Raises:
        MissingGlyph: No font has a character of the sentences.
        BadText: No word is short enough for a line.
    """

    count: int | None = None

    def __init__(
        self,
        pool: FontPool,
        sentences: Sequence[str],
        alphabet: Alphabet,
        spec: LineSpec,
        seed: int = 42,
        augment: float = 0.0,
        kinds: Collection[str] = LINE_VARIATIONS,
    ) -> None:
        self.alphabet, self.spec, self.seed, self.augment, self.kinds = alphabet, spec, seed, augment, kinds
        self._draw_text = TextDraws(sentences, alphabet, spec.max_length, seed)
        self._vary_text = TextVariation(alphabet, seed, _TEXT)
        self.words = self._draw_text.words
        numbers = _number_characters(pool, alphabet, self.words.ids)
        with tf.device("CPU"):
            self._numbers = tf.constant(numbers)
            self._columns = tf.constant(np.pad(pool.columns, ((1, 1), (0, 0))).reshape(-1))
            self._has = tf.constant((pool.widths >= 0).T, tf.float32)  # (C, S)
            self._sizes = tf.constant(
                np.stack([pool.offsets, pool.widths, pool.bearings, pool.advances, pool.tops, pool.bottoms], axis=2)
                .reshape(-1, 6)
                .astype(np.int32)
            )
            self._kerning = tf.constant(pool.kerning.reshape(-1))
        self._shape = pool.widths.shape  # (S, C)
        self._space = pool.characters.index(" ")

    def __call__(self, indices: tf.Tensor) -> Batch:
        """Draws lines; `LineSource` documents the batch."""
        labels, lengths = self._draw_labels(indices)
        layout = self._lay_out(indices, labels, lengths)
        images, widths = self._draw(layout), layout.widths
        if self.augment:
            images = self._find_ink(indices, images)
            images, widths, _ = vary_lines(images, widths, self.seed, indices, self.augment, self.kinds)
        return {"images": images[..., None], "widths": widths, "labels": labels, "lengths": lengths}

    def labels(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns labels (B, L), lengths (B,) and widths (B,) in px, all int32, without drawing the lines.

        The widths are those before whole lines are varied.
        """
        labels, lengths = self._draw_labels(indices)
        return labels, lengths, self._lay_out(indices, labels, lengths).widths

    def texts(self, labels: np.ndarray) -> list[str]:
        """Decodes labels (B, L) to texts."""
        return self._draw_text.texts(labels)

    def _draw_labels(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        labels, lengths = self._draw_text(indices)
        return self._vary_text(indices, labels, self.augment) if self.augment else labels, lengths

    def _lay_out(self, indices: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor) -> _Layout:
        used = tf.sequence_mask(lengths, self.spec.max_length)
        numbers = tf.where(used, tf.gather(self._numbers, labels), self._space)  # (B, L)
        fonts = self._choose_fonts(indices, numbers)
        characters = fonts[:, None] * self._shape[1] + numbers
        sizes = tf.cast(tf.gather(self._sizes, characters), tf.float32)
        _, columns, bearings, advances, tops, bottoms = tf.unstack(sizes, axis=2)
        wide, high, shifts, spaces = self._vary(indices, numbers == self._space)
        # The rows of the bank that the ink fills, once words and letters are varied.
        inked = used & (columns > 0)
        tops = tf.reduce_min(tf.where(inked, (tops - BASELINE) * high + shifts, ROWS), axis=1)
        bottoms = tf.reduce_max(tf.where(inked, (bottoms - BASELINE) * high + shifts, -ROWS), axis=1)
        smaller = self.augment * _SMALLER * uniform(self.seed, _SIZE, indices, 1)[:, 0]
        scales = tight_rows(self.spec.height) / tf.maximum(bottoms - tops, _LEAST_ROWS)  # (B,)
        scales *= tf.cast(1 - smaller, tf.float32)
        middles = tf.where(bottoms > tops, (tops + bottoms) / 2, 0)
        feet = self.spec.height / 2 + scales[:, None] * (shifts - middles[:, None])
        wide, high = wide * scales[:, None], high * scales[:, None]
        moves = (advances + self._find_kerning(characters, numbers)) * wide + spaces * scales[:, None]
        moves = tf.maximum(tf.cast(tf.round(moves), tf.int32), 1)
        starts = tf.cumsum(moves, axis=1, exclusive=True) + tf.cast(tf.floor(bearings * wide), tf.int32)
        counts = tf.where(inked, tf.cast(tf.math.ceil(columns * wide), tf.int32) + 1, 0)
        margin = round(_MARGIN * self.spec.height / GLYPH_SIZE)
        starts += margin - tf.reduce_min(tf.where(counts > 0, starts, ROWS * ROWS), axis=1, keepdims=True)
        widths = tf.reduce_max(tf.where(counts > 0, starts + counts, 0), axis=1) + margin
        widths = tf.maximum(widths, self.spec.height)
        return _Layout(characters, starts, counts, 1 / wide, 1 / high, feet, widths)

    def _choose_fonts(self, indices: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """Chooses a font (B,) int32 for each line, one of those that have most of its characters: all, if any has."""
        occurrences = tf.reduce_sum(tf.one_hot(numbers, self._shape[1]), axis=1)  # (B, C)
        count = tf.cast(occurrences @ self._has, tf.float64)  # (B, S)
        return tf.argmax(count + uniform(self.seed, _FONT, indices, self._shape[0]), axis=1, output_type=tf.int32)

    def _vary(self, indices: tf.Tensor, is_space: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Draws how the characters (B, L) of lines vary, (B, L) float32 each.

        Returns:
            wide: The scale of their columns.
            high: The scale of their rows.
            shifts: How far they are moved down, in rows of the bank.
            spaces: How far the pen moves further after them, in px of the bank.
        """
        length, strength = self.spec.max_length, self.augment
        line = tf.cast(uniform(self.seed, _SHAPE, indices, 6), tf.float32)
        gap = _GAP[0] + (_GAP[1] - _GAP[0]) * line[:, :1] if strength else tf.ones_like(line[:, :1])
        aspect = 1 + strength * _ASPECT * (2 * line[:, 1:2] - 1)
        tracking = tf.where(line[:, 2:3] < _TRACKING_SHARE, strength * _TRACKING * (2 * line[:, 3:4] - 0.6), 0)
        uneven = tf.where(line[:, 4:5] < _UNEVEN_SHARE, strength * line[:, 5:], 0)
        word = self._signed(_WORDS, indices, 2)
        in_word = tf.cumsum(tf.cast(is_space, tf.int32), axis=1)
        size, shift = (tf.gather(word[..., i], in_word, batch_dims=1) for i in range(2))
        letter = self._signed(_LETTERS, indices, 4)
        high = (1 + strength * _WORD_SIZE * size) * (1 + uneven * _LETTER_SIZE * letter[..., 0])
        wide = aspect * high * (1 + uneven * _LETTER_SIZE * letter[..., 1])
        wide = tf.where(is_space, aspect * gap, wide)
        shifts = strength * _WORD_SHIFT * shift + uneven * _LETTER_SHIFT * letter[..., 2]
        return wide, high, shifts, tracking + uneven * _LETTER_SPACE * letter[..., 3] + tf.zeros((1, length))

    def _signed(self, stream: int, indices: tf.Tensor, count: int) -> tf.Tensor:
        """Draws (B, L, count) float32 from [-1, 1)."""
        numbers = uniform(self.seed, stream, indices, self.spec.max_length * count)
        return tf.cast(2 * tf.reshape(numbers, (-1, self.spec.max_length, count)) - 1, tf.float32)

    def _find_kerning(self, characters: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """Returns by how much the pen moves further after each character, (B, L) float32."""
        after = tf.concat([numbers[:, 1:], numbers[:, -1:]], axis=1)
        return tf.cast(tf.gather(self._kerning, characters * self._shape[1] + after), tf.float32)

    def _draw(self, layout: _Layout) -> tf.Tensor:
        """Draws lines (B, H, W) uint8: all columns of all their characters at once."""
        width, lines = tf.reduce_max(layout.widths), tf.shape(layout.widths)[0]
        flat = [tf.reshape(part, [-1]) for part in layout[:6]]
        counts = flat[2]
        owner = tf.repeat(tf.range(tf.size(counts)), counts)  # (N,): the character of each column
        within = tf.range(tf.size(owner)) - tf.gather(tf.cumsum(counts, exclusive=True), owner)
        characters, starts, _, across, down, feet = (tf.gather(part, owner) for part in flat)
        offsets, columns, *_ = tf.unstack(tf.gather(self._sizes, characters), axis=1)
        x = (tf.cast(within, tf.float32) + 0.5) * across - 0.5
        x = tf.clip_by_value(x, -1, tf.cast(columns, tf.float32))
        rows = tf.range(self.spec.height, dtype=tf.float32) + 0.5
        y = (rows - feet[:, None]) * down[:, None] + (BASELINE - 0.5)  # (N, H)
        y = tf.clip_by_value(y, 0, ROWS - 1.001)
        ink = self._interpolate(offsets, columns, x, y)
        place = owner // self.spec.max_length * width + starts + within
        drawn = tf.math.unsorted_segment_max(ink, place, lines * width)
        drawn = tf.maximum(drawn, 0)  # where there is nothing, the maximum is the least number
        return tf.transpose(tf.reshape(drawn, (lines, width, -1)), (0, 2, 1))

    def _find_ink(self, indices: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
        """Loses the edges of strokes (B, H, W) and makes the rest stronger, as `images.ink.to_ink` does."""
        toe, gain = tf.unstack(self.augment * uniform(self.seed, _INK, indices, 2), axis=1)
        toe, gain = (tf.cast(each, tf.float32)[:, None, None] for each in (255 * _TOE * toe, 1 + _GAIN * gain))
        return tf.cast(tf.clip_by_value((tf.cast(images, tf.float32) - toe) * gain, 0, 255), tf.uint8)

    def _interpolate(self, offsets: tf.Tensor, columns: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """Takes pixels (N, H) uint8 of the bank, with bilinear interpolation.

        Args:
            offsets: (N,) int32, the first column of a character.
            columns: (N,) int32, its number of columns.
            x: (N,) float32, the column in the character, from -1 to its number of columns.
            y: (N, H) float32, the row.
        """
        left, above = tf.floor(x), tf.floor(y)
        right_share, lower_share = (x - left)[:, None], y - above
        first, row = tf.cast(left, tf.int32), tf.cast(above, tf.int32)
        sides = []
        for column in (first, first + 1):
            inside = (column >= 0) & (column < columns)
            base = tf.where(inside, offsets + column + 1, 0) * ROWS  # column 0 is empty
            place = base[:, None] + row
            upper, lower = (tf.cast(tf.gather(self._columns, place + i), tf.float32) for i in range(2))
            sides.append(upper + lower_share * (lower - upper))
        return tf.cast(sides[0] + right_share * (sides[1] - sides[0]) + 0.5, tf.uint8)


def _number_characters(pool: FontPool, alphabet: Alphabet, used: np.ndarray) -> np.ndarray:
    """Returns the number among the pool's characters of each alphabet id: (K,) int32, that of the space for others."""
    counts = pool.counts
    missing = [c for c in alphabet.decode(np.unique(used).tolist()) if not counts.get(c)]
    if missing:
        raise MissingGlyph(
            f"The text uses {''.join(missing)!r}, which none of the {len(pool)} fonts has. Remove these characters "
            "from the text, or add fonts that have them."
        )
    space = pool.characters.index(" ")
    found = (pool.characters.find(token) if len(token) == 1 else -1 for token in alphabet.tokens)
    return np.array([space if number < 0 else number for number in found], np.int32)
