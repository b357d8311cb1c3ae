from pathlib import Path

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.lines.glyphs.bank import GlyphBank
from kerasrec.lines.glyphs.outlines import load_outlines
from kerasrec.lines.glyphs.strokes import STROKE_CHARACTERS, draw_glyphs, load_strokes


@pytest.fixture(scope="module")
def bank() -> GlyphBank:
    from kerasrec.lines.glyphs.strokes import _make_bank

    return _make_bank(42, STROKE_CHARACTERS, (24, 5, 10))


def test_the_bank_draws_all_characters_of_the_default_alphabet(bank: GlyphBank) -> None:
    assert set(bank.drawable) == set(Alphabet().characters)
    assert set(bank.train.counts.values()) == {24}
    assert set(bank.validation.counts.values()) == {5}
    assert set(bank.test.counts.values()) == {10}


def test_no_two_glyphs_are_alike(bank: GlyphBank) -> None:
    images = np.concatenate([pool.images for pool in bank.pools.values()]).reshape(-1, 784)
    assert len(np.unique(images, axis=0)) == len(images) == 78 * 39


def test_every_glyph_has_ink_and_few_touch_the_border(bank: GlyphBank) -> None:
    images = bank.train.images
    assert images.dtype == np.uint8
    assert images.max((1, 2)).min() > 150
    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    assert (border > 0).any(1).mean() < 0.2
    assert border.mean() < 3


def test_the_glyphs_of_a_character_resemble_each_other_more_than_those_of_others(bank: GlyphBank) -> None:
    train = np.stack([bank.train.glyphs(c).mean(0) for c in bank.characters]).reshape(78, 784)
    test = np.stack([bank.test.glyphs(c).mean(0) for c in bank.characters]).reshape(78, 784)
    train, test = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (train, test))
    nearest = (test @ train.T).argmax(1)
    assert (nearest == np.arange(78)).mean() > 0.95


def _ink_rows(bank: GlyphBank, character: str) -> tuple[float, float]:
    rows = [np.flatnonzero(image.max(1) > 128) for image in bank.train.glyphs(character)]
    return float(np.mean([r[0] for r in rows])), float(np.mean([r[-1] for r in rows]))


def test_height_and_position_distinguish_characters(bank: GlyphBank) -> None:
    rows = {c: _ink_rows(bank, c) for c in "oOsS,'gx"}
    assert rows["o"][0] > rows["O"][0] + 4
    assert rows["s"][0] > rows["S"][0] + 4
    assert rows[","][0] > rows["'"][1] + 3
    assert rows["g"][1] > rows["x"][1] + 3


def test_the_seed_determines_the_bank() -> None:
    first, again, other = (load_strokes(seed, "ab", 4, 2, 2) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.test.images, again.test.images)
    assert (first.test.images != other.test.images).any()


def test_the_glyphs_of_a_character_do_not_depend_on_the_other_characters() -> None:
    few, more = load_strokes(3, "a", 6, 1, 1), load_strokes(3, "bca", 6, 1, 1)
    np.testing.assert_array_equal(few.train.glyphs("a"), more.train.glyphs("a"))


def test_a_bank_is_cached_for_the_next_start(cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_strokes(5, "xy", 4, 2, 2)
    assert [path.name[:8] for path in cache_folder.rglob("*.npz")] == ["strokes-"]
    monkeypatch.setattr("kerasrec.lines.glyphs.strokes._make_bank", None)
    np.testing.assert_array_equal(load_strokes(5, "xy", 4, 2, 2).train.images, first.train.images)


@pytest.mark.parametrize("number", [0, 1, 2, 7])
def test_any_number_of_glyphs_can_be_drawn(number: int) -> None:
    images = draw_glyphs(load_outlines("e")["e"], number, np.random.default_rng(0))
    assert images.shape == (number, 28, 28)
