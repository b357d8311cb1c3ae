import json

import numpy as np
from PIL import Image

from kerasrec.labs.characters.character_report import write_report
from kerasrec.labs.characters.evaluation import CharacterEvaluation

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)


def test_a_report_has_figures_and_pictures(tmp_path):
    write_report(tmp_path / "new", IMAGES, CharacterEvaluation("abcd", "abxy", np.full(4, 0.5, np.float32)))
    assert json.loads((tmp_path / "new" / "metrics.json").read_text(encoding="utf-8"))["accuracy"] == 0.5
    assert '"c","x",1,1.0' in (tmp_path / "new" / "confusions.csv").read_text(encoding="utf-8")
    for name in ("confusions.png", "worst.png"):
        with Image.open(tmp_path / "new" / name) as picture:
            assert np.asarray(picture.convert("L")).std() > 5
    with Image.open(tmp_path / "new" / "worst.png") as sheet:
        pixels = np.asarray(sheet.convert("L"))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (28, 28))
    assert all((windows == image).all(axis=(2, 3)).any() for image in IMAGES[2:])  # the two errors, and no other
    assert not any((windows == image).all(axis=(2, 3)).any() for image in IMAGES[:2])


def test_without_an_error_there_is_no_sheet_of_errors(tmp_path):
    (tmp_path / "worst.png").write_bytes(b"of an evaluation before")
    write_report(tmp_path, IMAGES, CharacterEvaluation("abcd", "abcd", np.full(4, 0.5, np.float32)))
    assert not (tmp_path / "worst.png").exists()
