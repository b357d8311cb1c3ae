import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadText, UnknownCharacter
from kerasrec.lines.text.corpus import Corpus
from kerasrec.lines.text.sampling import WordTable


def samples(table: WordTable, alphabet: Alphabet) -> list[list[str]]:
    """All samples that can be drawn: for each word, those that start with it, from the shortest to the longest."""
    ends = [table.ends[first : first + count] for first, count in enumerate(table.fits)]
    return [
        [alphabet.decode(table.ids[start:end].tolist()) for end in row]
        for start, row in zip(table.starts, ends, strict=True)
    ]


def plain_samples(words: list[str], max_length: int) -> list[list[str]]:
    """The same from the definition: runs of whole words with at most `max_length` characters."""
    runs = [[" ".join(words[i:j]) for j in range(i + 1, len(words) + 1)] for i in range(len(words))]
    return [[run for run in row if len(run) <= max_length] for row in runs]


def test_a_table_worked_out_by_hand():
    table = WordTable.from_sentences(["ab c", "ddd"], Alphabet("abcd "), 5)
    assert table.ids.tolist() == [4, 5, 8, 6, 8, 7, 7, 7, 8]
    assert table.starts.tolist() == [0, 3, 5]
    assert table.ends.tolist() == [2, 4, 8]
    assert table.fits.tolist() == [2, 2, 1]  # "ab", "ab c"; "c", "c ddd"; "ddd"
    assert table.dropped == 0


def test_the_arrays_have_the_types_that_the_graph_takes():
    table = WordTable.from_sentences(["ab c", "ddd"], Alphabet("abcd "), 5)
    assert [array.dtype for array in (table.ids, table.starts, table.ends, table.fits)] == [
        np.uint8,
        np.int32,
        np.int32,
        np.int32,
    ]


@given(st.lists(st.text("abc", min_size=1, max_size=7), min_size=1, max_size=12), st.integers(1, 20))
def test_samples_are_all_runs_of_whole_words_that_fit(words, max_length):
    short = [word for word in words if len(word) <= max_length]
    if not short:
        with pytest.raises(BadText, match=f"at most {max_length} char.*text's {len(words)} words is that short"):
            WordTable.from_sentences(words, Alphabet("abc "), max_length)
        return
    table = WordTable.from_sentences(words, Alphabet("abc "), max_length)
    assert samples(table, Alphabet("abc ")) == plain_samples(short, max_length)
    assert table.dropped == len(words) - len(short)


def test_a_sample_may_cross_the_end_of_a_sentence():
    assert samples(WordTable.from_sentences(["a b", "c"], Alphabet("abc "), 9), Alphabet("abc "))[0][-1] == "a b c"


@pytest.mark.parametrize(
    ("max_length", "expected"), [(4, [["ab"], ["cd"]]), (5, [["ab", "ab cd"], ["cd"]]), (2, [["ab"], ["cd"]])]
)
def test_a_sample_may_be_exactly_as_long_as_a_line(max_length, expected):
    assert samples(WordTable.from_sentences(["ab cd"], Alphabet("abcd "), max_length), Alphabet("abcd ")) == expected


def test_words_longer_than_a_line_are_left_out_and_counted():
    table = WordTable.from_sentences(["a bbbb a", "bbbbb"], Alphabet("ab "), 3)
    assert samples(table, Alphabet("ab ")) == [["a", "a a"], ["a"]]
    assert table.dropped == 2


@pytest.mark.parametrize(("sentences", "words"), [([], 0), (["", "  "], 0), (["abcd", "abcde"], 2)])
def test_a_text_without_a_word_that_fits_raises_an_error(sentences, words):
    with pytest.raises(BadText, match=f"at most 3 characters, but none of the text's {words} words is that short"):
        WordTable.from_sentences(sentences, Alphabet("abcde "), 3)


def test_an_unknown_character_is_reported_with_its_word():
    with pytest.raises(UnknownCharacter, match=r"'é' \(U\+00E9\) at position 2 of 'bé'"):
        WordTable.from_sentences(["a b", "c bé a"], Alphabet("abc "), 9)


def test_ids_above_255_are_kept():
    alphabet = Alphabet("".join(map(chr, range(0x4E00, 0x4E00 + 400))) + " ")
    sentence = f"{chr(0x4E00)} {chr(0x4E00 + 399)}"
    table = WordTable.from_sentences([sentence], alphabet, 3)
    assert table.ids.tolist() == [4, 404, 403, 404]
    assert samples(table, alphabet)[0] == [chr(0x4E00), sentence]


def test_256_tokens_still_fit_a_byte():
    alphabet = Alphabet("".join(map(chr, range(0x4E00, 0x4E00 + 252))))
    table = WordTable.from_sentences([alphabet.characters[-1]], alphabet, 3)
    assert (table.ids.tolist(), table.ids.dtype) == ([255], np.uint8)


def test_without_a_space_a_sample_is_one_word():
    table = WordTable.from_sentences(["ab c", "ddd", "c"], Alphabet("abcd"), 5)
    assert samples(table, Alphabet("abcd")) == [["ab"], ["c"], ["ddd"], ["c"]]


def test_a_corpus_without_a_space_can_be_sampled():
    corpus = Corpus.from_sentences("mine", (f"ab{i} c{i}" for i in range(300)), "abc0123456789")
    alphabet = Alphabet("abc0123456789")
    table = WordTable.from_sentences(corpus.train, alphabet, 5)
    assert samples(table, alphabet) == [[word] for word in corpus.train]
