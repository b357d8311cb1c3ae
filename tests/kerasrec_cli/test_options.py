from typing import get_args

import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadText, UsageError
from kerasrec.lines.glyphs import GLYPHS
from kerasrec.spec import LineSpec
from kerasrec_cli.options import Glyphs, alphabet_characters, line_spec


def test_an_alphabet_is_given_as_characters_or_as_a_text_file(tmp_path):
    text = tmp_path / "letters.txt"
    text.write_text("bab\n\né a", encoding="utf-8")
    assert alphabet_characters(None) is None
    assert alphabet_characters("zab ") == "zab "
    assert alphabet_characters("ze\u0301") == "zé"
    assert alphabet_characters(f"@{text}") == " abé"
    text.write_text("a\tb", encoding="utf-8")
    assert alphabet_characters(f"@{text}") == " ab"  # as in texts, where white space becomes a space
    with pytest.raises(UsageError, match=r"cannot contain '\\t' \(U\+0009\)"):
        alphabet_characters("a\tb")
    text.write_text("bab\n\né a", encoding="utf-8")
    assert Alphabet(alphabet_characters(f"@{text}")).encode("é") == [7]


def test_a_missing_text_file_is_refused():
    with pytest.raises(BadText, match=r"The text file nowhere\.txt does not exist\. Check its name"):
        alphabet_characters("@nowhere.txt")


def test_the_spec_has_every_option():
    assert line_spec(48, 9, 0.1, 0.2, "gap", "character", True) == LineSpec(48, 9, 0.1, 0.2, "gap", "character", True)
    with pytest.raises(UsageError, match=r"min_overlap \(0\.3\) is above max_overlap \(0\.2\)"):
        line_spec(28, 9, 0.3, 0.2, "gap", "character", True)


def test_the_help_names_every_source_of_glyphs():
    text = get_args(Glyphs)[1].help
    assert [name for name in GLYPHS if f'"{name}"' not in text] == []
