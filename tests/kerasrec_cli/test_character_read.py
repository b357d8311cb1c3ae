"""`kerasrec character read` as a user calls it, with a recognizer of random weights."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.labs.characters.run import CharacterRun
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.models.characters import CharacterMLP


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run whose recognizer ranks c, é, 7, a for every image."""
    made = CharacterRun.create(tmp_path_factory.mktemp("runs") / "run", CharacterSettings("character_mlp"))
    recognizer = CharacterRecognizer.build(CharacterMLP(8, 4), "7acé", 20)
    classes = recognizer.model.get_layer("classes")
    classes.kernel.assign(np.zeros((4, 4)))
    classes.bias.assign(np.log([0.1, 0.05, 0.6, 0.25]))
    recognizer.save(made.recognizer_file)
    return made.folder


@pytest.fixture
def letters(tmp_path):
    letter = np.full((60, 50), 240, np.uint8)
    letter[10:50, 20:26] = 20
    for name in ("1.png", "2.png"):
        Image.fromarray(letter).save(tmp_path / name)
    return tmp_path


def test_three_candidates_per_image_are_printed(kerasrec, run, letters):
    result = kerasrec("character", "read", run, letters)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"{letters / name}\tc 0.6000\té 0.2500\t7 0.1000" for name in ("1.png", "2.png")
    ]


def test_json_and_an_image_from_standard_input(kerasrec, run, letters):
    content = (letters / "1.png").read_bytes()
    result = kerasrec("character", "read", run, "-", "--json", "--count", 2, input=content)
    assert json.loads(result.stdout) == {"path": "stdin", "candidates": {"c": 0.6, "é": 0.25}}


def test_a_bad_image_does_not_stop_the_others(kerasrec, run, letters):
    blank = io.BytesIO()
    Image.new("L", (60, 60), 255).save(blank, "PNG")
    (letters / "1.png").write_bytes(blank.getvalue())
    result = kerasrec("character", "read", run, letters / "1.png", letters / "nowhere.png", letters / "2.png")
    assert result.exit_code == 1
    assert result.stdout == f"{letters / '2.png'}\tc 0.6000\té 0.2500\t7 0.1000\n"
    assert f"Expected a character in {letters / '1.png'}, but there is no ink" in result.stderr
    assert "nowhere.png cannot be read" in result.stderr
    assert kerasrec("character", "read", run, letters / "1.png").exit_code == 1


def test_wrong_usage_is_explained(kerasrec, run, tmp_path):
    assert kerasrec("character", "read", run).exit_code == 2
    (tmp_path / "empty").mkdir()
    result = kerasrec("character", "read", run, tmp_path / "empty")
    assert (result.exit_code, "has no images" in result.stderr) == (2, True)
