import io

import pytest

from kerasrec.training import console as shown
from kerasrec.training import progress as budget
from kerasrec.training.console import ShowProgress
from kerasrec.training.progress import Progress
from kerasrec.training.settings import TrainSettings


class Terminal(io.StringIO):
    """A terminal that keeps what stands on it: a carriage return goes back to the line's start, without erasing."""

    def isatty(self):
        return True

    def lines(self):
        lines = []
        for written in self.getvalue().split("\n"):
            line = ""
            for part in written.split("\r"):
                line = part + line[len(part) :]
            lines.append(line.rstrip())
        return lines


class Model:
    stop_training = False


@pytest.fixture
def now(monkeypatch):
    """A clock that stands still until it is set: `now[0] = 5.0`."""
    now = [0.0]
    monkeypatch.setattr(budget.time, "perf_counter", lambda: now[0])
    assert shown.time is budget.time
    return now


@pytest.fixture
def progress(now):
    """2 epochs of 10 steps."""
    return Progress(TrainSettings(epochs=2, epoch_lines=320, batch_size=32, patience=3))


def show_on(stream, progress):
    callback = ShowProgress(progress, stream)
    callback.set_model(Model())
    callback.set_params({"steps": 10})
    return callback


def end_epoch(callback, progress, val_cer=0.25, infeasible=0.0):
    number = len(progress.history) + 1
    row = {"epoch": number, "step": progress.step, "lines": 32 * progress.step, "seconds": progress.elapsed()}
    row |= {"learning_rate": 1.2e-3, "infeasible": infeasible, "loss": 12.5, "lines_per_s": 1234.4}
    row |= {"val_loss": -1e-9, "val_cer": val_cer, "val_lab_cer": 0.5}
    progress.history.append(row)
    if val_cer < progress.best_cer:
        progress.best_cer, progress.best_epoch = val_cer, number
    callback.on_epoch_end(number - 1, row)


def run(callback, progress, now):
    """Two epochs, a step every 0.2 seconds."""
    callback.on_train_begin()
    for val_cer, infeasible in ((0.25, 0.0), (0.3, 1500.0)):
        callback.on_epoch_begin(len(progress.history))
        for batch in range(10):
            now[0], progress.step = now[0] + 0.2, progress.step + 1
            callback.on_train_batch_end(batch, {"loss": 3.25})
        end_epoch(callback, progress, val_cer, infeasible)
    callback.on_train_end()


TABLE = [
    "epoch      lines lines/s    loss val loss val CER lab CER    rate elapsed    left",
    "    1        320   1,234  12.500    0.000  25.00%  50.00% 1.2e-03    0:02    0:02 best",
    "    2        640   1,234  12.500    0.000  30.00%  50.00% 1.2e-03    0:04    0:00",
    "      1,500 lines had too few frames for their text, and were masked.",
]


def test_a_stream_gets_whole_lines(progress, now):
    stream = io.StringIO()
    run(show_on(stream, progress), progress, now)
    assert stream.getvalue().splitlines() == TABLE
    assert "\r" not in stream.getvalue()


def test_a_terminal_is_left_with_the_same_lines(progress, now, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    run(show_on(terminal, progress), progress, now)
    assert terminal.lines() == [*TABLE, ""]


def test_a_narrow_terminal_gets_what_fits(progress, now, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    terminal = Terminal()
    run(show_on(terminal, progress), progress, now)
    assert terminal.lines()[:2] == [
        "epoch lines/s    loss val CER    left",
        "    1   1,234  12.500  25.00%    0:02 best",
    ]
    assert all(len(part) < 50 for line in terminal.getvalue().split("\n")[1:3] for part in line.split("\r"))


def test_the_live_line_is_renewed_twice_a_second(progress, now, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    callback = show_on(terminal, progress)
    callback.on_train_begin()
    assert terminal.lines()[-1] == "Preparing the first step ..."
    callback.on_epoch_begin(0)
    seen = []
    for batch in range(10):
        now[0], progress.step = now[0] + 0.2, progress.step + 1
        callback.on_train_batch_end(batch, {"loss": 3.25})
        seen.append(terminal.lines()[-1])
    assert seen[:2] == ["Preparing the first step ..."] * 2
    assert seen[2] == seen[4] == "Epoch 1  [####.......................]  15%  160 lines/s  loss 3.250  0:03 left"
    assert seen[5] == seen[7] == "Epoch 1  [########...................]  30%  160 lines/s  loss 3.250  0:03 left"
    assert seen[9] == "Epoch 1: reading the validation lines ..."


def test_the_live_line_keeps_to_the_width(progress, now, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    terminal = Terminal()
    callback = show_on(terminal, progress)
    callback.on_epoch_begin(0)
    now[0], progress.step = 1.0, 1
    callback.on_train_batch_end(0, {"loss": 3.25})
    now[0], progress.step = 2.0, 2
    callback.on_train_batch_end(1, {"loss": 3.25})
    assert terminal.lines()[-1] == "Epoch 1   10%  32 lines/s  lo"


def test_a_resumed_run_says_so(progress):
    progress.step, progress.history = 10, [{}]
    stream = io.StringIO()
    show_on(stream, progress).on_train_begin()
    assert stream.getvalue().splitlines()[0] == "Going on after epoch 1, step 10."


def test_an_early_end_is_explained(progress):
    stream = io.StringIO()
    callback = show_on(stream, progress)
    progress.step = 5
    callback.on_train_end()
    assert stream.getvalue() == ""
    progress.history, progress.best_epoch = [{}] * 4, 1
    callback.on_train_end()
    assert stream.getvalue() == "No better val CER since epoch 1: stopped before the budget's end.\n"


def test_an_error_leaves_no_live_line(progress):
    terminal = Terminal()
    callback = show_on(terminal, progress)
    callback.on_train_begin()
    callback.on_train_end()  # as training does after an error
    terminal.write("Stopped.")
    assert terminal.lines()[-1] == "Stopped."
