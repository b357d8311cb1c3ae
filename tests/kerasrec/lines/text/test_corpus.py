import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrec.errors import BadText
from kerasrec.lines.text.corpus import Corpus

NUMBERED = [f"sentence number {i}" for i in range(2000)]
DRAWABLE = "abcdefghijklmnopqrstuvwxyz0123456789 "


def test_splits_have_ninety_five_and_five_percent_and_no_sentence_in_common():
    corpus = Corpus.from_sentences("numbers", NUMBERED, DRAWABLE)
    train, validation, test = map(set, (corpus.train, corpus.validation, corpus.test))
    assert train | validation | test == set(NUMBERED)
    assert len(train) + len(validation) + len(test) == 2000
    assert 1740 < len(train) < 1860 and 60 < len(validation) < 140 and 60 < len(test) < 140
    assert corpus.dropped == {}


def test_the_split_of_a_sentence_does_not_depend_on_the_others():
    whole = Corpus.from_sentences("whole", NUMBERED, DRAWABLE)
    part = Corpus.from_sentences("part", NUMBERED[500:][::-1], DRAWABLE)
    assert set(part.test) == set(whole.test) & set(NUMBERED[500:])
    assert part.train[-1] == next(s for s in NUMBERED[500:] if s in whole.train)  # the order of the source stays


def test_the_split_is_the_same_on_every_machine():
    corpus = Corpus.from_sentences("numbers", NUMBERED, DRAWABLE)
    assert corpus.validation[:3] == ("sentence number 5", "sentence number 10", "sentence number 12")
    assert corpus.test[:3] == ("sentence number 14", "sentence number 16", "sentence number 40")


def test_equal_sentences_are_all_kept_in_one_split():
    corpus = Corpus.from_sentences("doubled", NUMBERED * 2, DRAWABLE)
    assert len(corpus.train) + len(corpus.validation) + len(corpus.test) == 4000
    assert not set(corpus.train) & set(corpus.test) and not set(corpus.train) & set(corpus.validation)


def test_sentences_that_become_equal_by_dropping_characters_are_in_one_split():
    corpus = Corpus.from_sentences("marked", NUMBERED + [f"%{s}%" for s in NUMBERED], DRAWABLE)
    assert len(corpus.test) == 2 * len(set(corpus.test))


def test_what_cannot_be_drawn_is_dropped_counted_and_described():
    corpus = Corpus.from_sentences("mixed", [*NUMBERED, "50 € + 1 €", "€ €", "naïve"], DRAWABLE, {"tables": 2})
    everything = {*corpus.train, *corpus.validation, *corpus.test}
    assert {"50 1", "nave"} <= everything and "" not in everything
    assert corpus.describe_dropped() == [
        "4 x '€' (U+20AC), which cannot be drawn",
        "2 tables",
        "1 x '+' (U+002B), which cannot be drawn",
        "1 x 'ï' (U+00EF), which cannot be drawn",
        "1 sentences with nothing to draw",
    ]


def test_white_space_becomes_one_space():
    corpus = Corpus.from_sentences("spaced", [*NUMBERED, " a\tb\u00a0 c\u2028d "], DRAWABLE)
    assert "a b c d" in {*corpus.train, *corpus.validation, *corpus.test}
    assert corpus.dropped == {}


def test_without_a_space_to_draw_each_word_is_a_sentence():
    corpus = Corpus.from_sentences("numbers", NUMBERED, "0123456789")
    assert set(corpus.train) < {str(i) for i in range(2000)}
    assert len(corpus.train) > 1500


def test_too_few_sentences_raise_an_error_with_their_number():
    with pytest.raises(BadText, match=r"short.txt has 2 different sentences .* 100 are nearly always enough"):
        Corpus.from_sentences("short.txt", ["one", "two", "two"], DRAWABLE)


def test_a_text_with_nothing_to_draw_raises_an_error():
    with pytest.raises(BadText, match=r"No sentence of greek.txt can be drawn with the 37 characters"):
        Corpus.from_sentences("greek.txt", ["αβγ", "δ"], DRAWABLE)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=20))
def test_every_character_is_either_kept_or_counted(sentences):
    corpus = Corpus.from_sentences("any", NUMBERED + sentences, DRAWABLE)
    kept = "".join((*corpus.train, *corpus.validation, *corpus.test)).replace(" ", "")
    assert set(kept) <= set(DRAWABLE)
    dropped = sum(count for what, count in corpus.dropped.items() if what.startswith("x "))
    before = "".join("".join(NUMBERED + sentences).split())
    assert len(kept) + dropped == len(before)
