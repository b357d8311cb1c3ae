"""What a run is trained on has a fingerprint, which names what has changed."""

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import BadRun
from kerasrec.training.fingerprint import of_composed
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings
from kerasrec.training.train import train


@pytest.fixture
def settings(tmp_path):
    """Settings with a text file and a folder of three pictures each of a and b."""
    (tmp_path / "text.txt").write_text("\n".join(f"ab ba {'a' * i}" for i in range(1, 60)), encoding="utf-8")
    for character in "ab":
        (tmp_path / "glyphs" / character).mkdir(parents=True)
        for number in range(3):
            picture = np.zeros((28, 28), np.uint8)
            picture[4:20, 4 : 12 + number] = 255
            Image.fromarray(picture).save(tmp_path / "glyphs" / character / f"{number}.png")
    return TrainSettings(glyphs=str(tmp_path / "glyphs"), text=str(tmp_path / "text.txt"), characters="ab ")


def test_the_user_s_files_have_a_fingerprint_that_follows_from_their_content(settings, tmp_path):
    before = of_composed(settings)
    assert {name: value.partition(" (")[0] for name, value in before.items()} == {
        str(tmp_path / "text.txt"): "1 file",
        str(tmp_path / "glyphs" / "a"): "3 files",
        str(tmp_path / "glyphs" / "b"): "3 files",
    }
    (tmp_path / "text.txt").touch()  # not a change of the content
    assert of_composed(settings) == before
    (tmp_path / "glyphs" / "a" / "0.png").rename(tmp_path / "glyphs" / "a" / "3.png")
    assert {name for name, value in of_composed(settings).items() if value != before[name]} == {
        str(tmp_path / "glyphs" / "a")
    }


def test_glyphs_laid_out_as_writing_have_that_of_their_folder(settings):
    written = replace(settings, glyphs=f"written:{settings.glyphs}")
    assert of_composed(written) == of_composed(settings)


@pytest.mark.parametrize("glyphs", ["strokes", "written:strokes"])
def test_named_sources_have_none(glyphs):
    assert of_composed(TrainSettings(glyphs=glyphs)) == {}


def test_fonts_have_one(fonts):
    found = of_composed(TrainSettings(glyphs=f"fonts:{fonts}"))
    assert found and all(re.fullmatch(r"\d+ files? \([0-9a-f]{12}\)", value) for value in found.values())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            lambda folder: (folder / "text.txt").write_text("\n".join(f"b{'ab' * i}" for i in range(99))),
            r"text.txt had 1 file \(.*now has 1 file \(",
        ),
        (lambda folder: shutil.rmtree(folder / "glyphs" / "b"), r"glyphs/b had 3 files \(.*and now has nothing\. Put"),
    ],
)
def test_a_resume_says_what_has_changed(settings, tmp_path, change, named):
    run = Run.create(tmp_path / "run", settings)
    run.sources_file.write_text("[]")
    with pytest.raises(BadRun, match="glyphs/a had nothing, and now has 3 files .*, and 2 more have changed"):
        train("line_resnet", out=run.folder, data_dir=tmp_path, resume=True)
    run.sources_file.unlink()
    from kerasrec.training.splits import check_sources, load_splits

    check_sources(run, load_splits(settings, tmp_path))
    change(tmp_path)
    with pytest.raises(BadRun, match=named):
        train("line_resnet", out=run.folder, data_dir=tmp_path, resume=True)
