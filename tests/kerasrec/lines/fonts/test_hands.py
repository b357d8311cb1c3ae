"""Hands made of glyphs: where their characters are, how wide they are, and which glyphs they share."""

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import UsageError
from kerasrec.lines.fonts import FontPool, hands, load_hands
from kerasrec.lines.fonts.drawing import BASELINE
from kerasrec.lines.fonts.hands import MOST_HANDS, make_hands
from kerasrec.lines.glyphs import GlyphPool


def bar(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[top:bottom, left:right] = 255
    return image


SHAPES = {  # as EMNIST has them, scaled to 20 px, and points as they are in the cell of the capitals
    "A": bar(4, 24, 6, 22),
    "7": bar(4, 24, 8, 18),
    "x": bar(4, 24, 4, 24),
    "m": bar(9, 19, 4, 24),
    "h": bar(4, 24, 8, 20),
    "t": bar(4, 24, 9, 19),
    "g": bar(4, 24, 9, 19),
    "l": bar(4, 24, 12, 15),
    "i": bar(4, 7, 12, 15) + bar(10, 24, 12, 15),
    "j": bar(4, 7, 12, 15) + bar(10, 24, 9, 15),
    "é": bar(4, 24, 7, 21),
    ".": bar(22, 24, 13, 15),
    ",": bar(22, 27, 13, 15),
    "-": bar(13, 15, 9, 20),
}


@pytest.fixture(scope="module")
def hand() -> FontPool:
    return make_hands(GlyphPool.from_labelled(np.stack([*SHAPES.values()]), "".join(SHAPES)))


def look_up(pool: FontPool, table: str, character: str) -> int:
    return int(getattr(pool, table)[0, pool.characters.index(character)])


@pytest.mark.parametrize(
    ("characters", "top", "bottom"),
    [
        *(("xm", 17, 0), ("g", 17, 13), ("hl", 31, 0), ("t", 24, 0), ("A7", 29, 0)),
        *(("i", 26, 0), ("j", 26, 13), ("é", 26, 0)),  # their dots and accents are above small letters
        *((".", 3, 0), (",", 3, 4), ("-", 16, -13)),  # 29 rows for 20 px of the cell
    ],
)
def test_characters_have_their_heights_on_one_baseline(hand, characters, top, bottom):
    for c in characters:
        assert look_up(hand, "tops", c) == BASELINE - top
        assert look_up(hand, "bottoms", c) == BASELINE + bottom


def test_a_small_letter_without_its_dot_is_not_as_high_as_an_l():
    pool = make_hands(GlyphPool.from_labelled(np.stack([SHAPES["l"]] * 2), "il"))
    assert look_up(pool, "tops", "i") == BASELINE - 17 and look_up(pool, "tops", "l") == BASELINE - 31


def test_a_glyph_keeps_its_aspect_and_the_pen_moves_by_its_width(hand):
    widths = {c: look_up(hand, "widths", c) for c in "mxiA-"}
    assert widths == {"m": 34, "x": 17, "i": 4, "A": 23, "-": 16}
    assert all(look_up(hand, "advances", c) == width + 3 for c, width in widths.items())
    assert (look_up(hand, "widths", " "), look_up(hand, "advances", " ")) == (0, 14)


def test_the_columns_of_a_character_are_its_glyph(hand):
    first, width = look_up(hand, "offsets", "g"), look_up(hand, "widths", "g")
    columns = hand.columns[first : first + width]
    assert (columns[:, BASELINE - 17 : BASELINE + 13] > 250).all()
    assert not columns[:, : BASELINE - 17].any() and not columns[:, BASELINE + 13 :].any()
    hand.check()


def test_a_glyph_is_used_by_one_hand_unless_others_have_more():
    images = np.stack([bar(4, 24, 4, 6 + i) for i in range(6)] + [bar(4, 24, 4, 8), bar(4, 24, 4, 20)])
    pool = make_hands(GlyphPool.from_labelled(images, "aaaaaabb"))
    assert len(pool) == 6 and pool.counts == {" ": 6, "a": 6, "b": 6}
    assert len(set(pool.offsets[:, pool.characters.index("a")])) == 6
    assert np.unique(pool.offsets[:, pool.characters.index("b")], return_counts=True)[1].tolist() == [3, 3]


def test_the_glyphs_of_a_hand_slant_alike():
    falling = np.diag(np.full(28, 255, np.uint8))
    images = np.stack([falling, falling[:, ::-1], falling[:, ::-1], falling])
    pool = make_hands(GlyphPool.from_labelled(images, "aacc"))
    for hand in range(2):
        a, c = (pool.columns[first : first + 17] for first in pool.offsets[hand, 1:])
        np.testing.assert_array_equal(a, c)


def test_more_glyphs_than_hands_are_chosen_by_the_seed(monkeypatch):
    assert MOST_HANDS == 1500
    monkeypatch.setattr(hands, "MOST_HANDS", 4)
    pool = GlyphPool.from_labelled(np.stack([bar(4, 24, 4, 6 + i) for i in range(16)]), "a" * 16)
    chosen = [make_hands(pool, seed).widths[:, 1].tolist() for seed in (1, 1, 2)]
    assert len(chosen[0]) == 4 and chosen[0] == chosen[1] != chosen[2]


def test_hands_of_a_folder_share_no_glyph(tmp_path):
    for c in "ab":
        (tmp_path / c).mkdir()
        for i in range(12):
            Image.fromarray(255 - bar(4, 24, 4, 7 + i)).save(tmp_path / c / f"{i}.png")
    bank = load_hands(str(tmp_path), tmp_path)
    widths = [set(pool.widths[:, pool.characters.index("b")].tolist()) for pool in bank.pools.values()]
    assert sum(map(len, widths)) == len(set.union(*widths)) == 12
    assert bank.name == "written-folder" and bank.drawable == " ab" and not bank.problems


def test_an_unknown_source_is_refused(tmp_path):
    with pytest.raises(UsageError, match="one of emnist, mnist, strokes or an existing folder, but are 'emnits'"):
        load_hands("emnits", tmp_path)
