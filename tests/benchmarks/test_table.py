import pytest

from benchmarks.row import Row
from benchmarks.table import format_table, summarise

ROWS = [
    Row("reading line_cnn", "lines/s", 496.4, "ONNX float32", 0.412, 69.0, "PyTorch float32", least_ratio=1),
    Row("CTC", "ms", 61.2, peer=298.0, peer_name="keras.ops.ctc_loss", least_ratio=5),
    Row("help", "s", 0.2141, limit=0.3),
    Row("composing", "lines/s", 18432.0),
    Row("training", "lines/s", 50.0, least_ratio=1.5),
]


def test_the_table_has_every_figure():
    assert format_table(ROWS).splitlines() == [
        "| what             | ours                     | of GEMM | peer                   | ratio | target  | met |",
        "|------------------|--------------------------|---------|------------------------|-------|---------|-----|",
        "| reading line_cnn | 496 lines/s ONNX float32 | 41%     | 69.0 PyTorch float32   | 7.19x | 1x      | yes |",
        "| CTC              | 61.2 ms                  | -       | 298 keras.ops.ctc_loss | 4.87x | 5x      | NO  |",
        "| help             | 0.214 s                  | -       | -                      | -     | < 0.3 s | yes |",
        "| composing        | 18,400 lines/s           | -       | -                      | -     | -       | -   |",
        "| training         | 50.0 lines/s             | -       | -                      | -     | 1.5x    | -   |",
    ]


def test_an_empty_table_is_its_header():
    assert len(format_table([]).splitlines()) == 2


def test_the_targets_are_counted():
    assert summarise(ROWS) == "2 of 4 targets met, 1 missed, 1 without a comparison"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0521, "0.0521 s"), (9.999, "10.0 s"), (12.34, "12.3 s"), (99.96, "100 s"), (1234.5, "1,230 s")],
)
def test_figures_have_three_significant_digits(value, shown):
    assert f" {shown} " in format_table([Row("time", "s", value)])
