"""The public names of `import kerasrec`, and what they do."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasrec

ARCHIVE = Path(__file__).resolve().parent / "saved" / "0.1.0.zip"
NAMES = [
    *("Architecture", "AsyncClient", "BadImage", "Character", "Client", "Evaluation", "KerasrecError"),
    *("LanguageModel", "Reading", "Recognizer", "Run", "WordList", "evaluate", "line_inputs", "load"),
    *("register_architecture", "train"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a run whose recognizer reads the digits 0 to 3, and a folder `lines` of images of them."""
    folder = tmp_path_factory.mktemp("face")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def recognizer(folder) -> kerasrec.Recognizer:
    return kerasrec.load(folder / "run")


@pytest.fixture
def line(folder) -> Path:
    return folder / "lines" / "line2.png"


def test_the_exported_names():
    assert sorted(kerasrec.__all__) == NAMES
    assert [name for name in NAMES if not callable(getattr(kerasrec, name))] == []
    assert [name for name in NAMES if name not in dir(kerasrec)] == []
    with pytest.raises(AttributeError, match="module 'kerasrec' has no attribute 'lode'"):
        _ = kerasrec.lode


def test_the_client_loads_neither_tensorflow_nor_keras():
    code = "import sys, kerasrec; kerasrec.Client; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("path", ["run", "run/recognizer.keras"])
def test_a_recognizer_is_loaded_from_its_run_or_its_file(folder, path):
    assert kerasrec.load(str(folder / path)).alphabet.characters == "0123 "


def grey(line: Path) -> np.ndarray:
    return np.asarray(Image.open(line))


@pytest.mark.parametrize(
    "convert",
    [
        str,
        lambda path: path,
        lambda path: path.read_bytes(),
        Image.open,
        lambda path: Image.open(path).convert("RGBA"),
        lambda path: Image.open(path).convert("P"),
        grey,
        lambda path: grey(path)[..., None],
        lambda path: np.stack([grey(path)] * 3, axis=-1),
        lambda path: np.dstack([grey(path)] * 3 + [np.full_like(grey(path), 255)]),
        lambda path: np.stack([grey(path)] * 3, axis=-1) / 255,
        lambda path: 255 - grey(path),
        lambda path: grey(path) > 128,
        *(lambda path, kind=kind: grey(path).astype(kind) for kind in ("uint16", "int32", "int64", "float32", "f8")),
    ],
)
def test_images_of_all_types_are_read(recognizer, line, convert):
    reading = recognizer.read(convert(line))
    assert reading.text == "12133"
    assert [character.text for character in reading.characters] == list("12133")


def test_positions_are_pixels_of_the_image(recognizer, line):
    image = Image.open(line)
    larger = image.resize((3 * image.width, 3 * image.height), Image.Resampling.BICUBIC)
    small, large = recognizer.read(image), recognizer.read(larger)
    assert (large.text, large.characters[-1].end) == (small.text, pytest.approx(3 * small.characters[-1].end, abs=6))
    assert large.characters[-1].end <= larger.width


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("absent.png", r"absent\.png cannot be read as an image: No such file"),
        (b"no image", "image 1 is not an image"),
        (np.zeros((3, 3, 7), np.uint8), r"shape \(height, width\), .* but has the shape \(3, 3, 7\)"),
        (np.zeros((0, 9), np.uint8), r"but has the shape \(0, 9\)"),
        (np.zeros((9, 9, 4), np.float32), r"shape \(9, 9, 4\) and type float32\. Give it as uint8"),
        (np.zeros((9, 9), complex), "type complex128"),
        (np.full((9, 9), np.nan), "must have finite values"),
        (7, "but has the type int"),
        (Image.new("L", (60, 2)), "at least 4 px high"),
    ],
)
def test_an_image_that_cannot_be_read_raises(recognizer, image, message):
    with pytest.raises(kerasrec.BadImage, match=message):
        recognizer.read(image)


def test_images_are_read_in_order_with_an_error_in_place_of_a_bad_one(recognizer, folder, line):
    images = [folder / "lines" / "line1.png", "absent.png", grey(line), 7]
    one, absent, two, wrong = recognizer.read_many(images)
    assert (one.text, two.text) == ("2120 30", "12133")
    assert isinstance(absent, kerasrec.BadImage) and "absent.png" in str(absent)
    assert isinstance(wrong, kerasrec.BadImage) and str(wrong).startswith("image 4 must be a path")


def test_images_are_opened_on_demand(recognizer, line):
    opened = []

    def images():
        for number in range(2000):
            opened.append(number)
            yield line

    assert next(recognizer.read_many(images())).text == "12133"
    assert len(opened) < 2000


def test_reading_uses_the_current_weights_of_the_model(folder, line):
    recognizer = kerasrec.load(folder / "run")
    assert recognizer.read(line).text == "12133"
    layer = recognizer.model.get_layer("classes")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, bias - 100 * np.eye(1, len(bias), 5)[0]])  # never "1"
    assert "1" not in recognizer.read(line).text
    layer.set_weights([kernel, bias])
    assert recognizer.read(line).text == "12133"


def test_evaluate_measures_lines_of_known_text(folder, recognizer):
    assert kerasrec.evaluate(recognizer, folder / "lines").cer == 0
    (folder / "wrong").mkdir()
    (folder / "wrong" / "a.png").write_bytes((folder / "lines" / "line2.png").read_bytes())
    (folder / "wrong" / "a.gt.txt").write_text("1213")
    found = kerasrec.evaluate(str(folder / "run"), str(folder / "wrong"))
    assert (found.cer, found.wer) == (0.25, 1.0)


def test_train_creates_a_run_and_continues_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = {"hyperparameters": {"width": 4, "context_dim": 8, "context_blocks": 1}, "characters": "abcdefghij "}
    budget = {"epochs": 1, "epoch_lines": 32, "batch_size": 8, "validation_lines": 8, "precision": "float32"}
    run = kerasrec.train(out="run", test_lines=8, max_length=6, **small, **budget)
    assert isinstance(run, kerasrec.Run)
    assert run.settings().spec.max_length == 6
    assert "The run is in run" in capsys.readouterr().out
    assert isinstance(run.recognizer(), kerasrec.Recognizer)
    again = kerasrec.train(out="run", resume=True, test_lines=8)
    assert again.settings() == run.settings()
    assert "This run ended after epoch 1." in capsys.readouterr().out
    with pytest.raises(kerasrec.KerasrecError, match="leave out epochs, or start a new run"):
        kerasrec.train(out="run", resume=True, epochs=3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epcohs": 1}, "There is no setting 'epcohs'. Choose one of augment, batch_size, "),
        ({"epochs": 1, "minutes": 2}, r"Give epochs or minutes, not both \(1 and 2\)"),
        ({"learning_rate": -1}, "learning_rate must be above 0, not -1"),
        ({"model": "line_cmn"}, "There is no model 'line_cmn'"),
        ({"hyperparameters": "line_resnet"}, "hyperparameters must be a dictionary, but are 'line_resnet'"),
    ],
)
def test_a_wrong_setting_raises_before_anything_is_written(tmp_path, settings, message):
    with pytest.raises(kerasrec.KerasrecError, match=message):
        kerasrec.train(out=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


def test_a_single_image_is_not_many(recognizer, line):
    for image in (str(line), line.read_bytes(), grey(line)):
        with pytest.raises(kerasrec.KerasrecError, match="Use read for one image"):
            recognizer.read_many(image)
    with pytest.raises(kerasrec.KerasrecError, match="batch_size must be at least 1, but is 0"):
        recognizer.read_many([line], batch_size=0)


@pytest.mark.parametrize("policy", ["bfloat16", "auto", "int8"])
def test_a_precision_is_not_taken_for_a_dtype_policy(folder, policy):
    with pytest.raises(kerasrec.KerasrecError, match=f"must be one of float32, mixed_bfloat16, .* but is '{policy}'"):
        kerasrec.Run.open(folder / "run").recognizer(policy)


def test_a_test_without_lines_is_refused_before_the_training(tmp_path):
    with pytest.raises(kerasrec.KerasrecError, match="test_lines must be at least 1, but is 0"):
        kerasrec.train(out=tmp_path / "run", test_lines=0)
