"""`kerasrec read` as a user calls it, with a recognizer of random weights."""

import csv
import json
import os
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadImage
from kerasrec.spec import LineSpec
from kerasrec.training.settings import TrainSettings


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run whose recognizer reads some text in every line."""
    from kerasrec.models import LineResNet
    from kerasrec.recognizer.recognizer import Recognizer
    from kerasrec.training.run import Run

    recognizer = Recognizer.build(LineResNet(8, 16, 1), Alphabet("ab"), LineSpec())
    rng = np.random.default_rng(1)
    for variable in recognizer.model.trainable_variables:
        inputs = np.prod(variable.shape[:-1]) if len(variable.shape) > 1 else 100
        variable.assign(rng.normal(0, (2 / inputs) ** 0.5, variable.shape))
    recognizer.model.get_layer("classes").bias.assign([-1, -9, -9, -9, 0, 0])  # letters before blanks, no other tokens
    run = Run.create(tmp_path_factory.mktemp("runs") / "run", TrainSettings())
    recognizer.save(run.recognizer_file)
    return run.folder


@pytest.fixture
def images(tmp_path):
    """A folder of three lines, numbered so that natural order differs from alphabetical order."""
    folder = tmp_path / "lines"
    folder.mkdir()
    for number in (1, 2, 10):
        image = np.full((56, 200 + 10 * number), 255, np.uint8)
        image[10:40, 20 : 60 + 10 * number : 20] = 0
        Image.fromarray(image).save(folder / f"line{number}.png")
    return folder


def test_text_format_has_path_text_and_confidence_in_order(kerasrec, run, images):
    result = kerasrec("read", run, images, "--precision", "float32")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [row[0] for row in rows] == [str(images / f"line{number}.png") for number in (1, 2, 10)]
    assert any(row[1] for row in rows)
    assert set("".join(row[1] for row in rows)) <= set("ab")
    assert all(0 <= float(row[2]) <= 1 for row in rows)


def test_jsonl_has_the_characters_positions_in_the_image(kerasrec, run, images):
    result = kerasrec("read", run, images / "line10.png", "--format", "jsonl")
    (line,) = result.stdout.splitlines()
    found = json.loads(line)
    assert list(found) == ["path", "text", "confidence", "characters"]
    assert "".join(each["text"] for each in found["characters"]) == found["text"] != ""
    positions = [position for each in found["characters"] for position in (each["start"], each["end"])]
    assert positions == sorted(positions)
    assert 56 < positions[-1] <= 300  # the image is twice as high as its line


def test_a_csv_file_is_written_atomically(kerasrec, run, images, tmp_path):
    out = tmp_path / "new" / "readings.csv"
    result = kerasrec("read", run, images, "--format", "csv", "--out", out, "--beam", 2, "--batch-size", 1)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["path", "text", "confidence"]
    assert len(rows) == 4
    assert os.listdir(out.parent) == ["readings.csv"]


def test_an_image_from_standard_input_reads_as_from_its_file(kerasrec, run, images):
    file = images / "line2.png"
    over_stdin = kerasrec("read", run, "-", input=file.read_bytes()).stdout
    assert over_stdin.split("\t")[0] == "stdin"
    assert over_stdin.split("\t")[1:] == kerasrec("read", run, file).stdout.split("\t")[1:]


def test_each_page_of_an_image_is_read(kerasrec, run, images):
    pages = [Image.open(images / f"line{number}.png") for number in (1, 2, 10)]
    file = images.parent / "pages.tif"
    pages[0].save(file, save_all=True, append_images=pages[1:])
    alone = [line.split("\t")[1:] for line in kerasrec("read", run, images).stdout.splitlines()]
    assert [line.split("\t") for line in kerasrec("read", run, file).stdout.splitlines()] == [
        [f"{file}#{page}", *reading] for page, reading in enumerate(alone, 1)
    ]
    assert kerasrec("read", run, f"{file}#2").stdout.split() == [f"{file}#2", *alone[1]]
    result = kerasrec("read", run, f"{file}#4", file)
    assert result.stderr.startswith(f"Error: {file}#4 does not exist: the file has 3 pages")
    assert result.stderr.splitlines()[-1] == "1 of 4 images could not be read."


def test_a_bad_image_among_many_is_reported_and_skipped(kerasrec, run, images):
    (images / "line3.png").write_bytes(b"no image")
    result = kerasrec("read", run, images)
    assert result.exit_code == 1
    assert [os.path.basename(line.split("\t")[0]) for line in result.stdout.splitlines()] == [
        "line1.png",
        "line2.png",
        "line10.png",
    ]
    first, last = result.stderr.splitlines()
    assert first.startswith(f"Error: {images / 'line3.png'} is not an image")
    assert last == "1 of 4 images could not be read."


def test_a_single_bad_image_is_one_message(kerasrec, run, tmp_path):
    (tmp_path / "empty.png").touch()
    result = kerasrec("read", run, tmp_path / "empty.png")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {BadImage(f'{tmp_path}/empty.png is empty: it has 0 bytes. Save it again.')}\n"


def test_readings_are_explained_with_pictures(kerasrec, run, images, tmp_path):
    result = kerasrec("read", run, images, images / "line2.png", "--explain", tmp_path / "steps")
    assert (result.exit_code, result.stdout) == (0, kerasrec("read", run, images, images / "line2.png").stdout)
    names = {f"line{number}-explained.png" for number in (1, 2, 10)}
    assert {file.name for file in (tmp_path / "steps").iterdir()} == names
    with Image.open(tmp_path / "steps" / "line10-explained.png") as picture:
        assert picture.width > 2 * 300


def test_an_image_without_ink_is_reported(kerasrec, run, tmp_path):
    Image.fromarray(np.full((56, 300), 250, np.uint8)).save(tmp_path / "blank.png")
    result = kerasrec("read", run, tmp_path / "blank.png")
    assert result.exit_code == 0
    assert result.stderr == f"{tmp_path / 'blank.png'}: nothing stands out from the paper (contrast 0 of 255).\n"


def test_the_ink_can_be_stated(kerasrec, run, images):
    stated, found, wrong = (kerasrec("read", run, images, "--ink", ink).stdout for ink in ("dark", "auto", "light"))
    assert stated == found != wrong


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["nowhere", "a.png"], 2, "'nowhere' does not exist"),
        (["{run}"], 2, "Missing argument"),
        (["{empty}", "a.png"], 1, "empty holds no settings.json, so it is not a run"),
        (["{images}/line1.png", "a.png"], 1, "line1.png is not a recognizer of kerasrec"),
        (["{run}", "{empty}"], 2, "empty has no images"),
        (["{run}", "{images}/*.jpg"], 2, "*.jpg matches no images"),
        (["{run}", "{images}", "--out", "{empty}"], 2, "empty is a folder"),
        (["{run}", "{images}", "--out", os.devnull], 2, "/dev/null is a device"),
        (["{run}", "{images}", "--out", "{images}/line1.png/x"], 1, "line1.png/x could not be written"),
        (["{run}", "{images}", "--explain", "{images}/line1.png"], 2, "--explain must be a folder, but"),
        (["{run}", "{images}", "--ink", "red"], 2, "'red' is not one of"),
        (["{run}", "{images}", "--format", "xml"], 2, "'xml' is not one of"),
        (["{run}", "{images}", "--beam", "-1"], 2, "--beam"),
        (["{run}", "{images}", "--batch-size", "0"], 2, "--batch-size"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, run, images, tmp_path, arguments, code, text):
    empty = tmp_path / "empty"
    empty.mkdir()
    result = kerasrec("read", *(each.format(run=run, images=images, empty=empty) for each in arguments))
    assert (result.exit_code, result.stdout) == (code, "")
    assert text in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_the_recognizer_of_the_package_reads_by_name(kerasrec, tmp_path):
    font = ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Oblique.ttf", 48)
    image = Image.new("L", (700, 90), 230)
    ImageDraw.Draw(image).text((30, 15), "The quick brown fox", fill=40, font=font)
    image.save(tmp_path / "line.png")
    result = kerasrec("read", "handwriting", tmp_path / "line.png")
    assert result.exit_code == 0 and "quick brown" in result.stdout
