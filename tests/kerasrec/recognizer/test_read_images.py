"""Reading images: order, positions, bad files, bounded memory, and the same text alone and with others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage
from kerasrec.images.canonical import CanonicalLine
from kerasrec.images.files import ImageSource
from kerasrec.models import LineResNet
from kerasrec.recognizer import read_images as reading
from kerasrec.recognizer.read_images import LoadedLine, load_line, read_images, to_image_pixels
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec


@pytest.fixture(scope="module")
def recognizer(randomise) -> Recognizer:
    made = Recognizer.build(LineResNet(8, 16, 1), Alphabet("abcd "), LineSpec())
    randomise(made.model)
    return made


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Seven dark-on-light images of different widths, each with other strokes."""
    folder, rng = tmp_path_factory.mktemp("lines"), np.random.default_rng(0)
    for number in range(7):
        image = np.full((40, 80 + 37 * number), 240, np.uint8)
        for left in rng.integers(4, image.shape[1] - 12, 2 + number):
            top = rng.integers(4, 20)
            image[top : top + 14, left : left + 4] = rng.integers(0, 60)
        Image.fromarray(image).save(folder / f"{number}.png")
    return sorted(folder.iterdir())


def sources(paths):
    return [ImageSource(path.name, path) for path in paths]


def test_readings_are_in_the_order_of_the_images_for_chunks_of_any_size(recognizer, paths, monkeypatch):
    alone = [next(read_images(recognizer, [source]))[1] for source in sources(paths)]
    assert len({each.text for each in alone}) > 3
    for chunk in (1, 3, 7, 100):
        monkeypatch.setattr(reading, "_CHUNK", chunk)
        outcomes = list(read_images(recognizer, sources(paths), batch_size=2))
        assert [source.name for source, _ in outcomes] == [path.name for path in paths]
        assert [each.text for _, each in outcomes] == [each.text for each in alone]


@settings(max_examples=15)
@given(data=st.data(), beam=st.sampled_from([0, 3]))
def test_a_line_reads_the_same_alone_and_among_others(recognizer, paths, data, beam):
    order = data.draw(st.permutations(range(len(paths))))
    others = data.draw(st.integers(1, len(paths)))
    chosen = [sources(paths)[i] for i in order[:others]]
    among = [outcome for _, outcome in read_images(recognizer, chosen, data.draw(st.integers(1, 8)), beam)]
    for source, read in zip(chosen, among, strict=True):
        ((_, alone),) = read_images(recognizer, [source], beam_width=beam)
        assert read.text == alone.text
        assert read.confidence == pytest.approx(alone.confidence, rel=1e-3)
        assert [(c.start, c.end) for c in read.characters] == [(c.start, c.end) for c in alone.characters]


def test_a_bad_image_is_an_error_in_its_place_and_does_not_stop_the_others(recognizer, paths, tmp_path):
    empty = tmp_path / "empty.png"
    empty.touch()
    mixed = sources([paths[0], empty, paths[1], tmp_path / "none.png"])
    outcomes = [outcome for _, outcome in read_images(recognizer, mixed)]
    good = [outcome for _, outcome in read_images(recognizer, sources(paths[:2]))]
    assert outcomes[::2] == good
    assert [type(outcome) for outcome in outcomes[1::2]] == [BadImage, BadImage]
    assert "empty.png is empty" in str(outcomes[1])
    assert "none.png cannot be read" in str(outcomes[3])


def test_no_images_have_no_readings(recognizer):
    assert list(read_images(recognizer, [])) == []


def test_other_errors_are_raised(recognizer, paths, monkeypatch):
    def fail(source, recognizer, ink):
        raise MemoryError

    monkeypatch.setattr(reading, "load_line", fail)
    with pytest.raises(MemoryError):
        list(read_images(recognizer, sources(paths)))


def test_images_are_opened_a_few_at_a_time(recognizer, paths, monkeypatch):
    monkeypatch.setattr(reading, "_CHUNK", 2)
    taken = []

    def endless():
        while True:
            taken.append(len(taken))
            yield ImageSource("again", paths[0])

    outcomes = read_images(recognizer, endless(), batch_size=1)
    for _ in range(5):
        next(outcomes)
    outcomes.close()
    assert len(taken) == 8  # the third chunk is being yielded, the fourth is being opened


def test_positions_are_pixels_of_the_image(recognizer, paths, tmp_path):
    image = Image.open(paths[3])
    threefold = tmp_path / "threefold.png"
    image.resize((3 * image.width, 3 * image.height), Image.Resampling.NEAREST).save(threefold)
    ends = []
    for path in (paths[3], threefold):
        loaded = load_line(ImageSource(path.name, path), recognizer)
        inked = np.flatnonzero((loaded.line.pixels > 128).any(axis=0))
        read = Reading("a", 0.5, (Character("a", 0.9, float(inked[0]), float(inked[-1] + 1)),))
        (character,) = to_image_pixels(read, loaded).characters
        ends.append((character.start, character.end))
    dark = np.flatnonzero((np.asarray(image) < 150).any(axis=0))
    assert ends[0] == pytest.approx((dark[0], dark[-1] + 1), abs=1.5)
    assert ends[1] == pytest.approx((3 * dark[0], 3 * (dark[-1] + 1)), abs=4)


def test_the_characters_that_are_read_lie_inside_the_image(recognizer, paths):
    for path, (_, read) in zip(paths, read_images(recognizer, sources(paths)), strict=True):
        with Image.open(path) as image:
            assert all(0 <= each.start < each.end <= image.width for each in read.characters)


def test_positions_are_never_outside_the_image():
    line = LoadedLine(CanonicalLine(np.zeros((28, 40), np.uint8), offset=10, scale=0.5), width=80)
    read = Reading("ab", 0.5, (Character("a", 0.9, 0.0, 12.0), Character("b", 0.8, 12.0, 40.0)))
    moved = to_image_pixels(read, line)
    assert [(each.start, each.end) for each in moved.characters] == [(20.0, 44.0), (44.0, 80.0)]
    assert (moved.text, moved.confidence) == ("ab", 0.5)
    assert [each.confidence for each in moved.characters] == [0.9, 0.8]


def test_an_image_from_bytes_is_read_like_a_file(recognizer, paths):
    over_stdin = load_line(ImageSource("stdin", paths[2].read_bytes()), recognizer)
    from_file = load_line(ImageSource("a file", paths[2]), recognizer)
    np.testing.assert_array_equal(over_stdin.line.pixels, from_file.line.pixels)
    assert over_stdin.width == 80 + 2 * 37
