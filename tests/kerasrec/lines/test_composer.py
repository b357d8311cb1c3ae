"""Composed lines, pixel by pixel, against the same lines drawn slowly in plain NumPy."""

from collections import Counter
from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadText, MissingGlyph
from kerasrec.lines import composer as module
from kerasrec.lines.glyphs.bank import GlyphPool
from kerasrec.lines.randomness import uniform
from kerasrec.spec import LineSpec

LineComposer = partial(module.LineComposer, fit_rows=False)  # lines as they are drawn; see test_fitting

SENTENCES = ("abba cab", "a bb", "dad", "cccc", "abcdabcd")
WORDS = " ".join(SENTENCES).split()
LABS = {"glyph_per": "character", "fixed_width": True}

SPECS = {
    "default": LineSpec(max_length=9),
    "the labs'": LineSpec(max_length=9, **LABS),
    "per gap": LineSpec(max_length=9, overlap_per="gap"),
    "no overlap": LineSpec(max_length=9, max_overlap=0.0),
    "constant": LineSpec(max_length=9, min_overlap=0.25, max_overlap=0.25),
    "above half, per gap": LineSpec(max_length=9, min_overlap=0.5, max_overlap=0.9, overlap_per="gap"),
    "three deep": LineSpec(max_length=9, min_overlap=0.66, max_overlap=0.7),
    "one pixel on": LineSpec(max_length=9, min_overlap=0.99, max_overlap=0.99, fixed_width=True),
    "any, per gap": LineSpec(max_length=9, max_overlap=0.99, overlap_per="gap", glyph_per="character"),
    "short": LineSpec(max_length=3),
}


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def spec(request: pytest.FixtureRequest) -> LineSpec:
    return request.param


@pytest.fixture(scope="module")
def pool(random_pool) -> GlyphPool:
    return random_pool("abcde")


def compose(composer: module.LineComposer, indices) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in composer(tf.constant(indices, tf.int64)).items()}


def plain_lines(pool: GlyphPool, spec: LineSpec, seed: int, lines: int) -> list[tuple[str, list[int], np.ndarray]]:
    """Text, starts and image (28, w) of the first lines."""
    streams = [uniform(seed, stream, np.arange(lines), 99).numpy() for stream in range(4)]
    return [plain_line(pool, spec, *numbers) for numbers in zip(*streams, strict=True)]


def plain_line(pool: GlyphPool, spec: LineSpec, word, count, overlap, glyph) -> tuple[str, list[int], np.ndarray]:
    """Draws a line one character at a time, from four streams of random numbers."""
    words = [known for known in WORDS if len(known) <= spec.max_length]
    first = int(word[0] * len(words))
    runs = [" ".join(words[first:end]) for end in range(first + 1, len(words) + 1)]
    runs = [run for run in runs if len(run) <= spec.max_length]
    text = runs[int(count[0] * len(runs))]
    image, starts, x = np.zeros((28, 28 * spec.max_length), int), [], 0
    for position, character in enumerate(text):
        gap = overlap[position if spec.overlap_per == "gap" else 0]
        if position:
            x += 28 - int(28 * (spec.min_overlap + (spec.max_overlap - spec.min_overlap) * gap))
        starts.append(x)
        if character != " ":
            draw = glyph[Alphabet().encode(character)[0] if spec.glyph_per == "character" else position]
            glyphs = pool.glyphs(character)
            image[:, x : x + 28] += glyphs[int(draw * len(glyphs))]
    width = image.shape[1] if spec.fixed_width else x + 28
    return text, starts, np.minimum(image[:, :width], 255).astype(np.uint8)


def test_lines_equal_those_drawn_in_numpy(pool, spec):
    composer = LineComposer(pool, SENTENCES, Alphabet(), spec, seed=7)
    batch = compose(composer, range(40))
    assert batch["images"].shape[3:] == (1,)
    for i, (text, starts, image) in enumerate(plain_lines(pool, spec, 7, 40)):
        length, width = len(text), batch["widths"][i]
        assert composer.alphabet.decode(batch["labels"][i].tolist()) == text
        assert batch["lengths"][i] == length
        assert batch["starts"][i, :length].tolist() == starts
        assert batch["ends"][i, :length].tolist() == [start + 28 for start in starts]
        assert width == image.shape[1]
        np.testing.assert_array_equal(batch["images"][i, :, :width, 0], image)
        assert not batch["images"][i, :, width:].any()


def test_labels_are_padded_to_the_right(pool, spec):
    batch = compose(LineComposer(pool, SENTENCES, Alphabet(), spec), range(40))
    padded = np.arange(spec.max_length) >= batch["lengths"][:, None]
    assert padded.any()
    assert np.all(batch["labels"][padded] == Alphabet.PADDING)
    assert not batch["starts"][padded].any() and not batch["ends"][padded].any()


def test_the_types_of_a_batch(pool):
    batch = LineComposer(pool, SENTENCES, Alphabet(), LineSpec())(tf.range(3, dtype=tf.int64))
    types = {"images": "uint8", "widths": "int32", "labels": "int32", "lengths": "int32"}
    types |= {"starts": "int32", "ends": "int32", "overlaps": "float32"}
    assert {name: value.dtype.name for name, value in batch.items()} == types


@pytest.mark.parametrize("augment", [0.0, 1.0])
@pytest.mark.parametrize("fixed_width", [True, False])
def test_a_line_is_the_same_in_every_batch(pool, augment, fixed_width):
    spec = LineSpec(max_length=9, overlap_per="gap", fixed_width=fixed_width)
    composer = LineComposer(pool, SENTENCES, Alphabet(), spec, augment=augment)
    whole = compose(composer, range(24))
    shuffled = np.random.default_rng(1).permutation(24)
    for chosen in ([3], [23, 3], [5, 5, 5, 0, 1], shuffled):
        batch = compose(composer, chosen)
        width = batch["images"].shape[2]
        np.testing.assert_array_equal(batch.pop("images"), whole["images"][chosen, :, :width])
        for name, value in batch.items():
            np.testing.assert_array_equal(value, whole[name][chosen], err_msg=name)


@pytest.mark.parametrize("augment", [0.0, 1.0])
def test_a_line_is_the_same_inside_tf_data(pool, augment):
    composer = LineComposer(pool, SENTENCES, Alphabet(), LineSpec(max_length=9, **LABS), augment=augment)
    lines = tf.data.Dataset.range(12).batch(5).map(composer, num_parallel_calls=4)
    batches = list(lines.as_numpy_iterator())
    whole = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    eager = compose(composer, range(12))
    for name, value in eager.items():
        np.testing.assert_array_equal(whole[name], value, err_msg=name)


def test_the_seed_determines_the_lines(pool):
    first, again, other = (
        compose(LineComposer(pool, SENTENCES, Alphabet(), LineSpec(**LABS), seed), range(8)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first["images"], again["images"])
    assert all(np.any(one != two) for one, two in zip(first["images"], other["images"], strict=True))


def test_labels_are_available_without_drawing(pool, spec):
    composer = LineComposer(pool, SENTENCES, Alphabet(), spec)
    batch = compose(composer, range(20))
    undrawn = composer.labels(tf.range(20, dtype=tf.int64))
    for name, value in zip(("labels", "lengths", "widths"), undrawn, strict=True):
        np.testing.assert_array_equal(value, batch[name])


def test_texts_decodes_labels(pool):
    composer = LineComposer(pool, SENTENCES, Alphabet(), LineSpec())
    assert composer.texts(Alphabet().encode_batch(["dad a", "b"], 9)[0]) == ["dad a", "b"]


def test_samples_are_drawn_from_all_runs_of_whole_words(pool):
    composer = LineComposer(pool, SENTENCES, Alphabet(), LineSpec(max_length=8))
    labels, lengths, _ = composer.labels(tf.range(4000, dtype=tf.int64))
    texts, share = composer.texts(labels), Counter()
    assert lengths.numpy().max() == 8
    for i in range(len(WORDS)):  # first a word, then an end, each uniformly at random
        runs = [run for j in range(i + 1, len(WORDS) + 1) if len(run := " ".join(WORDS[i:j])) <= 8]
        share.update({run: 1 / len(WORDS) / len(runs) for run in runs})
    assert set(texts) == set(share)
    for run, expected in share.items():
        deviation = (expected * (1 - expected) / len(texts)) ** 0.5
        assert abs(texts.count(run) / len(texts) - expected) < 5 * deviation, run


def test_an_overlap_is_drawn_for_each_line_or_for_each_gap(pool):
    for per, distinct in (("line", 1), ("gap", 9)):
        spec = LineSpec(max_length=9, min_overlap=0.1, max_overlap=0.5, overlap_per=per)
        batch = compose(LineComposer(pool, ["abcdabcd a"], Alphabet(), spec), range(500))
        overlaps = batch["overlaps"]
        assert {len(set(row)) for row in overlaps.tolist()} == {distinct}
        assert overlaps.min() >= 0.1 and overlaps.max() <= 0.5
        assert overlaps.mean() == pytest.approx(0.3, abs=5 * 0.4 / 12**0.5 / 500**0.5)
        assert overlaps.min() < 0.11 and overlaps.max() > 0.49
        steps = 28 - (28 * overlaps[:, 1:].astype(np.float64)).astype(int)
        used = np.arange(1, 9) < batch["lengths"][:, None]
        np.testing.assert_array_equal(np.diff(batch["starts"])[used], steps[used])


@pytest.mark.parametrize(("glyph_per", "identical"), [("character", True), ("occurrence", False)])
def test_one_glyph_per_character_repeats_pixel_by_pixel(random_pool, glyph_per, identical):
    spec = LineSpec(max_length=9, max_overlap=0.0, glyph_per=glyph_per)
    composer = LineComposer(random_pool("ab", each=50), ["aaaabbbba"], Alphabet(), spec)
    for line in compose(composer, range(10))["images"]:
        glyphs = [glyph.tobytes() for glyph in np.split(line[..., 0], 9, axis=1)]
        a, b = {*glyphs[:4], glyphs[8]}, set(glyphs[4:8])
        assert (len(a) == len(b) == 1) == identical
        assert a.isdisjoint(b)


def test_every_glyph_of_the_pool_is_drawn(random_pool):
    pool = random_pool("ab", each=7)
    spec = LineSpec(max_length=2, max_overlap=0.0)
    images = compose(LineComposer(pool, ["ab"], Alphabet(), spec), range(400))["images"][..., 0]
    drawn = [glyph.tobytes() for glyph in np.concatenate([images[:, :, :28], images[:, :, 28:]])]
    assert set(drawn) == {glyph.tobytes() for glyph in pool.images}
    counts = [drawn.count(glyph.tobytes()) for glyph in pool.images]
    assert min(counts) > 400 / 7 - 5 * (400 / 7) ** 0.5


def test_ink_is_added_and_clipped_at_255():
    pool = GlyphPool.from_labelled(np.stack([np.full((28, 28), ink, np.uint8) for ink in (100, 200)]), "ab")
    spec = LineSpec(max_length=3, min_overlap=0.5, max_overlap=0.5)
    image = compose(LineComposer(pool, ["aab"], Alphabet(), spec), [0])["images"][0, :, :, 0]
    assert image.shape == (28, 56)
    assert [np.unique(part).tolist() for part in np.split(image, 4, axis=1)] == [[100], [200], [255], [200]]


def test_a_space_is_drawn_as_nothing(pool):
    spec = LineSpec(max_length=3, max_overlap=0.0)
    batch = compose(LineComposer(pool, ["a b"], Alphabet(), spec), range(30))
    long = np.flatnonzero(batch["lengths"] == 3)[0]
    image = batch["images"][long, :, :, 0]
    assert image[:, :28].any() and not image[:, 28:56].any() and image[:, 56:].any()
    assert batch["labels"][long].tolist() == Alphabet().encode("a b")


def test_without_a_space_each_line_is_a_word(pool):
    composer = LineComposer(pool, SENTENCES, Alphabet("abcd"), LineSpec(max_length=9))
    batch = compose(composer, range(100))
    assert set(composer.texts(batch["labels"])) == set(WORDS)


def test_other_alphabets_give_other_ids(pool):
    texts = [
        composer.texts(composer.labels(tf.range(9, dtype=tf.int64))[0])
        for composer in (
            LineComposer(pool, SENTENCES, Alphabet(characters), LineSpec())
            for characters in ("abcd ", "".join(map(chr, range(0x4E00, 0x4E00 + 300))) + " dcba")
        )
    ]
    assert texts[0] == texts[1]


def test_a_character_without_a_glyph_is_reported(pool):
    with pytest.raises(MissingGlyph, match="The text uses 'xz', but the glyphs only cover 'abcde'"):
        LineComposer(pool, ["zab x a"], Alphabet(), LineSpec())


def test_glyphs_outside_the_alphabet_are_ignored(random_pool):
    pool = random_pool("aéb")
    batch = compose(LineComposer(pool, ["ab"], Alphabet("ab"), LineSpec(max_length=2, max_overlap=0.0)), [0])
    assert batch["images"][0, :, :28, 0].tobytes() in {glyph.tobytes() for glyph in pool.glyphs("a")}


def test_a_text_of_words_longer_than_a_line_raises_an_error_with_the_length(pool):
    with pytest.raises(BadText, match="at most 2 characters"):
        LineComposer(pool, ["abc"], Alphabet(), LineSpec(max_length=2))


def test_augmented_lines_have_the_same_texts_and_positions_but_other_ink(pool):
    spec = LineSpec(max_length=9, **LABS)
    plain, varied = (
        compose(LineComposer(pool, SENTENCES, Alphabet(), spec, augment=augment), range(20)) for augment in (0.0, 1.0)
    )
    for name in ("labels", "lengths", "widths", "starts", "ends", "overlaps"):
        np.testing.assert_array_equal(plain[name], varied[name], err_msg=name)
    assert all(np.any(one != two) for one, two in zip(plain["images"], varied["images"], strict=True))
    for image, end in zip(varied["images"], varied["ends"].max(axis=1), strict=True):
        assert not image[:, end:].any()
