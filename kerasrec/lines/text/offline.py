"""Sentences without a download: templates filled with words, names, addresses and numbers from Faker."""

import random
import string
from collections.abc import Callable
from datetime import UTC, datetime

from faker import Faker

from kerasrec.lines.text.templates import TEMPLATES

_POOL = 1500
"""Number of values generated for each slot; choosing from a pool takes a tenth of the time of calling Faker."""
_IN_CAPITALS = 0.05
_LAST_DAY = datetime(2029, 12, 31, tzinfo=UTC)
"""Faker's default last day is today, so the sentences would change from day to day."""


def generate_sentences(count: int = 50_000, seed: int = 42) -> list[str]:
    """Generates distinct sentences that use every character of the default alphabet.

    The same count and seed give the same sentences; the global state of `random` and Faker is not touched.

    Args:
        count: The number of sentences to generate; the few duplicates among them are removed.
        seed: The seed of the choice of words and their order.
    """
    rng = random.Random(seed)
    slots = _Slots(_make_pools(seed), rng)
    sentences = (_write(rng.choice(TEMPLATES), slots, rng) for _ in range(count))
    return list(dict.fromkeys(sentences))


class _Slots(dict[str, list[str]]):
    """Fills each slot of a template with a new random choice from its pool, for `str.format_map`."""

    def __init__(self, pools: dict[str, list[str]], rng: random.Random) -> None:
        super().__init__(pools)
        self._rng = rng

    def __getitem__(self, slot: str) -> str:  # type: ignore[override]
        return self._rng.choice(super().__getitem__(slot))


def _write(template: str, slots: _Slots, rng: random.Random) -> str:
    sentence = template.format_map(slots)
    return sentence.upper() if rng.random() < _IN_CAPITALS else sentence[0].upper() + sentence[1:]


def _make_pools(seed: int) -> dict[str, list[str]]:
    fake = Faker("en_US", use_weighting=False)
    fake.seed_instance(seed)
    parts = {part: fake.get_words_list(part_of_speech=part) for part in ("noun", "verb", "adjective", "adverb")}
    words = sorted({word for part in parts.values() for word in part} | set(fake.get_words_list()))
    pools = parts | {"word": words, "Word": [word.capitalize() for word in words]}
    for slot, make in _makers(fake).items():
        values = (" ".join(make().split()) for _ in range(_POOL))
        pools[slot] = [value for value in values if value.isascii()]
    return pools


def _makers(fake: Faker) -> dict[str, Callable[[], str]]:
    def moment(*patterns: str) -> Callable[[], str]:
        return lambda: fake.date_time(end_datetime=_LAST_DAY).strftime(fake.random_element(patterns))

    def shape(*patterns: str) -> Callable[[], str]:
        return lambda: fake.bothify(fake.random_element(patterns), string.ascii_uppercase)

    return {
        "name": fake.name,
        "first": fake.first_name,
        "Last": fake.last_name,
        "title": fake.prefix,
        "initial": fake.random_uppercase_letter,
        "letter": fake.random_lowercase_letter,
        "job": lambda: fake.job().lower(),
        "company": fake.company,
        "phrase": fake.bs,
        "Phrase": lambda: fake.bs().capitalize(),
        "catchphrase": lambda: fake.catch_phrase().lower(),
        "city": fake.city,
        "country": fake.country,
        "street": fake.street_address,
        "address": fake.address,
        "color": lambda: fake.color_name().lower(),
        "day": moment("%A"),
        "year": moment("%Y"),
        "date": moment("%d/%m/%Y", "%Y-%m-%d", "%B %d, %Y", "%d %b. %Y"),
        "clock": moment("%H:%M", "%I:%M %p", "%H:%M:%S"),
        "number": lambda: f"{fake.random_int(0, 10 ** fake.random_int(1, 6)):,}",
        "price": lambda: f"{fake.random_int(0, 10 ** fake.random_int(1, 4)):,}.{fake.random_int(0, 99):02}",
        "phone": shape("(%##) %##-####", "+%# ### ### ###", "%##/%## ####"),
        "plate": fake.license_plate,
        "isbn": fake.isbn10,
        "code": shape("??-####", "#?/##?", "?##-??", "##:?#"),
    }
