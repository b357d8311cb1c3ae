import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.glyphs import GlyphBank
from kerasrec.lines.text.corpus import Corpus
from kerasrec.spec import LineSpec
from kerasrec.training.composed_splits import ComposedSplits
from kerasrec.training.settings import TrainSettings

SPEC = LineSpec(max_length=6, max_overlap=0.0)
SETTINGS = TrainSettings(spec=SPEC)
CORPUS = Corpus("mine", ("a b", "ab"), ("ba", "b a"), ("aab", "bba"))


@pytest.fixture(scope="module")
def bank(random_pool) -> GlyphBank:
    return GlyphBank("random", *(random_pool("ab", seed=seed) for seed in range(3)))


def split(bank: GlyphBank, **settings: object) -> dict[str, LineComposer]:
    splits = ComposedSplits(bank, CORPUS, Alphabet("ab "), TrainSettings(spec=SPEC, **{"augment": 0.0, **settings}))
    composers = {"train": splits.train(), "validation": splits.validation(), "test": splits.test()}
    for composer in composers.values():
        composer.fit_rows = False  # glyphs stay as they are, so that they can be compared
    return composers


def compose(composer: LineComposer, lines: int = 60) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in composer(tf.range(lines, dtype=tf.int64)).items()}


def drawn_glyphs(batch: dict[str, np.ndarray]) -> set[bytes]:
    """Returns the glyphs of lines without overlap, except spaces."""
    images = batch["images"][..., 0]
    cells = [
        image[:, x : x + 28]
        for image, xs, n in zip(images, batch["starts"], batch["lengths"], strict=True)
        for x in xs[:n]
    ]
    return {cell.tobytes() for cell in cells if cell.any()}


def test_each_split_draws_its_own_glyphs_and_sentences(bank):
    composers = split(bank)
    for name, pool in bank.pools.items():
        batch = compose(composers[name])
        assert drawn_glyphs(batch) == {glyph.tobytes() for glyph in pool.images}
        joined = f" {' '.join(getattr(CORPUS, name))} "
        assert all(f" {text} " in joined for text in composers[name].texts(batch["labels"]))


def test_no_glyph_is_drawn_in_two_splits(bank):
    drawn = [drawn_glyphs(compose(composer)) for composer in split(bank).values()]
    assert sum(map(len, drawn)) == len(set.union(*drawn)) == 18


def test_the_lab_split_validates_on_training_glyphs_and_shares_all_sentences(bank):
    composers = split(bank, split="lab")
    trained = {glyph.tobytes() for pool in (bank.train, bank.validation) for glyph in pool.images}
    assert drawn_glyphs(compose(composers["train"])) == drawn_glyphs(compose(composers["validation"])) == trained
    assert drawn_glyphs(compose(composers["test"])) == {glyph.tobytes() for glyph in bank.test.images}
    texts = [set(composer.texts(compose(composer, 300)["labels"])) for composer in composers.values()]
    assert texts[0] == texts[1] == texts[2] > {"a b", "ab", "ba", "b a", "aab", "bba"}


@pytest.mark.parametrize("name", ["disjoint", "lab"])
def test_counts_are_those_of_the_drawn_glyphs_and_sentences(name, bank):
    splits = ComposedSplits(bank, CORPUS, Alphabet("ab "), TrainSettings(spec=SPEC, split=name))
    drawn = {part: len(drawn_glyphs(compose(composer))) for part, composer in split(bank, split=name).items()}
    assert splits.glyph_counts() == drawn
    sentences = {part: len(getattr(CORPUS, part)) for part in drawn}
    together = dict.fromkeys(sentences, sum(sentences.values()))
    assert splits.sentence_counts() == (together if name == "lab" else sentences)


def test_the_seed_determines_the_lines_of_each_split(bank):
    first, again, other = (split(bank, seed=seed) for seed in (1, 1, 2))
    for name in first:
        images = [compose(composers[name])["images"] for composers in (first, again, other)]
        np.testing.assert_array_equal(images[0], images[1])
        assert np.any(images[0][:, :, :28] != images[2][:, :, :28])


def test_no_two_splits_of_any_runs_share_a_seed(bank):
    seeds = [composer.seed for seed in range(5) for composer in split(bank, seed=seed).values()]
    assert len(set(seeds)) == 15


def test_only_training_lines_are_augmented(bank):
    plain, varied = split(bank), split(bank, augment=1.0)
    assert {name: composer.augment for name, composer in varied.items()} == {
        "train": 1.0,
        "validation": 0.0,
        "test": 0.0,
    }
    for name in plain:
        same = np.array_equal(compose(plain[name])["images"], compose(varied[name])["images"])
        assert same == (name != "train")


@pytest.fixture
def own_data(tmp_path: Path) -> dict[str, str]:
    """A folder of glyphs for a, b and c, and a text that also uses d."""
    rng = np.random.default_rng(0)
    for character in "abc":
        (tmp_path / "glyphs" / character).mkdir(parents=True)
        for number in range(4):
            picture = np.full((28, 28), 255, np.uint8)
            picture[6:22, 6:22] = rng.integers(0, 100, (16, 16))
            Image.fromarray(picture).save(tmp_path / "glyphs" / character / f"{number}.png")
    sentences = (f"{'a' * (i % 7 + 1)} {'b' * (i % 5)} cd{'ab' * (i % 11)}" for i in range(400))
    (tmp_path / "text.txt").write_text("\n".join(sentences), encoding="utf-8")
    return {"glyphs": str(tmp_path / "glyphs"), "text": str(tmp_path / "text.txt")}


def used(splits: ComposedSplits) -> set[str]:
    return set("".join(splits.corpus.train + splits.corpus.validation + splits.corpus.test))


def test_loading_keeps_the_characters_that_have_glyphs(own_data, tmp_path):
    splits = ComposedSplits.load(TrainSettings(**own_data), tmp_path)
    assert splits.alphabet == Alphabet()
    assert splits.bank.characters == "abc"
    assert used(splits) == set("abc ")
    assert "x 'd' (U+0064), which is in the alphabet, but --glyphs has no glyphs for it" in splits.corpus.dropped
    parts = [set(part) for part in (splits.corpus.train, splits.corpus.validation, splits.corpus.test)]
    assert sum(map(len, parts)) == len(set.union(*parts))


def test_loading_keeps_the_characters_of_the_alphabet(own_data, tmp_path):
    splits = ComposedSplits.load(TrainSettings(**own_data, characters="ba "), tmp_path)
    assert splits.alphabet.characters == "ba "
    assert used(splits) == set("ab ")
    assert {name for name in splits.corpus.dropped if "sentences" not in name} == {
        "x 'c' (U+0063), which is not in the alphabet: add it with --characters",
        "x 'd' (U+0064), which is not in the alphabet (--characters), and --glyphs has no glyphs for it",
    }


def test_characters_that_no_glyph_has_are_named(own_data, tmp_path):
    described = ComposedSplits.load(TrainSettings(**own_data, characters="abé\u03b1 "), tmp_path).describe()
    assert (
        "  never trained: 2 characters of the alphabet, for which there are no glyphs: 'é' (U+00E9), 'α' (U+03B1)"
        in described
    )
    assert not any("never" in line for line in ComposedSplits.load(TrainSettings(**own_data), tmp_path).describe())


def test_lines_are_not_composed_of_right_to_left_text_and_combining_marks(own_data, tmp_path):
    for code in (0x05D0, 0x0302):
        (tmp_path / "glyphs" / "a").rename(tmp_path / "glyphs" / "a_")
        shutil.copytree(tmp_path / "glyphs" / "a_", tmp_path / "glyphs" / f"U+{code:04X}")
        (tmp_path / "glyphs" / "a_").rename(tmp_path / "glyphs" / "a")
    text = tmp_path / "text.txt"
    text.write_text(text.read_text(encoding="utf-8") + "\n\u05d0b q\u0302", encoding="utf-8")
    splits = ComposedSplits.load(TrainSettings(**own_data, characters="abc\u0302\u05d0 "), tmp_path)
    assert used(splits) == set("abc ")
    dropped = " ".join(splits.corpus.dropped)
    assert "x '\u05d0' (U+05D0), which is written from right to left: lines are composed" in dropped
    assert "(U+0302), which is a combining mark, drawn onto the character before it: lines are composed" in dropped
    assert "2 characters of the alphabet, for which there are no glyphs" in " ".join(splits.describe())


def test_an_alphabet_without_a_space_gives_lines_of_one_word(own_data, tmp_path):
    splits = ComposedSplits.load(TrainSettings(**own_data, characters="abc"), tmp_path)
    composer = splits.train()
    assert set(composer.texts(compose(composer)["labels"])) <= set(splits.corpus.train)
