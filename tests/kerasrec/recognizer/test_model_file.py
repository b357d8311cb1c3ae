import zipfile

import keras
import pytest

from kerasrec.errors import BadRun
from kerasrec.recognizer.model_file import read_card, write_model


@pytest.fixture(scope="module")
def model():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


def test_a_model_and_its_card_are_in_one_file(model, tmp_path):
    write_model(tmp_path / "a.keras", model, {"classes": "aé"})
    assert read_card(tmp_path / "a.keras")["classes"] == "aé"
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert loaded.get_weights()[0].tolist() == model.get_weights()[0].tolist()
    assert [file.name for file in tmp_path.iterdir()] == ["a.keras"]


def test_a_model_without_a_card_raises(model, tmp_path):
    model.save(tmp_path / "a.keras")
    with pytest.raises(BadRun, match=r"a\.keras is not a recognizer of kerasrec .*kerasrec\.json"):
        read_card(tmp_path / "a.keras")


def test_another_format_raises_with_its_version(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.writestr("kerasrec.json", '{"format": 7, "kerasrec": "9.1"}')
    with pytest.raises(BadRun, match=r"a\.keras has format 7 of kerasrec 9\.1, but this is kerasrec .* with format 1"):
        read_card(tmp_path / "a.keras")
