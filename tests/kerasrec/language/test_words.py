"""Words that are favoured in a beam search."""

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import beam_search
from kerasrec.errors import BadText, UsageError
from kerasrec.language.model import LanguageModel
from kerasrec.language.packaged import open_language_model
from kerasrec.language.prior import LanguagePrior, make_prior
from kerasrec.language.words import WordList

ALPHABET = Alphabet("abcno .")
MODEL = LanguageModel.build(["no can", "a ban"] * 3, weight=0.5, bonus=2.0)


def score(text: str, words: WordList) -> float:
    """What the words add to the score of a text."""
    prior = make_prior(words, ALPHABET)
    state, total = prior.start, 0.0
    for token in ALPHABET.encode(text):
        total += prior.next(state)[token]
        state = prior.advance(state, token)
    return total


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("can", 3),
        ("can.", 3),  # the word has ended as it should
        ("ca.", 0),
        ("ca", 2),  # it may still become a word
        ("canno", 0),
        ("canoa", 0),
        ("cano", 4),
        ("cano ", 0),
        ("no can", 3),
        ("b can", 3),
        ("bcan", 0),
        ("can can", 6),
    ],
)
def test_the_characters_of_a_word_earn_a_bonus_that_is_kept_at_its_end(text, characters):
    words = WordList(frozenset({"can", "canoe"}), bonus=1.5)
    assert score(text, words) == pytest.approx(1.5 * characters)


def test_words_may_begin_with_a_capital_but_not_have_others():
    alphabet = Alphabet("aAnN ")
    prior = make_prior(WordList(frozenset({"anna"}), 1.0), alphabet)
    a, capital_a, n, capital_n = alphabet.encode("aAnN")
    assert prior.next(prior.start)[[a, capital_a, n]].tolist() == [1.0, 1.0, 0.0]
    state = prior.advance(prior.start, capital_a)
    assert prior.next(state)[[n, capital_n]].tolist() == [1.0, -1.0]


def test_special_tokens_are_never_read_and_the_blank_costs_nothing():
    prior = make_prior(WordList(frozenset({"can"}), 1.0), ALPHABET)
    state = prior.advance(prior.start, ALPHABET.encode("c")[0])
    for each in (prior.start, state):
        assert prior.next(each)[:4].tolist() == [0.0, -np.inf, -np.inf, -np.inf]


def test_a_language_model_is_added():
    plain, both = LanguagePrior(MODEL, ALPHABET), make_prior(WordList(frozenset({"can"}), 1.0, MODEL), ALPHABET)
    added = both.next(both.start)[4:] - plain.next(plain.start)[4:]
    assert added.tolist() == [float(token == "c") for token in ALPHABET.tokens[4:]]
    c, a = ALPHABET.encode("ca")
    after = both.advance(both.advance(both.start, c), a)
    assert after.model == plain.advance(plain.advance(plain.start, c), a)


def test_a_doubtful_word_is_read_as_it_is_in_the_list(doubtful):
    log_probs = doubtful(ALPHABET, "con a", "can a")
    assert ALPHABET.decode(beam_search(log_probs).ids) == "con a"
    prior = make_prior(WordList(frozenset({"can"})), ALPHABET)
    assert ALPHABET.decode(beam_search(log_probs, prior=prior).ids) == "can a"


def test_a_text_is_a_list_of_its_words(tmp_path):
    (tmp_path / "words.txt").write_bytes("\ufeffMéon, O'Can\r\n1914\n".encode())
    words = WordList.load(tmp_path / "words.txt", 2.0, MODEL)
    assert words.words == {"Méon", "O", "Can", "1914"}
    assert (words.bonus, words.model) == (2.0, MODEL)
    assert open_language_model(words) is words


def test_a_letter_and_a_combining_accent_become_one_character(tmp_path):
    (tmp_path / "words.txt").write_text("Me\u0301on", encoding="utf-8")
    assert WordList.load(tmp_path / "words.txt").words == {"M\u00e9on"}


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe", "is not UTF-8 text"), (b" ... \n", "has no words"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, content, message):
    file = tmp_path / "words.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadText, match=f"words.txt {message}"):
        WordList.load(file)


def test_a_bonus_below_0_is_refused():
    with pytest.raises(UsageError, match="at least 0, but is -1"):
        WordList(frozenset({"a"}), -1.0)
    with pytest.raises(UsageError, match="no words"):
        WordList(frozenset())
