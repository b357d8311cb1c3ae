"""`kerasrec character evaluate` as a user calls it, with a recognizer of random weights."""

import json

import pytest

from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.labs.characters.run import CharacterRun
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.models.characters import CharacterMLP


@pytest.fixture(scope="module")
def run(own_data, tmp_path_factory):
    """The folder of a run whose recognizer reads everything as an a."""
    settings = CharacterSettings("character_mlp", {"fc1_dim": 8, "fc2_dim": 4}, glyphs=own_data[1])
    made = CharacterRun.create(tmp_path_factory.mktemp("runs") / "run", settings)
    recognizer = CharacterRecognizer.build(CharacterMLP(8, 4), "ab", 20)
    recognizer.model.get_layer("classes").bias.assign([9.0, 0.0])
    recognizer.save(made.recognizer_file)
    return made.folder


def test_accuracy_and_hardest_classes_are_printed(kerasrec, run):
    result = kerasrec("character", "evaluate", run, "--precision", "float32")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("accuracy 50.00% (95% interval ")
    assert lines[0].endswith(" on 2 images")
    assert [line.split() for line in lines[2:5]] == [
        ["hardest", "accuracy", "images", "read", "as"],
        ["b", "0.0%", "1", "a", "1"],
        ["a", "100.0%", "1"],
    ]
    assert lines[-1] == f"Pictures and tables are in {run / 'evaluation'}."
    names = {file.name for file in (run / "evaluation").iterdir()}
    assert names == {"metrics.json", "confusions.csv", "confusions.png", "worst.png"}


def test_json_has_the_same_metrics(kerasrec, run, tmp_path):
    result = kerasrec("character", "evaluate", run, "--json", "--out", tmp_path / "here")
    found = json.loads(result.stdout)
    assert found == json.loads((tmp_path / "here" / "metrics.json").read_text(encoding="utf-8"))
    assert found["by_class"]["b"] == {"pictures": 1, "accuracy": 0.0, "read_as": {"a": 1}}


def test_a_folder_that_is_not_a_run_is_refused(kerasrec, tmp_path):
    result = kerasrec("character", "evaluate", tmp_path)
    assert (result.exit_code, "holds no settings.json, so it is not a run" in result.stderr) == (1, True)
    assert kerasrec("character", "evaluate", tmp_path / "nowhere").exit_code == 2
