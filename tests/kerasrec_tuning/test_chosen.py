import json

import pytest

from kerasrec.errors import UsageError
from kerasrec_tuning import chosen
from kerasrec_tuning.chosen import CHOSEN_FOLDER, card, load_chosen, write_card
from kerasrec_tuning.space import SPACES, default_point


def test_the_card_has_the_result_and_its_conditions(search_folder):
    found = card(search_folder, search_folder.best())
    assert found["model"] == "line_resnet"
    assert found["hyperparameters"] == search_folder.trials()[2].hyperparameters
    assert (found["val_cer"], found["ms_per_line"], found["default_val_cer"]) == (0.12, 1.5, 0.20)
    assert (found["budget"], found["trials"]) == ({"lines": 20_000}, 6)
    assert found["command"].startswith("kerasrec tune search line_resnet --trials 8")
    assert found["machine"] == "4 cores of a test"
    lines = {"height": 28, "max_length": 32, "augment": 0.5}
    assert found["data"] == {"glyphs": "strokes", "text": "offline", **lines}


def test_hyperparameters_are_split_into_architecture_and_training(search_folder):
    write_card(search_folder, search_folder.best(), search_folder.best_file)
    for name in (search_folder.best_file, search_folder.path):  # the folder of the search works, too
        found = load_chosen(str(name))
        assert found.model == "line_resnet"
        assert found.architecture == {
            "width": 24,
            "context_dim": 256,
            "context_blocks": 3,
            "context_kernel": 5,
            "dropout": 0.1,
            "stride": 8,
        }
        assert found.training["learning_rate"] == 1.5e-3
        assert found.training["schedule"] == "one_cycle"
        assert len(found.training) == 6 and "precision" not in found.training


def test_a_name_selects_a_shipped_file(search_folder, tmp_path, monkeypatch):
    write_card(search_folder, search_folder.best(), tmp_path / "shipped" / "line_resnet.json")
    monkeypatch.setattr(chosen, "CHOSEN_FOLDER", tmp_path / "shipped")
    assert load_chosen("line_resnet").architecture["width"] == 24
    with pytest.raises(UsageError, match="no file 'line_net', .* Give one of line_resnet, or the best.json"):
        load_chosen("line_net")


def test_an_empty_name_is_refused():
    with pytest.raises(UsageError, match="received an empty name"):
        load_chosen("")


@pytest.mark.parametrize("file", sorted(CHOSEN_FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_shipped_files_can_be_loaded_and_have_their_conditions(file):
    assert load_chosen(file.stem).model == file.stem
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["trials"] >= 12
    assert found["val_cer"] <= found["default_val_cer"]
    assert found["command"].startswith(f"kerasrec tune search {file.stem}")
    assert found["machine"] and found["budget"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"best.json has no hyperparameters of a search \(JSONDecodeError"),
        ("[]", "has no hyperparameters of a search"),
        ('{"model": "line_cnn"}', r"has no hyperparameters of a search \(KeyError: 'hyperparameters'\)"),
        (
            '{"model": ["line_cnn"], "hyperparameters": {}}',
            r"is for the model \['line_cnn'\], which kerasrec does not have",
        ),
        ('{"model": "line_net", "hyperparameters": {}}', "is for the model 'line_net', which kerasrec does not have"),
        (
            '{"model": "line_cnn", "hyperparameters": {"width": 3}}',
            "has a hyperparameter 'width', but line_cnn has conv_dim",
        ),
        (
            '{"model": "line_cnn", "hyperparameters": {"conv_dim": "3"}}',
            "conv_dim in .* must be a value like 32, but is '3'",
        ),
        (
            '{"model": "line_cnn", "hyperparameters": {"conv_dim": 3.5}}',
            "conv_dim in .* must be a value like 32, but is 3.5",
        ),
        (
            '{"model": "line_cnn", "hyperparameters": {"schedule": 1}}',
            "schedule in .* must be a value like 'cosine', but is 1",
        ),
    ],
)
def test_an_invalid_file_is_refused(tmp_path, content, message):
    file = tmp_path / "best.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        load_chosen(str(file))


def test_integers_are_accepted_as_floats(tmp_path):
    file = tmp_path / "best.json"
    file.write_text('{"model": "line_cnn", "hyperparameters": {"dropout": 0, "clip_norm": 1}}', encoding="utf-8")
    assert load_chosen(str(file)).architecture == {"dropout": 0}


def test_a_card_of_the_defaults_changes_nothing(tmp_path):
    file = tmp_path / "best.json"
    for model, space in SPACES.items():
        file.write_text(json.dumps({"model": model, "hyperparameters": default_point(space)}), encoding="utf-8")
        found = load_chosen(str(file))
        assert found.architecture | found.training | {"precision": "auto"} == default_point(space)
