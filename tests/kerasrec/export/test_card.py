import json
import shutil

import pytest

from kerasrec.export.card import write_card
from kerasrec.export.check import Checked
from kerasrec.recognizer import Recognizer


@pytest.fixture
def card(trained, tmp_path):
    """Writes the card of version 3 and gives it as values and as a page."""

    def write(source):
        version = tmp_path / "3"
        version.mkdir()
        write_card(version, Recognizer.load(trained.recognizer_file), source, Checked(32, 2.5e-7))
        values = json.loads((version / "model_card.json").read_text(encoding="utf-8"))
        return values, (version / "README.md").read_text(encoding="utf-8")

    return write


def test_it_says_what_the_model_is(card, trained):
    values, page = card(trained.folder)
    assert (values["version"], values["model"], values["alphabet"]) == (3, "line_resnet", "abcd ")
    assert values["tokens"] == ["<B>", "<S>", "<E>", "<P>", *"abcd "]
    assert values["hyperparameters"]["width"] == 8
    assert values["frames"] == {"stride": 8, "offset": 0}
    assert set(values["made_with"]) == {"kerasrec", "tensorflow", "keras", "numpy"}
    assert "# line_resnet, version 3" in page
    assert "32 pictures gave the same texts as the recognizer, and confidences at most 2.5e-07 apart" in page


def test_it_says_how_good_it_is(card, trained, tmp_path):
    run = shutil.copytree(trained.folder, tmp_path / "run")
    names = ("cer", "lab_cer", "wer", "perfect")
    metrics = {"lines": 2000, "intervals": {name: [0.02, 0.04] for name in names}, **dict.fromkeys(names, 0.03)}
    (run / "metrics.json").write_text(json.dumps(metrics))
    values, page = card(run)
    assert values["metrics"] == metrics
    assert "On 2,000 synthetic lines of glyphs and sentences that training never saw" in page
    assert "| CER | 3.00% | 2.00% to 4.00% |" in page


def test_it_says_what_the_model_was_trained_on(card, trained):
    values, page = card(trained.folder)
    assert values["training"]["glyphs"] == "strokes"
    assert "Synthetic lines of `strokes` glyphs and `offline` text" in page


def test_a_recognizer_without_its_run_has_neither(card, trained):
    values, page = card(trained.recognizer_file)
    assert values["training"] is None and values["metrics"] is None
    assert "Not measured" in page
    assert "Not known" in page


def test_it_names_all_inputs_and_outputs(card, trained, exported, signatures_of):
    values, page = card(trained.folder)
    signatures = signatures_of(exported.version)
    for name, sides in values["signatures"].items():
        assert set(sides["inputs"]) == set(signatures[name].inputs)
        assert set(sides["outputs"]) == set(signatures[name].outputs)
        assert all(f"`{key}`" in page for side in sides.values() for key in side)
