import io

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

from kerasrec.errors import CannotWrite
from kerasrec.plots import line_sheet
from kerasrec.training.progress import Progress
from kerasrec.training.settings import TrainSettings
from kerasrec.training.tensorboard import TensorBoardLog
from kerasrec.training.validation import Sample


def read_log(folder):
    """Returns all values of a folder's event files: {(tag, step): value}."""
    values = {}
    for file in sorted(folder.iterdir()):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                values[value.tag, event.step] = tensor_util.make_ndarray(value.tensor)
    return values


@pytest.fixture
def progress():
    line = np.random.default_rng(0).integers(0, 256, (28, 60), np.uint8)
    return Progress(TrainSettings(), samples=[Sample(line, "ab", "ac", 0.5), Sample(line[:, :40], "a", "a", 0.75)])


def log_epochs(progress, folder, sheet=line_sheet, steps=(10, 20)):
    log = TensorBoardLog(progress, folder, sheet)
    log.on_train_begin()
    for step in steps:
        progress.step = step
        progress.history.append({"epoch": step / 10, "loss": 30.0 / step, "val_cer": 5 / step})
        log.on_epoch_end(0, {})
    log.on_train_end()


def test_scalars_are_read_back(progress, tmp_path):
    log_epochs(progress, tmp_path / "log")
    values = read_log(tmp_path / "log")
    scalars = {key: float(value) for key, value in values.items() if key[0] != "validation"}
    assert scalars == {
        ("epoch", 10): 1.0,
        ("loss", 10): 3.0,
        ("val_cer", 10): 0.5,
        ("epoch", 20): 2.0,
        ("loss", 20): 1.5,
        ("val_cer", 20): 0.25,
    }


def test_the_image_shows_the_samples(progress, tmp_path):
    drawn = []

    def sheet(path, lines, captions):
        drawn.append(([line.shape for line in lines], captions))
        Image.fromarray(np.arange(24, dtype=np.uint8).reshape(2, 4, 3)).save(path)

    log_epochs(progress, tmp_path, sheet, steps=(10,))
    assert drawn == [([(28, 60), (28, 40)], [("ab", "ac", 0.5), ("a", "a", 0.75)])]
    width, height, picture = read_log(tmp_path)["validation", 10].tolist()
    assert (int(width), int(height)) == (4, 2)
    np.testing.assert_array_equal(Image.open(io.BytesIO(picture)), np.arange(24).reshape(2, 4, 3))


def test_a_line_sheet_is_logged_as_the_image(progress, tmp_path):
    log_epochs(progress, tmp_path / "log", steps=(10,))
    line_sheet(
        tmp_path / "sheet.png", [sample.line for sample in progress.samples], [("ab", "ac", 0.5), ("a", "a", 0.75)]
    )
    picture = read_log(tmp_path / "log")["validation", 10][2]
    np.testing.assert_array_equal(Image.open(io.BytesIO(picture)), Image.open(tmp_path / "sheet.png"))


def test_a_resumed_run_adds_to_the_log(progress, tmp_path):
    log_epochs(progress, tmp_path, steps=(10,))
    log_epochs(progress, tmp_path, steps=(20,))
    assert {step for _, step in read_log(tmp_path)} == {10, 20}


def test_a_log_that_cannot_be_opened_is_reported(progress, tmp_path):
    (tmp_path / "file").write_text("x")
    log = TensorBoardLog(progress, tmp_path / "file" / "log", line_sheet)
    with pytest.raises(CannotWrite, match="log cannot hold a log for TensorBoard: .* train without --tensorboard"):
        log.on_train_begin()
    log.on_train_end()
