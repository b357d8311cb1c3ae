import zipfile

import numpy as np
import pytest

from kerasrec.errors import BadImage, BadRun
from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.models.characters import CharacterMLP
from kerasrec.recognizer.model_file import write_model

GLYPHS = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def recognizer(randomise):
    made = CharacterRecognizer.build(CharacterMLP(8, 4), "aé7z", ink_box=23)
    randomise(made.model)
    return made


def test_candidates_are_sorted_by_probability(recognizer):
    logits = np.asarray(recognizer.model(GLYPHS[..., None]), np.float64)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for row, candidates in zip(expected, recognizer.read(GLYPHS), strict=True):
        best = np.argsort(-row)[:3]
        assert [each.character for each in candidates] == ["aé7z"[k] for k in best]
        np.testing.assert_allclose([each.probability for each in candidates], row[best], rtol=1e-4)


def test_all_classes_can_be_requested(recognizer):
    (first, *_) = recognizer.read(GLYPHS, count=9)
    assert sorted(each.character for each in first) == sorted("aé7z")
    assert sum(each.probability for each in first) == pytest.approx(1)


def test_a_saved_recognizer_reads_the_same(recognizer, tmp_path):
    recognizer.save(tmp_path / "a.keras")
    loaded = CharacterRecognizer.load(tmp_path / "a.keras")
    assert (loaded.name, loaded.architecture, loaded.classes) == ("character_mlp", CharacterMLP(8, 4), "aé7z")
    assert loaded.ink_box == 23
    np.testing.assert_allclose(loaded.probabilities(GLYPHS), recognizer.probabilities(GLYPHS), rtol=1e-5)


@pytest.mark.parametrize("glyphs", [GLYPHS[:, :27], GLYPHS.astype(np.float32), GLYPHS[0]])
def test_images_of_another_shape_or_type_are_rejected(recognizer, glyphs):
    with pytest.raises(BadImage, match=rf"received \({', '.join(map(str, glyphs.shape))}\) and {glyphs.dtype}"):
        recognizer.read(glyphs)


def test_a_line_recognizer_is_rejected(recognizer, tmp_path):
    write_model(tmp_path / "line.keras", recognizer.model, {"model": "line_cnn", "settings": {}})
    with pytest.raises(BadRun, match=r"line\.keras reads lines, not single characters. Use `kerasrec read`"):
        CharacterRecognizer.load(tmp_path / "line.keras")


def test_a_damaged_file_is_rejected(recognizer, tmp_path):
    recognizer.save(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as whole, zipfile.ZipFile(tmp_path / "b.keras", "w") as part:
        part.writestr("kerasrec.json", whole.read("kerasrec.json"))
    with pytest.raises(BadRun, match=r"b\.keras is not a recognizer of single characters, or cannot be rebuilt"):
        CharacterRecognizer.load(tmp_path / "b.keras")
