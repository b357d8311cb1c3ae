"""Synthetic lines: composes batches from glyphs and sentences in the TensorFlow graph, without Python per line."""

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import MissingGlyph
from kerasrec.lines.fitting import FIT_DRAWS, enlarge, fit_rows
from kerasrec.lines.glyphs.bank import GlyphPool
from kerasrec.lines.randomness import integers, uniform
from kerasrec.lines.source import Batch
from kerasrec.lines.text.draws import TextDraws
from kerasrec.lines.variation import GLYPH_DRAWS, vary_glyphs, vary_ink
from kerasrec.spec import GLYPH_SIZE, LineSpec

_OVERLAP, _GLYPH, _SHAPE, _SLANT, _INK, _FIT = range(2, 8)  # streams of random numbers, after those of the texts


class LineComposer:
    """Composes lines, identified by their numbers, from a pool of glyphs and a list of sentences.

    A line is a run of whole words. Each character is drawn with a random glyph. Each glyph starts
    28 - int(28 * overlap) px after the one before it; where glyphs overlap, their ink is added and clipped at 255.
    The line is then scaled to the height of the spec. Line i depends only on the seed and on i.

    Args:
        pool: The glyphs to draw with; the space is drawn as an empty glyph.
        sentences: The sentences that words are taken from.
        alphabet: The alphabet of the labels.
        spec: The length, overlap and width of the lines.
        seed: Any int; lines of different seeds are independent.
        augment: The strength of the random variation of each glyph's slant, size, rotation and position, and of the
            line's size and position; 0 draws glyphs unchanged.
        fit_rows: Whether to scale each line so that its ink fills the rows that it fills in pictures of lines;
            otherwise all lines are scaled alike. Lines of a fixed width are never fitted.

    Raises:
        MissingGlyph: A character of the sentences has no glyph in the pool.
        BadText: No word is short enough for a line.
    """

    count: int | None = None

    def __init__(
        self,
        pool: GlyphPool,
        sentences: Sequence[str],
        alphabet: Alphabet,
        spec: LineSpec,
        seed: int = 42,
        augment: float = 0.0,
        fit_rows: bool = True,
    ) -> None:
        self.alphabet, self.spec, self.seed, self.augment = alphabet, spec, seed, augment
        self.fit_rows = fit_rows and not spec.fixed_width
        self._draw_text = TextDraws(sentences, alphabet, spec.max_length, seed)
        self.words = self._draw_text.words
        offsets, counts = _glyphs_by_id(pool, alphabet, self.words.ids)
        images = np.concatenate([pool.images, np.zeros_like(pool.images[:1])])  # the last glyph is empty
        with tf.device("CPU"):
            self._glyphs = tf.constant(images.transpose(0, 2, 1))  # (N, 28, 28), column by column
            self._offsets, self._counts = tf.constant(offsets), tf.constant(counts)

    def __call__(self, indices: tf.Tensor) -> Batch:
        """Composes lines.

        Args:
            indices: (B,) int64, the numbers of the lines.

        Returns:
            images: (B, H, W, 1) uint8, ink 255; W is the canvas width if the spec fixes it, else the widest line's.
            widths: (B,) int32, the width of each line in pixels; the canvas width if the spec fixes it.
            labels: (B, L) int32, padded with the alphabet's padding to L = max_length.
            lengths: (B,) int32, the number of characters.
            starts: (B, L) int32, the first pixel column of each character's glyph; 0 beyond the length.
            ends: (B, L) int32, one past the last pixel column of each character's glyph; 0 beyond the length.
            overlaps: (B, L) float32, the overlap of each character with the one before it.
        """
        labels, lengths = self._draw_text(indices)
        starts, overlaps = self._draw_positions(indices)
        used = tf.sequence_mask(lengths, self.spec.max_length)
        widths = self._drawn_widths(starts, lengths)
        glyphs = self._draw_glyphs(indices, labels)
        if self.augment:
            images = self._draw(*self._vary(indices, glyphs, used), starts, tf.reduce_max(widths))
            images = vary_ink(images, uniform(self.seed, _INK, indices, 1)[:, 0], self.augment)
        else:
            images = self._draw(self._glyphs, glyphs, starts, tf.reduce_max(widths))
        ends = starts + GLYPH_SIZE
        if self.fit_rows:
            draws = uniform(self.seed, _FIT, indices, FIT_DRAWS)
            images, widths, scales = fit_rows(images, widths, draws, self.augment, self.spec.height)
        else:
            images, widths, scales = enlarge(images, widths, self.spec.height)
        starts, ends = (_scale(columns, scales, widths) for columns in (starts, ends))
        return {
            "images": images[..., None],
            "widths": widths,
            "labels": labels,
            "lengths": lengths,
            "starts": tf.where(used, starts, 0),
            "ends": tf.where(used, ends, 0),
            "overlaps": overlaps,
        }

    def labels(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns labels (B, L), lengths (B,) and widths (B,), all int32, without drawing the lines.

        The widths are those of lines that are not fitted to the rows of the canvas, which changes them a little.
        """
        labels, lengths = self._draw_text(indices)
        starts, _ = self._draw_positions(indices)
        widths = tf.cast(self._drawn_widths(starts, lengths), tf.float64)
        return labels, lengths, tf.cast(tf.round(widths * (self.spec.height / GLYPH_SIZE)), tf.int32)

    def texts(self, labels: np.ndarray) -> list[str]:
        """Decodes labels (B, L) to texts."""
        return self._draw_text.texts(labels)

    def _draw_positions(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        low, high, length = self.spec.min_overlap, self.spec.max_overlap, self.spec.max_length
        draws = length if self.spec.overlap_per == "gap" else 1
        overlaps = low + (high - low) * uniform(self.seed, _OVERLAP, indices, draws)
        overlaps = tf.broadcast_to(overlaps, (tf.size(indices), length))
        steps = GLYPH_SIZE - tf.cast(GLYPH_SIZE * overlaps, tf.int32)  # (B, L)
        return tf.cumsum(steps, axis=1) - steps[:, :1], tf.cast(overlaps, tf.float32)

    def _drawn_widths(self, starts: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Returns the widths (B,) int32 of lines before they are scaled to their height."""
        if self.spec.fixed_width:
            return tf.fill(tf.shape(lengths), GLYPH_SIZE * self.spec.max_length)
        return tf.gather(starts, lengths - 1, batch_dims=1) + GLYPH_SIZE

    def _draw_glyphs(self, indices: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        per_character = self.spec.glyph_per == "character"
        draws = len(self.alphabet) if per_character else self.spec.max_length
        numbers = uniform(self.seed, _GLYPH, indices, draws)
        if per_character:
            numbers = tf.gather(numbers, labels, batch_dims=1)  # (B, L): equal labels get equal numbers
        return tf.gather(self._offsets, labels) + integers(numbers, tf.gather(self._counts, labels))

    def _vary(self, indices: tf.Tensor, glyphs: tf.Tensor, used: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Varies the used glyphs (B, L); returns a bank of the varied glyphs, and each glyph's index in it (B, L)."""
        length = self.spec.max_length
        shape = tf.reshape(uniform(self.seed, _SHAPE, indices, length * GLYPH_DRAWS), (-1, length, GLYPH_DRAWS))
        slant = tf.broadcast_to(uniform(self.seed, _SLANT, indices, 1), tf.shape(glyphs))
        drawn = tf.gather(self._glyphs, glyphs[used])
        varied = vary_glyphs(drawn, shape[used], slant[used], self.augment)
        order = tf.reshape(tf.cumsum(tf.cast(tf.reshape(used, (-1,)), tf.int32)) - 1, tf.shape(used))
        return tf.concat([varied, self._glyphs[-1:]], axis=0), tf.where(used, order, tf.shape(varied)[0])

    def _draw(self, bank: tf.Tensor, glyphs: tf.Tensor, starts: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        """Adds up glyphs (B, L) of a bank (N, 28, 28), each at its start column; returns (B, 28, width) uint8."""
        lines = tf.shape(starts)[0]
        pixels = tf.tile(tf.range(width)[None], (lines, 1))  # (B, W)
        newest = tf.searchsorted(starts, pixels, side="right") - 1  # the last glyph that starts at or before a pixel
        bank = tf.reshape(bank, (-1, GLYPH_SIZE))  # (N * 28, 28)
        empty = tf.shape(bank)[0] - 1  # the last column of the bank's last glyph, which is empty
        image = tf.zeros((lines, width, GLYPH_SIZE), tf.uint8)
        for age in range(self._max_layers):
            position = tf.maximum(newest - age, 0)
            inside = pixels - tf.gather(starts, position, batch_dims=1)
            covered = (newest >= age) & (inside < GLYPH_SIZE)
            column = tf.gather(glyphs, position, batch_dims=1) * GLYPH_SIZE + inside
            ink = tf.gather(bank, tf.where(covered, column, empty))  # (B, W, 28)
            image += tf.minimum(ink, 255 - image)  # saturates at 255
        return tf.transpose(image, (0, 2, 1))

    @property
    def _max_layers(self) -> int:
        """The largest number of glyphs that can overlap at one pixel."""
        return math.ceil(GLYPH_SIZE / (GLYPH_SIZE - int(GLYPH_SIZE * self.spec.max_overlap)))


def _scale(columns: tf.Tensor, scales: tf.Tensor, widths: tf.Tensor) -> tf.Tensor:
    """Scales pixel columns (B, L) of lines by their scales (B,), to at most their widths (B,): (B, L) int32."""
    scaled = tf.cast(tf.round(tf.cast(columns, tf.float64) * scales[:, None]), tf.int32)
    return tf.minimum(scaled, widths[:, None])


def _glyphs_by_id(pool: GlyphPool, alphabet: Alphabet, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns where the glyphs of each alphabet id start in the pool, and their number: (K,) int32 each."""
    empty = len(pool.images)
    offsets, counts = np.full(len(alphabet), empty, np.int32), np.ones(len(alphabet), np.int32)
    known = {alphabet.encode(" ")[0]} if " " in alphabet else set()
    for i, character in enumerate(pool.characters):
        if character in alphabet:
            (key,) = alphabet.encode(character)
            known.add(key)
            offsets[key], counts[key] = pool.offsets[i], pool.offsets[i + 1] - pool.offsets[i]
    missing = alphabet.decode(sorted(set(np.unique(used).tolist()) - known))
    if missing:
        raise MissingGlyph(
            f"The text uses {missing!r}, but the glyphs only cover {pool.characters!r}. "
            "Remove these characters from the text, or use glyphs that cover them."
        )
    return offsets, counts
