import io
import re

import pytest

from kerasrec.training import progress as budget
from kerasrec.training.console import Column, LiveTable, ShowProgress, clock, fitting_columns
from kerasrec.training.progress import Progress
from kerasrec.training.settings import TrainSettings

COLUMNS = tuple(Column(f"c{rank}", 9, rank, lambda row: f"{row['x']:.1f}") for rank in (0, 3, 2, 1))


@pytest.mark.parametrize(
    ("width", "titles"), [(1, ["c0"]), (20, ["c0", "c1"]), (39, ["c0", "c2", "c1"]), (40, ["c0", "c3", "c2", "c1"])]
)
def test_the_columns_of_the_lowest_rank_are_kept_in_order(width, titles):
    assert [column.title for column in fitting_columns(COLUMNS, width)] == titles


def test_a_stream_that_is_not_a_terminal_gets_all_columns_and_no_live_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    table = LiveTable(COLUMNS[:3], stream)
    table.write_head()
    table.show("reading ...", 0.5)
    table.write_row({"x": 2})
    table.write("a line " * 20 + "is not wrapped")
    table.close()
    head, row, line = stream.getvalue().splitlines()
    assert [head, row] == ["       c0        c3        c2", "      2.0       2.0       2.0"]
    assert line == "a line " * 20 + "is not wrapped"


@pytest.mark.parametrize(
    ("columns", "before", "bar", "after"),
    [
        (80, "Epoch [1] ", 30, "  50% 3 [red]left"),
        (50, "Epoch [1] ", 21, "  50% 3 [red]left"),
        (32, "Epoch [1] ", 3, "  50% 3 [red]left"),
        (28, "Epoch [1]", 0, "  50% 3 [red]left"),
        (20, "Epoch…", 0, "  … 3 [red]…"),
    ],
)
def test_the_bar_of_the_live_line_takes_the_free_width(columns, before, bar, after, terminal):
    screen = terminal(columns)
    LiveTable(COLUMNS, screen).show("Epoch [1]", 0.5, "3 [red]left")
    (line,) = screen.lines()
    assert re.sub("[╸╺]", "━", line) == before + "━" * bar + after


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "?"),
        (0, "0:00"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (3599.4, "59:59"),
        (3599.7, "1:00:00"),
        (36061, "10:01:01"),
    ],
)
def test_seconds_are_formatted_as_a_clock(seconds, text):
    assert clock(seconds) == text


class Model:
    stop_training = False


@pytest.fixture
def now(monkeypatch):
    """A clock that only moves when it is set: `now[0] = 5.0`."""
    now = [0.0]
    monkeypatch.setattr(budget.time, "perf_counter", lambda: now[0])
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
    "      1,500 lines had too few frames for their text and were masked.",
]


def test_a_stream_gets_complete_lines(progress, now):
    stream = io.StringIO()
    run(show_on(stream, progress), progress, now)
    assert stream.getvalue().splitlines() == TABLE
    assert "\r" not in stream.getvalue()


def test_a_terminal_ends_up_with_the_same_lines(progress, now, terminal):
    screen = terminal(100)
    run(show_on(screen, progress), progress, now)
    assert screen.lines() == [*TABLE, ""]


def test_a_narrow_terminal_shows_the_columns_that_fit(progress, now, terminal):
    screen = terminal(50)
    run(show_on(screen, progress), progress, now)
    assert screen.lines()[:2] == [
        "epoch lines/s    loss val CER    left",
        "    1   1,234  12.500  25.00%    0:02 best",
    ]


def test_the_live_line_stays_below_the_rows(progress, now, terminal):
    screen = terminal(80)
    callback = show_on(screen, progress)
    callback.on_train_begin()
    (head, line) = screen.lines()
    assert line.startswith("Preparing the first step ... ━") and line.endswith("   0%")
    seen = []
    for _ in range(2):
        callback.on_epoch_begin(len(progress.history))
        for batch in range(10):
            now[0], progress.step = now[0] + 0.2, progress.step + 1
            callback.on_train_batch_end(batch, {"loss": 3.25})
            callback.table.live.refresh()
            seen.append(screen.lines()[-1])
        end_epoch(callback, progress)
    assert re.fullmatch("Epoch 1 [━╸╺]+   5% loss 3.250", seen[0])
    assert re.fullmatch(r"Epoch 1 [━╸╺]+  25% 160 lines/s  loss 3.250  0:03 left", seen[4])
    assert re.fullmatch(r"Epoch 1: reading the validation lines ... [━╸╺]+  50%", seen[9])
    assert re.fullmatch(r"Epoch 2 [━╸╺]+  95% 160 lines/s  loss 3.250  0:00 left", seen[18])
    assert [line.split()[0] for line in screen.lines()] == ["epoch", "1", "2", "Epoch"]
    assert screen.lines()[0] == head


def test_the_live_line_leaves_room_for_a_ctrl_c(progress, now, terminal):
    screen = terminal(30)
    callback = show_on(screen, progress)
    for batch in range(2):
        now[0], progress.step = now[0] + 1, progress.step + 1
        callback.on_train_batch_end(batch, {"loss": 3.25})
        callback.table.live.refresh()
    assert len(screen.lines()[-1]) == 28


def test_a_resumed_run_shows_where_it_continues(progress):
    progress.step, progress.history = 10, [{}]
    stream = io.StringIO()
    show_on(stream, progress).on_train_begin()
    assert stream.getvalue().splitlines()[0] == "Continuing after epoch 1, step 10."


def test_an_early_stop_is_explained(progress):
    stream = io.StringIO()
    callback = show_on(stream, progress)
    progress.step = 5
    callback.on_train_end()
    assert stream.getvalue() == ""
    progress.history = [{"val_cer": val_cer} for val_cer in (0.1, 0.2, 0.1, 0.3)]
    callback.on_train_end()
    assert stream.getvalue() == "No better val CER since epoch 1: stopped before the budget was spent.\n"


def test_an_error_leaves_no_live_line(progress, terminal):
    screen = terminal(80)
    callback = show_on(screen, progress)
    callback.on_train_begin()
    callback.on_train_end()  # as training does after an error
    screen.write("Stopped.")
    assert screen.lines()[-1] == "Stopped."
    assert screen.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2KStopped.")  # and the cursor is visible again
