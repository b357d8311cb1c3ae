import io

import pytest

from kerasrec.labs.characters.console import ShowEpochs

LOGS = {"loss": 1.5, "accuracy": 0.5, "val_loss": 1.25, "val_accuracy": 0.625, "seconds": 65.2, "best": 1.0}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def show(stream):
    callback = ShowEpochs(stream)
    callback.set_params({"steps": 10})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(4, {"loss": 2.0, "accuracy": 0.25})
    callback.on_epoch_end(0, LOGS)
    callback.on_epoch_end(1, {**LOGS, "best": 0.0})
    return stream.getvalue()


TABLE = [
    "epoch    loss accuracy val loss val accuracy elapsed",
    "    1   1.500   0.5000    1.250       0.6250    1:05 best",
    "    2   1.500   0.5000    1.250       0.6250    1:05",
]


def test_each_epoch_is_a_row():
    assert show(io.StringIO()).splitlines() == TABLE


def test_an_error_leaves_no_live_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    callback = ShowEpochs(terminal)
    callback.set_params({"steps": 10})
    callback.on_train_begin()
    callback.on_train_batch_end(4, {"loss": 2.0, "accuracy": 0.25})
    callback.on_train_end()
    assert terminal.getvalue().endswith(" \r")


@pytest.mark.parametrize("columns", [80, 100])
def test_a_terminal_sees_how_far_the_epoch_is(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = show(Terminal())
    assert "Epoch 1  [###" in text
    assert " 50%  loss 2.000  accuracy 0.2500" in text
    assert [line.split("\r")[-1].rstrip() for line in text.split("\n")[1:-1]] == TABLE[1:]
