import random
import string
from collections import Counter

import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.lines.text.offline import generate_sentences
from kerasrec.lines.text.templates import TEMPLATES


@pytest.fixture(scope="module")
def sentences():
    return generate_sentences(20_000)


def test_sentences_are_distinct_and_many(sentences):
    assert len(sentences) == len(set(sentences)) > 19_000


def test_every_character_of_the_default_alphabet_has_a_reasonable_share(sentences):
    counts = Counter("".join(sentences))
    assert set(counts) == set(Alphabet().characters)
    assert min(counts.values()) / counts.total() > 0.0003
    assert sum(counts[c] for c in string.digits) / counts.total() > 0.05
    assert sum(counts[c] for c in string.ascii_uppercase) / counts.total() > 0.05
    assert min(counts[c] for c in "#&*+/;") / counts.total() > 0.001


def test_words_vary(sentences):
    assert len({word for sentence in sentences for word in sentence.split()}) > 20_000


def test_the_seed_determines_the_sentences(sentences):
    assert generate_sentences(500) == generate_sentences(500)
    assert len(set(generate_sentences(500)) & set(generate_sentences(500, seed=7))) < 5


def test_the_sentences_do_not_change_with_the_date(monkeypatch):
    from faker.providers import date_time

    class Later(date_time.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2035, 1, 1, tzinfo=tz)

    today = generate_sentences(500)
    monkeypatch.setattr(date_time, "datetime", Later)
    assert generate_sentences(500) == today


def test_the_global_random_state_is_not_changed():
    state = random.getstate()
    generate_sentences(10)
    assert random.getstate() == state


def test_only_the_address_template_occurs_twice():
    assert {t for t, count in Counter(TEMPLATES).items() if count > 1} == {"{address}"}
