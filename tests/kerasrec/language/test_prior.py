"""A language model as the prior of a beam search."""

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import beam_search
from kerasrec.language.model import LanguageModel
from kerasrec.language.prior import LanguagePrior

MODEL = LanguageModel.build(["the cat sat on the mat", "it's the hat"] * 3, weight=0.5, bonus=2.0)


def test_a_token_is_scored_with_weight_and_bonus():
    alphabet = Alphabet("ath €")
    scores = LanguagePrior(MODEL, alphabet).next("the")
    expected = [0.5 * np.log(MODEL.probabilities("the")[MODEL.characters.index(c)]) + 2 for c in "ath "]
    assert scores[4:8].tolist() == pytest.approx(expected)
    assert scores[8] == pytest.approx(0.5 * np.log(1e-5) + 2)  # unknown to the model
    assert scores[:4].tolist() == [0.0, -np.inf, -np.inf, -np.inf]


def test_the_context_grows_with_the_text():
    alphabet = Alphabet("teh €")
    prior = LanguagePrior(MODEL, alphabet)
    state = prior.start
    assert state == " "
    for token in alphabet.encode("the the"):
        state = prior.advance(state, token)
    assert state == "e the"
    assert prior.advance(prior.advance(state, 8), 4) == "t"  # nothing is known after an unknown character


def test_a_typographic_quote_is_scored_as_a_straight_one():
    plain, curly = (LanguagePrior(MODEL, Alphabet(characters)) for characters in ("it's", "it’s"))
    assert curly.next("it").tolist() == plain.next("it").tolist()
    assert curly.advance(" it", 6) == plain.advance(" it", 6) == " it'"


def test_a_doubtful_character_is_read_as_the_language_has_it(doubtful):
    alphabet = Alphabet("aehot ")
    log_probs = doubtful(alphabet, "tho e", "the e")
    assert alphabet.decode(beam_search(log_probs).ids) == "tho e"
    assert alphabet.decode(beam_search(log_probs, prior=LanguagePrior(MODEL, alphabet)).ids) == "the e"
