"""The pictures that explain readings: their files, their steps, and the warnings of images without text."""

import logging
from functools import partial

import numpy as np
import pytest
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage, UsageError
from kerasrec.images.compiled import make_line
from kerasrec.images.files import ImageSource
from kerasrec.models import LineResNet
from kerasrec.plots import Step
from kerasrec.recognizer import explanation
from kerasrec.recognizer.explanation import explain, explain_readings
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec

MAKE_LINE = partial(make_line, height=28)
READING = Reading("ab", 0.5, (Character("a", 0.9, 20.0, 60.0), Character("b", 0.8, 60.0, 100.0)))


def photograph(ink: int = 40, paper: int = 230) -> np.ndarray:
    """Strokes that rise to the right, on paper that is darker below."""
    image = np.linspace(paper, 0.7 * paper, 90)[:, None] * np.ones((1, 400))
    for left in range(30, 370, 40):
        top = 40 - left // 20
        image[top : top + 30, left : left + 8] = ink
    return image.astype(np.uint8)


def save(path, image) -> ImageSource:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(image).save(path)
    return ImageSource(str(path), path)


@pytest.fixture
def shown(monkeypatch) -> list[Step]:
    """The steps that are drawn."""
    drawn: list[Step] = []
    monkeypatch.setattr(explanation, "steps", lambda path, title, each: drawn.extend(each))
    return drawn


@pytest.fixture
def silent(randomise) -> Recognizer:
    """A recognizer that reads no text in any line."""
    made = Recognizer.build(LineResNet(8, 16, 1), Alphabet("ab"), LineSpec())
    randomise(made.model)
    made.model.get_layer("classes").bias.assign([99, 0, 0, 0, 0, 0])
    return made


def test_images_of_the_same_name_have_pictures_of_their_own(tmp_path):
    sources = [save(tmp_path / name, photograph()) for name in ("a/line.png", "b/line.png", "b/Line.bmp")]
    bad = BadImage("damaged")
    outcomes = [(sources[0], READING), (sources[1], bad), (sources[1], READING), (sources[2], READING)]
    assert list(explain_readings(outcomes, tmp_path / "out", MAKE_LINE)) == outcomes
    made = ["Line-explained-3.png", "line-explained-2.png", "line-explained.png"]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == made
    with Image.open(tmp_path / "out" / made[0]) as picture:
        assert picture.width > 400 and picture.height > 600


def test_each_step_is_shown(shown, tmp_path):
    explain(tmp_path / "a.png", save(tmp_path / "line.png", photograph()), READING, MAKE_LINE)
    image, flat, ink, line, rows, seen = shown
    assert image.caption == "the image, 400 x 90 px"
    assert image.pixels.shape == (128, 569)
    assert flat.caption == "in even light: as found, ink is darker than its paper"
    assert np.ptp(flat.pixels[:, 3]) < 40 < np.ptp(image.pixels[:, 3])
    assert ink.caption.startswith("its ink: ink covers ")
    upper, lower = line.curves
    assert upper.shape == (569,)
    for column in (50, 200, 300):  # the strokes are 43 px high, and lie between the edges
        assert 35 < lower[column] - upper[column] < 60
        middle = (55 - (column * 400 / 569) / 20) * 128 / 90
        assert (lower[column] + upper[column]) / 2 == pytest.approx(middle, abs=6)
    assert rows.scale * rows.pixels.shape[1] == pytest.approx(seen.scale * seen.pixels.shape[1], abs=4)
    assert seen.pixels.shape[0] == 28
    assert seen.caption == f"as the model sees it, {seen.pixels.shape[1]} x 28 px: “ab”, with a confidence of 50.0%"
    assert [mark.text for mark in seen.marks] == ["a", "b"]
    strokes = np.flatnonzero(seen.pixels.max(axis=0) > 200)
    assert seen.marks[0].position - strokes[0] == pytest.approx((40 - 30) * (seen.pixels.shape[1] - 16) / 328, abs=4)


@pytest.mark.parametrize(
    ("ink", "words"), [("dark", "as stated, ink is darker"), ("light", "so that the negative is read")]
)
def test_a_stated_ink_is_shown(shown, tmp_path, ink, words):
    explain(tmp_path / "a.png", save(tmp_path / "line.png", photograph()), READING, MAKE_LINE, ink)
    assert words in shown[1].caption


def test_a_line_that_is_kept_has_no_steps(shown, tmp_path):
    line = np.zeros((28, 200), np.uint8)
    line[4:24, 20:180:20] = 255
    for image in (line, 255 - line):
        shown.clear()
        explain(tmp_path / "a.png", save(tmp_path / "line.png", image), READING, MAKE_LINE)
        assert [step.caption.split(",")[0] for step in shown] == ["the image", "as the model sees it"]


def test_an_image_without_ink_has_no_line(shown, tmp_path):
    blank = save(tmp_path / "line.png", np.full((90, 400), 230, np.uint8))
    explain(tmp_path / "a.png", blank, Reading("", 0.5, ()), MAKE_LINE)
    assert [step.caption for step in shown[2:]] == [
        "its ink: nothing stands out from the paper (contrast 0 of 255)",
        "as the model sees it, 28 x 28 px: no text was read",
    ]


def test_an_image_with_ink_but_without_text_is_reported(silent, tmp_path, caplog):
    source = save(tmp_path / "my line.png", photograph())
    assert silent.read(source.content).text == ""
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("kerasrec", logging.WARNING)
    start, _, end = record.getMessage().partition(" of the picture (contrast ")
    assert start.startswith(f"{source.name}: no text was read, although ink covers ")
    assert 3 < float(start.rsplit(" ", 1)[1].rstrip("%")) < 12  # 8 strokes of 8 x 30 px: 6%
    assert end.endswith(f" of 255). Look at it with `kerasrec read RUN '{source.name}' --explain DIR`.")


def test_an_image_without_ink_is_reported(silent, caplog):
    silent.read(np.full((90, 400), 230, np.uint8))
    (record,) = caplog.records
    assert record.getMessage() == "image 1: nothing stands out from the paper (contrast 0 of 255)."


def test_a_text_needs_no_report(silent, caplog):
    silent.model.get_layer("classes").bias.assign([0, 0, 0, 0, 99, 0])
    assert silent.read(photograph()).text == "a"
    assert caplog.records == []


def test_a_stated_ink_is_used(randomise):
    reader = Recognizer.build(LineResNet(8, 16, 1), Alphabet("ab"), LineSpec())
    randomise(reader.model)
    dark, light = photograph(), photograph(ink=250, paper=110)
    for image, ink, other in ((dark, "dark", "light"), (light, "light", "dark")):
        assert reader.read(image, ink=ink) == reader.read(image)
        assert reader.read(image, ink=other) != reader.read(image)


def test_another_ink_is_refused(silent):
    with pytest.raises(UsageError, match="ink must be one of auto, dark, light, but is 'black'"):
        silent.read_many([], ink="black")
    with pytest.raises(UsageError, match="'black'"):
        silent.read(photograph(), ink="black")
