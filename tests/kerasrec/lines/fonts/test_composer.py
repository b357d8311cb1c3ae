"""Lines that are drawn with fonts."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import MissingGlyph
from kerasrec.lines.fonts import FontBank, FontLines, FontPool, load_fonts
from kerasrec.spec import INK, LineSpec

ALPHABET, SPEC = Alphabet("abegxéABEGX0123456789., "), LineSpec(height=40, max_length=12)
SENTENCES = ["gab, bax gex.", "a be gaga", "xx"]


@pytest.fixture(scope="module")
def bank(fonts: Path) -> FontBank:
    return load_fonts(fonts, ALPHABET.characters)


def draw(bank: FontBank, indices=range(16), **options):
    source = FontLines(bank.train, SENTENCES, ALPHABET, SPEC, **options)
    return source, source(tf.constant(list(indices), tf.int64))


def test_a_batch_has_lines_of_the_height_as_wide_as_the_widest(bank):
    source, batch = draw(bank)
    widths = batch["widths"].numpy()
    assert batch["images"].shape == (16, 40, widths.max(), 1) and batch["images"].dtype == tf.uint8
    assert batch["labels"].shape == (16, 12) and len(set(widths)) > 3
    texts = source.texts(batch["labels"])
    words = {word for sentence in SENTENCES for word in sentence.split()}
    assert {word for text in texts for word in text.split()} <= words
    assert [len(text) for text in texts] == batch["lengths"].numpy().tolist()


def test_ink_fills_the_rows_of_a_canonical_line_with_a_margin_at_both_ends(bank):
    _, batch = draw(bank)
    for image, width in zip(batch["images"].numpy()[..., 0], batch["widths"].numpy(), strict=True):
        rows, columns = (np.flatnonzero((image >= INK).any(axis=axis)) for axis in (1, 0))
        assert rows[-1] + 1 - rows[0] == pytest.approx(40 * 24 / 28, abs=3)
        assert rows[0] == pytest.approx(40 * 2 / 28, abs=2)
        assert columns[0] == pytest.approx(11, abs=2)
        assert width == 40 or width - 1 - columns[-1] == pytest.approx(11, abs=3)


def test_a_line_depends_on_its_number_alone(bank):
    for augment in (0.0, 0.8):
        _, batch = draw(bank, augment=augment)
        _, alone = draw(bank, [7], augment=augment)
        width = int(alone["widths"][0])
        assert width == int(batch["widths"][7])
        np.testing.assert_array_equal(batch["images"][7, :, :width], alone["images"][0])
        np.testing.assert_array_equal(batch["labels"][7], alone["labels"][0])


def test_labels_agree_with_the_batch(bank):
    for augment, exact in ((0.0, True), (0.8, False)):
        source, batch = draw(bank, augment=augment)
        labels, lengths, widths = source.labels(tf.range(16, dtype=tf.int64))
        np.testing.assert_array_equal(batch["labels"], labels)
        np.testing.assert_array_equal(batch["lengths"], lengths)
        np.testing.assert_allclose(batch["widths"], widths, rtol=0 if exact else 0.15, atol=0 if exact else 1)


def test_letters_are_drawn_in_their_order_by_one_font(bank):
    source = FontLines(bank.train, ["x x"], ALPHABET, LineSpec(height=40, max_length=3))
    batch = source(tf.range(8, dtype=tf.int64))
    shapes = set()
    for image, text in zip(batch["images"].numpy()[..., 0], source.texts(batch["labels"]), strict=True):
        columns = np.flatnonzero((image >= INK).any(axis=0))
        parts = np.split(columns, np.flatnonzero(np.diff(columns) > 6) + 1)
        assert len(parts) == text.count("x")
        letters = [image[:, part[0] : part[0] + 12] for part in parts]
        assert all(np.abs(letter.astype(int) - letters[0]).mean() < 12 for letter in letters)
        shapes.add(letters[0].tobytes())
    assert len(shapes) == len(bank.train)


def test_variation_reaches_texts_and_pictures(bank):
    plain, varied = draw(bank, range(200))[1], draw(bank, range(200), augment=1.0)
    texts = varied[0].texts(varied[1]["labels"])
    assert any(text.isupper() for text in texts) and any(c.isdigit() for text in texts for c in text)
    assert any("é" in text for text in texts)
    assert np.mean(plain["widths"].numpy() != varied[1]["widths"].numpy()) > 0.9


def test_a_font_that_has_all_characters_of_a_line_is_chosen(bank):
    source = FontLines(bank.train, ["é"], ALPHABET, SPEC)
    assert (source(tf.range(32, dtype=tf.int64))["images"].numpy().max(axis=(1, 2, 3)) > INK).all()


def test_a_text_that_no_font_can_write_is_refused(fonts):
    pool = FontPool.draw([fonts / "more" / "cmr10.ttf"], ALPHABET.characters)
    with pytest.raises(MissingGlyph, match="'é', which none of the 1 fonts has"):
        FontLines(pool, ["é"], ALPHABET, SPEC)
