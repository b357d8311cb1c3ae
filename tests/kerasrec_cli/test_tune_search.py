"""`kerasrec tune search`: what is refused before anything is trained. tests/kerasrec_tuning has the searches."""

import pytest


def refused(result, *words):
    assert result.exit_code == 2, result.output
    text = " ".join(result.output.replace("│", " ").split())
    for word in words:
        assert word in text, text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["line_cmn"], ["line_cmn"]),
        (["--strategy", "luck"], ["luck"]),
        (["--fix", "widht=32"], ["widht"]),
        (["--fix", "width=thin"], ["thin"]),
        (["--range", "lr=3e-3:1e-4"], ["learning_rate is empty", "0.003"]),
        (["--range", "batch_size="], ["batch_size"]),
        (["--trials", "0"], ["'--trials'"]),
        (["--lines-per-trial", "100", "--minutes-per-trial", "1"], ["minutes"]),
        (["--chief", "--worker", "a"], ["--chief or --worker, not both"]),
        (["--chief-address", "localhost:9"], ["give --chief or --worker NAME, too"]),
        (["--worker", "a", "--trials", "3"], ["A worker has the settings that the search began with", "--trials"]),
        (["--resume", "--seed", "3"], ["A search that goes on has the settings", "--seed"]),
    ],
)
def test_wrong_usage_is_named_and_makes_nothing(kerasrec, own_data, tmp_path, arguments, words):
    out = tmp_path / "search"
    data = [] if {"--worker", "--resume"} & set(arguments) else own_data
    refused(kerasrec("tune", "search", *arguments, *data, "--out", out), *words)
    assert not out.exists()


def test_a_folder_of_another_search_is_named_with_what_differs(kerasrec, search_folder):
    refused(
        kerasrec("tune", "search", "line_resnet", "--trials", "77", "--out", search_folder.path),
        "holds another search",
        "77",
    )


@pytest.fixture
def search_folder(tmp_path):
    from kerasrec.settings import TrainSettings
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.ranges import narrow
    from kerasrec_tuning.settings import SearchSettings

    settings = SearchSettings(TrainSettings(model="line_resnet"), narrow("line_resnet", [], []), trials=3, minutes=2.0)
    return SearchFolder.create(tmp_path / "search", settings, "kerasrec tune search", "a machine")
