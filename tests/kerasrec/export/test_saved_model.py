import json
import shutil

import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import CannotWrite, ExportFailed, UsageError
from kerasrec.export import saved_model
from kerasrec.export.samples import sample_pictures
from kerasrec.export.signatures import ExportedRecognizer


def test_a_version_has_all_its_files(exported):
    assert exported.version.name == "1"
    files = {file.relative_to(exported.version).as_posix() for file in exported.version.rglob("*") if file.is_file()}
    assert files >= {
        "saved_model.pb",
        "variables/variables.index",
        "assets.extra/tf_serving_warmup_requests",
        "model_card.json",
        "README.md",
    }
    assert exported.size == sum((exported.version / file).stat().st_size for file in files)


def test_the_card_has_the_result_of_the_check(exported):
    card = json.loads((exported.version / "model_card.json").read_text(encoding="utf-8"))
    assert card["check"] == {"pictures": 32, "difference": exported.checked.difference}
    assert exported.checked.difference < 1e-3


def test_a_version_reads_images_wherever_it_is_moved(exported, load, tmp_path):
    moved = shutil.copytree(exported.version, tmp_path / "elsewhere" / "7")
    outputs = load(moved)("serving_default", image_bytes=sample_pictures(Alphabet()))
    assert ((outputs["confidence"] > 0) & (outputs["confidence"] <= 1)).all()
    read = set(b"".join(outputs["text"]).decode())
    assert read & set("éß中😀"), "its alphabet has letters beyond ASCII"
    assert read <= set("éß中😀 ")


def test_a_different_text_fails_the_export_and_leaves_nothing(trained, tmp_path, monkeypatch):
    class Other(ExportedRecognizer):
        def _run_model(self, lines, widths):
            return tf.reverse(super()._run_model(lines, widths), [2])

    monkeypatch.setattr(saved_model, "ExportedRecognizer", Other)
    with pytest.raises(ExportFailed, match="where the recognizer reads"):
        trained.recognizer().export(tmp_path / "lines")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_reported_and_leaves_nothing(trained, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device.")

    monkeypatch.setattr(tf.saved_model, "save", fail)
    with pytest.raises(CannotWrite, match=r"lines could not be written to: No space left on device"):
        trained.recognizer().export(tmp_path / "lines")
    assert list(tmp_path.iterdir()) == []


def test_a_run_folder_is_not_a_model_folder(trained):
    with pytest.raises(UsageError, match="is a run"):
        trained.recognizer().export(trained.folder)
