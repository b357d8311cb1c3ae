import json

import pytest


def test_the_table_has_a_row_for_every_model(kerasrec):
    result = kerasrec("models")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "A line of 896 px, 83 classes; window and stride of a frame in px"
    assert [line.split() for line in lines[3:]] == [
        ["line_cnn_simple", "1,654,035", "32", "28", "28", "1.98"],
        ["line_cnn", "1,200,499", "55", "24", "16", "1.18"],
        ["line_cnn_lstm", "3,684,294", "55", "24", "16", "1.45"],
        ["line_cnn_transformer", "3,773,043", "111", "16", "8", "1.53"],
        ["line_resnet", "2,844,627", "112", "81", "8", "1.16"],
    ]


def test_one_model_is_shown_with_its_hyperparameters(kerasrec):
    result = kerasrec("models", "line_cnn")
    assert result.exit_code == 0
    assert "line_resnet" not in result.stdout
    assert "Trained with ctc, or with --objective cross_entropy" in result.stdout.splitlines()
    assert "window_stride   18       Step in pixels between windows." in result.stdout.splitlines()


def test_json_has_the_same_facts_for_another_width(kerasrec):
    result = kerasrec("models", "line_cnn", "--width", 448, "--json")
    found = json.loads(result.stdout)
    assert (found["name"], found["width_px"], found["frames"], found["stride_px"]) == ("line_cnn", 448, 27, 16)
    assert found["flops"] < 1_178_063_872 / 2
    assert found["hyperparameters"][0]["name"] == "conv_dim"
    assert [each["name"] for each in json.loads(kerasrec("models", "--json").stdout)][0] == "line_cnn_simple"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["line_cn"], "no model 'line_cn'. Choose one of line_cnn_simple, line_cnn,"),
        (["--width", "8"], "A line of 8 px has no frame in line_cnn_simple, whose window is 28 px wide. Give a larger"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, arguments, text):
    result = kerasrec("models", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr
