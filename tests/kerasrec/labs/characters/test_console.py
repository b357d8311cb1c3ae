import io
import re

import pytest

from kerasrec.labs.characters.console import ShowEpochs

LOGS = {"loss": 1.5, "accuracy": 0.5, "val_loss": 1.25, "val_accuracy": 0.625, "seconds": 65.2, "best": 1.0}


def begin(stream):
    """Shows the first half of an epoch."""
    callback = ShowEpochs(stream)
    callback.set_params({"steps": 10})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(4, {"loss": 2.0, "accuracy": 0.25})
    return callback


TABLE = [
    "epoch    loss accuracy val loss val accuracy elapsed",
    "    1   1.500   0.5000    1.250       0.6250    1:05 best",
    "    2   1.500   0.5000    1.250       0.6250    1:05",
]


def test_each_epoch_is_a_row():
    stream = io.StringIO()
    callback = begin(stream)
    callback.on_epoch_end(0, LOGS)
    callback.on_epoch_end(1, {**LOGS, "best": 0.0})
    callback.on_train_end()
    assert stream.getvalue().splitlines() == TABLE


@pytest.mark.parametrize("columns", [80, 100])
def test_a_terminal_shows_the_progress_of_the_epoch(columns, terminal):
    screen = terminal(columns)
    callback = begin(screen)
    callback.on_epoch_end(0, LOGS)
    head, row, line = screen.lines()
    assert [head, row] == TABLE[:2]
    assert re.fullmatch(r"Epoch 1 [━╸╺]{30}  50% loss 2.000  accuracy 0.2500", line)
    callback.on_epoch_end(1, {**LOGS, "best": 0.0})
    callback.on_train_end()
    assert screen.lines() == [*TABLE, ""]


def test_an_error_leaves_no_live_line(terminal):
    screen = terminal(80)
    begin(screen).on_train_end()
    assert screen.lines() == [TABLE[0], ""]
