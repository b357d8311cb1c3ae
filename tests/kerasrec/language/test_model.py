"""Language models: Witten-Bell by hand and by a plain implementation, distributions, files, and what is refused."""

import itertools
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kerasrec.errors import BadLanguageModel, BadText, UsageError
from kerasrec.language import packaged
from kerasrec.language.model import LanguageModel
from kerasrec.language.packaged import list_names, open_language_model

LINES = ["the cat sat on the mat", "that hat is at the flat", "a rat ate the oats"]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel.build(LINES)


def chances(model: LanguageModel, context: str) -> dict[str, float]:
    return dict(zip(model.characters, model.probabilities(context).tolist(), strict=True))


def test_witten_bell_by_hand():
    model = LanguageModel.build(["ab", "aa"], order=3)
    # The text is " ab aa", and its end is followed by its beginning: two spaces, three a, one b.
    assert chances(model, "") == pytest.approx({" ": (2 + 1) / 9, "a": (3 + 1) / 9, "b": (1 + 1) / 9})
    # After a: b, a and a space, once each.
    after_a = {" ": (1 + 3 * 3 / 9) / 6, "a": (1 + 3 * 4 / 9) / 6, "b": (1 + 3 * 2 / 9) / 6}
    assert chances(model, "a") == pytest.approx(after_a)
    # After a space: a, twice, and nothing else.
    assert chances(model, " ") == pytest.approx({" ": (3 / 9) / 3, "a": (2 + 4 / 9) / 3, "b": (2 / 9) / 3})
    # After " a": b and a, once each.
    assert chances(model, " a") == pytest.approx(
        {" ": 2 * after_a[" "] / 4, "a": (1 + 2 * after_a["a"]) / 4, "b": (1 + 2 * after_a["b"]) / 4}
    )
    assert chances(model, "bb") == pytest.approx(chances(model, "b"))  # never seen


def plain_witten_bell(text: str, characters: str, context: str) -> dict[str, float]:
    """The same with dictionaries; n-grams of more than three characters that occur once are not kept."""
    if not context:
        lower = dict.fromkeys(characters, 1 / len(characters))
    else:
        lower = plain_witten_bell(text, characters, context[1:])
    after = Counter((text * 2)[i + len(context)] for i in range(len(text)) if (text * 2)[i:].startswith(context))
    if not after:
        return lower
    kept = {c: count for c, count in after.items() if count >= 2 or len(context) < 3}
    total, types, left_out = after.total(), len(after), after.total() - sum(kept.values())
    return {c: (kept.get(c, 0) + (types + left_out) * p) / (total + types) for c, p in lower.items()}


def test_all_contexts_have_the_probabilities_of_a_plain_implementation(model):
    text = f" {' '.join(LINES)}"
    seen = {(text * 2)[i : i + length] for i in range(len(text)) for length in range(6)}
    for context in [*seen, "xhat", "zzzzz", "tttt"]:
        known = context.replace("x", "e").replace("z", "o")
        expected = plain_witten_bell(text, model.characters, known)
        assert chances(model, known) == pytest.approx(expected, rel=1e-12)
        assert sum(expected.values()) == pytest.approx(1)


@pytest.mark.parametrize("order", [1, 2, 6, 9])
def test_the_probabilities_after_every_context_sum_to_1(order):
    model = LanguageModel.build(LINES, order)
    assert model.order == order
    context = ""
    for character in "  the cat ate that flat hat at the mat":
        context = model.extend(context, character)
        assert len(context) < order
        assert model.probabilities(context).sum() == pytest.approx(1, abs=1e-12)
        assert model.probabilities(context).min() > 0


def test_thousands_of_characters_are_counted():
    lines = ["".join(map(chr, range(start, start + 40))) for start in range(0x4E00, 0x5E00, 40)] * 2
    model = LanguageModel.build(lines, order=8)
    assert len(model.characters) == len(set("".join(lines))) + 1 > 4000
    assert model.characters[model.probabilities("一丁丂七丄丅万").argmax()] == "丈"


def test_a_text_like_the_one_it_was_built_from_needs_few_bits(model):
    assert model.bits_per_character(LINES) < 2 < 4 < model.bits_per_character(["tame tail"]) < 6
    uniform = LanguageModel.build(["ab"], order=1)
    assert uniform.bits_per_character(["ba", "b?b"]) == pytest.approx(math.log2(3))  # without the question mark


def test_a_saved_model_is_the_same(model, tmp_path):
    file = tmp_path / "new" / "mine.klm"
    model.save(file)
    loaded = LanguageModel.load(file, weight=0.25, bonus=-1.0)
    assert (loaded.characters, loaded.order, loaded.weight, loaded.bonus) == (model.characters, 6, 0.25, -1.0)
    for context in ("", " the", "at th", "e"):
        np.testing.assert_array_equal(loaded.probabilities(context), model.probabilities(context))
    assert [each.name for each in file.parent.iterdir()] == ["mine.klm"]


def change(file, **values):
    """Writes some of the arrays of a saved model again."""
    with np.load(file) as arrays:
        changed = {**arrays, **values}
    with file.open("wb") as stream:
        np.savez_compressed(stream, **changed)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.write_bytes(b""), "is not a language model of kerasrec .* Build it with `kerasrec"),
        (lambda file: file.write_text("the cat"), "is not a language model of kerasrec"),
        (lambda file: file.write_bytes(file.read_bytes()[:-300]), "is not a language model of kerasrec"),
        (lambda file: file.write_bytes(b"\x93NUMPY\x01\x00"), "is not a language model of kerasrec"),
        (lambda file: change(file, counts2=np.zeros(7)), "its parts do not fit together"),
        (lambda file: change(file, characters1=np.full(14, 99)), "its values are out of range"),
        (lambda file: change(file, characters=np.arange(200, 214)), "it is incomplete"),
        (lambda file: change(file, format=2), "has format 2, but this kerasrec reads format 1"),
    ],
)
def test_a_damaged_file_is_refused(model, tmp_path, damage, message):
    file = tmp_path / "mine.klm"
    model.save(file)
    damage(file)
    with pytest.raises(BadLanguageModel, match=f"mine.klm .*{message}|mine.klm {message}"):
        LanguageModel.load(file)


def test_what_cannot_work_is_refused(model, tmp_path):
    with pytest.raises(BadText, match="needs text, but there is none"):
        LanguageModel.build([])
    for order in (0, 17):
        with pytest.raises(UsageError, match=f"must be 1 to 16, but is {order}"):
            LanguageModel.build(["a"], order)
    for weight, bonus in itertools.product((-0.1, math.inf, math.nan, 0.5), (math.inf, math.nan)):
        with pytest.raises(UsageError, match=f"but they are {weight} and {bonus}"):
            LanguageModel.build(["a"], weight=weight, bonus=bonus)
    with pytest.raises(UsageError, match=r"must be named NAME.klm, but is mine.npz"):
        model.save(tmp_path / "mine.npz")


def test_a_model_is_opened_by_its_name_or_its_file(model, tmp_path):
    file = tmp_path / "mine.klm"
    model.save(file)
    opened = open_language_model(file)
    assert opened.characters == model.characters and open_language_model(str(file)) is opened
    assert open_language_model(model, weight=3.0) is model
    assert open_language_model(file, weight=0.1).weight == 0.1
    LanguageModel.build(["xyz"]).save(file)  # a file that has changed is read again
    assert open_language_model(file).characters == " xyz"
    with pytest.raises(UsageError, match=rf"no language model 'klingon'. Give {', '.join(list_names())}, or a file"):
        open_language_model("klingon")
    with pytest.raises(BadLanguageModel, match="is not a language model"):
        open_language_model(tmp_path)


def test_the_english_of_the_package_is_small_and_knows_english():
    assert list_names() == ["english"]
    model = open_language_model("english")
    assert Path(packaged.__file__).with_name("english.klm").stat().st_size < 3_000_000
    assert (model.order, model.weight, model.bonus) == (6, 0.6, 1.5)
    assert model.characters[model.probabilities("would"[-5:]).argmax()] == " "
    assert model.probabilities(" woul")[model.characters.index("d")] > 0.95
    assert "’" not in model and "“" not in model and {'"', "'", "é"} <= set(model.characters)
    english, shuffled = "They went home before the rain came.", "mae Tho eer.i weyoneec htb rhfee nm at"
    assert model.bits_per_character([english]) < 3 < 5 < model.bits_per_character([shuffled])
