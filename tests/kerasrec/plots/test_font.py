import string

import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.plots.font import show


def test_what_can_be_seen_stays_as_it_is():
    seen = string.ascii_letters + string.digits + string.punctuation + "äßéñøЖλ→"
    assert [show(c) for c in seen] == list(seen)
    assert all(show(c) in (c, "␣") for c in Alphabet().characters)


@pytest.mark.parametrize(("character", "shown"), [(" ", "␣"), ("字", "U+5B57"), ("\t", "U+0009"), ("\xa0", "U+00A0")])
def test_what_cannot_be_seen_is_named(character, shown):
    assert show(character) == shown
