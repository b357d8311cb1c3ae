import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrec.alphabet import SPECIAL_TOKENS, Alphabet, check_characters
from kerasrec.errors import KerasrecError, UnknownCharacter, UsageError

DEFAULT = Alphabet()


def test_the_default_has_the_tokens_of_the_labs():
    assert len(DEFAULT) == 83
    assert DEFAULT.tokens[:4] == ("<B>", "<S>", "<E>", "<P>")
    assert "".join(DEFAULT.tokens[4:14]) == string.digits
    assert "".join(DEFAULT.tokens[14:40]) == string.ascii_uppercase
    assert "".join(DEFAULT.tokens[40:66]) == string.ascii_lowercase
    assert "".join(DEFAULT.tokens[66:]) == " !\"#&'()*+,-./:;?"


def test_the_ids_of_the_special_tokens_are_their_positions():
    ids = (Alphabet.BLANK, Alphabet.START, Alphabet.END, Alphabet.PADDING)
    assert ids == (0, 1, 2, 3)
    assert [DEFAULT.tokens[i] for i in ids] == list(SPECIAL_TOKENS)


def test_encoding_and_decoding():
    assert DEFAULT.encode("09AZaz ?") == [4, 13, 14, 39, 40, 65, 66, 82]
    assert DEFAULT.decode([1, 4, 0, 13, 2, 3, 3]) == "09"
    assert DEFAULT.decode(np.array([40, 41])) == "ab"
    assert DEFAULT.encode("") == [] and DEFAULT.decode([]) == ""


@settings(max_examples=100, deadline=None)
@given(st.text(DEFAULT.characters))
def test_decoding_inverts_encoding(text):
    assert DEFAULT.decode(DEFAULT.encode(text)) == text


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1))
def test_an_alphabet_from_a_text_encodes_that_text(text):
    alphabet = Alphabet.from_text(text)
    assert alphabet.decode(alphabet.encode(text)) == text
    assert list(alphabet.characters) == sorted(set(text))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(DEFAULT.characters, max_size=10), min_size=1, max_size=5))
def test_a_batch_has_each_text_followed_by_padding(texts):
    labels, lengths = DEFAULT.encode_batch(texts, length=12)
    assert labels.shape == (len(texts), 12) and labels.dtype == lengths.dtype == np.int32
    for text, label, length in zip(texts, labels, lengths, strict=True):
        assert label[:length].tolist() == DEFAULT.encode(text)
        assert set(label[length:].tolist()) <= {Alphabet.PADDING}


def test_a_batch_is_as_long_as_its_longest_text():
    labels, lengths = DEFAULT.encode_batch(["ab", "", "a"])
    assert labels.tolist() == [[40, 41], [3, 3], [40, 3]]
    assert lengths.tolist() == [2, 0, 1]


def test_an_empty_batch():
    labels, lengths = DEFAULT.encode_batch([])
    assert labels.shape == (0, 0) and lengths.shape == (0,)


def test_the_error_for_an_unknown_character_has_its_position():
    with pytest.raises(UnknownCharacter, match=r"'€' \(U\+20AC\) at position 3 of '5 €' is not in the alphabet of 79"):
        DEFAULT.encode("5 €")


def test_the_error_for_an_unknown_character_has_its_line():
    with pytest.raises(UnknownCharacter, match=r"'%' \(U\+0025\) at position 2 of line page.txt is not"):
        DEFAULT.encode("5%", line="page.txt")
    with pytest.raises(UnknownCharacter, match=r"'%' \(U\+0025\) at position 2 of line 2 is not"):
        DEFAULT.encode_batch(["5", "5%"])
    assert issubclass(UnknownCharacter, KerasrecError) and issubclass(UnknownCharacter, ValueError)


def test_the_names_of_special_tokens_are_not_characters():
    assert "<B>" not in DEFAULT and "a" in DEFAULT and "ä" not in DEFAULT


def test_an_alphabet_can_have_any_characters():
    alphabet = Alphabet("äöü ")
    assert len(alphabet) == 8 and alphabet.encode("ö ä") == [5, 7, 4]
    assert Alphabet("ab") == Alphabet("ab") != Alphabet("ba")


@pytest.mark.parametrize(
    ("characters", "problem"),
    [("", "it is empty"), ("abca", "it repeats 'a'"), ("a\nb", "line break"), ("a\r", "line break")],
)
def test_an_invalid_alphabet_raises(characters, problem):
    with pytest.raises(UsageError, match=problem):
        Alphabet(characters)


def test_a_text_of_line_breaks_only_raises():
    with pytest.raises(UsageError, match="it is empty"):
        Alphabet.from_text("\n\r\n")


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(
        UsageError, match=r"cannot contain .* \(U\+D83D\), which is half of a surrogate pair, which no file"
    ):
        Alphabet("ab\ud83d")


@pytest.mark.parametrize(
    ("characters", "message"),
    [
        ("a\tb", r"'\\t' \(U\+0009\), which is no visible character: in texts, all white space is one space. Leave it"),
        ("a\x00", r"U\+0000\), which is no visible"),
        ("a\u00a0", r"U\+00A0\), which is no visible"),
        ("\u212b", r"U\+212B\), which never occurs, as texts are in Unicode NFC. Give 'Å' \(U\+00C5\) instead"),
        ("ab\u05d0", r"U\+05D0\), which is written from right to left: lines are read from left to right only"),
        ("\u0663", r"U\+0663\), which is written from right to left"),
    ],
)
def test_characters_that_no_text_has_are_refused(characters, message):
    with pytest.raises(UsageError, match=f"An alphabet cannot contain .*{message}"):
        check_characters(characters)


def test_any_other_characters_are_accepted():
    check_characters(DEFAULT.characters + "\u00c5\u0302\u0905\u4e2d\U0001f600")
