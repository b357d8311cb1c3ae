import numpy as np
import pytest

from kerasrec.errors import BadImage
from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool


def _pool(labels: str) -> GlyphPool:
    images = np.arange(len(labels), dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    return GlyphPool.from_labelled(images, labels)


def test_glyphs_are_sorted_by_character_and_keep_their_order_within() -> None:
    pool = _pool("baAba")
    assert pool.characters == "Aab"
    assert pool.offsets.tolist() == [0, 1, 3, 5]
    assert pool.images[:, 0, 0].tolist() == [2, 1, 4, 0, 3]
    assert pool.counts == {"A": 1, "a": 2, "b": 2}
    assert len(pool) == 5


def test_the_glyphs_of_a_character_are_one_slice() -> None:
    assert _pool("baAba").glyphs("b")[:, 5, 5].tolist() == [0, 3]
    assert _pool("ba").glyphs("z").shape == (0, 28, 28)


def test_two_pools_are_joined() -> None:
    joined = _pool("bab").joined(_pool("ca"))
    assert joined.counts == {"a": 2, "b": 2, "c": 1}
    assert joined.glyphs("a")[:, 5, 5].tolist() == [1, 1]
    assert joined.glyphs("b")[:, 5, 5].tolist() == [0, 2]
    assert joined.glyphs("c")[:, 5, 5].tolist() == [0]


def test_a_bank_has_the_characters_common_to_its_pools_and_can_draw_a_space() -> None:
    bank = GlyphBank("own", _pool("abcd"), _pool("acd"), _pool("bdc"))
    assert bank.characters == "cd"
    assert bank.drawable == "cd "
    assert list(bank.pools) == ["train", "validation", "test"]


@pytest.mark.parametrize(
    ("images", "received"),
    [
        (np.zeros((2, 27, 28), np.uint8), r"received \(2, 27, 28\) and uint8"),
        (np.zeros((3, 28, 28), np.uint8), r"received \(3, 28, 28\) and uint8"),
        (np.zeros((2, 28, 28), np.float32), r"received \(2, 28, 28\) and float32"),
    ],
)
def test_images_of_another_shape_or_type_raise_an_error(images: np.ndarray, received: str) -> None:
    with pytest.raises(BadImage, match=received):
        GlyphPool.from_labelled(images, "ab")
