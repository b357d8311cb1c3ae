import string

import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.plots.font import show


def test_visible_characters_are_unchanged():
    visible = string.ascii_letters + string.digits + string.punctuation + "äßéñøЖλ→"
    assert [show(c) for c in visible] == list(visible)
    assert all(show(c) in (c, "␣") for c in Alphabet().characters)


@pytest.mark.parametrize(("character", "shown"), [(" ", "␣"), ("字", "U+5B57"), ("\t", "U+0009"), ("\xa0", "U+00A0")])
def test_other_characters_are_made_visible(character, shown):
    assert show(character) == shown
