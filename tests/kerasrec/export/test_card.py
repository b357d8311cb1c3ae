import json
import shutil

import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.export.card import write_card
from kerasrec.export.check import Checked
from kerasrec.models import LineCNNSimple, LineCNNTransformer
from kerasrec.recognizer.exporting import to_parts
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec


@pytest.fixture
def card(tmp_path):
    """Writes the card of version 3 of a recognizer's file, and returns its JSON values and its page."""

    def write(file):
        version = tmp_path / "3"
        version.mkdir()
        write_card(version, to_parts(Recognizer.load(file)), Checked(32, 2.5e-7))
        values = json.loads((version / "model_card.json").read_text(encoding="utf-8"))
        return values, (version / "README.md").read_text(encoding="utf-8")

    return write


def test_the_card_describes_the_model(card, trained):
    values, page = card(trained.recognizer_file)
    assert (values["version"], values["model"], values["alphabet"]) == (3, "line_resnet", "abcd ")
    assert values["tokens"] == ["<B>", "<S>", "<E>", "<P>", *"abcd "]
    assert values["hyperparameters"]["width"] == 8
    assert values["frames"] == {"stride": 8, "offset": 0}
    assert set(values["made_with"]) == {"kerasrec", "tensorflow", "keras", "numpy"}
    assert "# line_resnet, version 3" in page
    assert "32 images gave the same texts as the recognizer, and confidences that differ by at most 2.5e-07" in page


def test_the_card_has_the_accuracy(card, trained, tmp_path):
    run = shutil.copytree(trained.folder, tmp_path / "run")
    names = ("cer", "lab_cer", "wer", "perfect")
    metrics = {"lines": 2000, "intervals": {name: [0.02, 0.04] for name in names}, **dict.fromkeys(names, 0.03)}
    (run / "metrics.json").write_text(json.dumps(metrics))
    values, page = card(run / "recognizer.keras")
    assert values["metrics"] == metrics
    assert "Measured on 2,000 synthetic lines of glyphs and sentences that were not used in training" in page
    assert "| CER | 3.00% | 2.00% to 4.00% |" in page


def test_the_lab_split_claims_only_unseen_glyphs(card, trained, tmp_path):
    run = shutil.copytree(trained.folder, tmp_path / "run")
    settings = json.loads((run / "settings.json").read_text(encoding="utf-8"))
    (run / "settings.json").write_text(json.dumps(settings | {"split": "lab"}))
    names = ("cer", "lab_cer", "wer", "perfect")
    metrics = {"lines": 20, "intervals": {name: [0.02, 0.04] for name in names}, **dict.fromkeys(names, 0.03)}
    (run / "metrics.json").write_text(json.dumps(metrics))
    page = card(run / "recognizer.keras")[1]
    assert "Measured on 20 synthetic lines of glyphs that were not used in training" in page


def test_the_card_says_how_to_decode_the_outputs(card, trained, tmp_path):
    values, page = card(trained.recognizer_file)
    assert values["objective"] == "ctc"
    assert "Trained for `ctc`. To decode `log_probs`, take the most probable token of each output, merge" in page


@pytest.mark.parametrize(
    ("architecture", "objective", "frames"),
    [
        (LineCNNSimple(conv_dim=2, fc_dim=3), "cross_entropy", {"stride": 28, "offset": 14}),
        (LineCNNTransformer(conv_dim=2, fc_dim=3, dim=4, layers=1, heads=1), "autoregressive", None),
    ],
)
def test_only_ctc_mentions_a_blank(architecture, objective, frames, tmp_path):
    recognizer = Recognizer.build(architecture, Alphabet("ab"), LineSpec(fixed_width=True))
    (tmp_path / "1").mkdir()
    write_card(tmp_path / "1", to_parts(recognizer), Checked(32, 0.0))
    values = json.loads((tmp_path / "1" / "model_card.json").read_text(encoding="utf-8"))
    assert (values["objective"], values["frames"]) == (objective, frames)
    page = (tmp_path / "1" / "README.md").read_text(encoding="utf-8")
    assert f"Trained for `{objective}`. " in page and "blank" not in page


def test_the_card_says_what_the_model_was_trained_on(card, trained):
    values, page = card(trained.recognizer_file)
    assert values["training"]["glyphs"] == "strokes"
    assert "Synthetic lines of `strokes` glyphs and `offline` text" in page


def test_a_recognizer_without_its_run_has_neither_accuracy_nor_training(card, trained, tmp_path):
    values, page = card(shutil.copy(trained.recognizer_file, tmp_path))
    assert values["training"] is None and values["metrics"] is None
    assert "Not measured" in page
    assert "Unknown: the recognizer was exported from its file" in page


def test_the_card_lists_all_inputs_and_outputs(card, trained, exported, load):
    values, page = card(trained.recognizer_file)
    signatures = load(exported.version).signatures
    for name, sides in values["signatures"].items():
        assert set(sides["inputs"]) == set(signatures[name].inputs)
        assert set(sides["outputs"]) == set(signatures[name].outputs)
        assert all(f"`{key}`" in page for side in sides.values() for key in side)
