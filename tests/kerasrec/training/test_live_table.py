import io

import pytest

from kerasrec.training.live_table import Column, LiveTable, bar, clock, fitting_columns, status

COLUMNS = tuple(Column(f"c{rank}", 9, rank, lambda row: f"{row['x']:.1f}") for rank in (0, 3, 2, 1))


@pytest.mark.parametrize(
    ("width", "titles"), [(1, ["c0"]), (20, ["c0", "c1"]), (39, ["c0", "c2", "c1"]), (40, ["c0", "c3", "c2", "c1"])]
)
def test_the_columns_of_the_lowest_rank_stay_in_their_order(width, titles):
    assert [column.title for column in fitting_columns(COLUMNS, width)] == titles


def test_a_stream_gets_all_columns_and_no_live_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = io.StringIO()
    table = LiveTable(COLUMNS[:3], stream)
    table.write_head()
    table.show("reading ...")
    table.write_row({"x": 2})
    assert stream.getvalue() == "       c0        c3        c2\n      2.0       2.0       2.0\n"


@pytest.mark.parametrize(
    ("columns", "line"),
    [("80", "Epoch 1  [###############...............]  50%  3 left"), ("24", "Epoch 1   50%  3 left")],
)
def test_a_live_line_has_a_bar_where_there_is_room(columns, line, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert status("Epoch 1", 0.5, "  3 left") == line


@pytest.mark.parametrize(("share", "drawn"), [(0, "[.....]"), (0.5, "[##...]"), (0.7, "[####.]"), (1, "[#####]")])
def test_a_bar(share, drawn):
    assert bar(share, 5) == drawn


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
def test_a_clock(seconds, text):
    assert clock(seconds) == text
