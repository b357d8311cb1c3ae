import json

import pytest

from kerasrec.errors import BadRun, UsageError
from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.labs.characters.run import CharacterRun
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.models.characters import CharacterMLP


def test_a_run_keeps_its_settings_and_its_recognizer(tmp_path):
    settings = CharacterSettings("character_mlp", glyphs="mnist")
    run = CharacterRun.create(tmp_path / "run", settings)
    CharacterRecognizer.build(CharacterMLP(4, 4), "ab", 20).save(run.recognizer_file)
    opened = CharacterRun.open(tmp_path / "run")
    assert opened.settings() == settings
    assert opened.recognizer().classes == "ab"
    with pytest.raises(UsageError, match=r"run already holds a run\. Choose another --out\.$"):
        CharacterRun.create(tmp_path / "run", settings)


def test_a_run_without_results_is_discarded(tmp_path):
    run = CharacterRun.create(tmp_path / "run", CharacterSettings())
    run.discard_if_empty()
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_not_a_character_run_is_rejected(tmp_path):
    with pytest.raises(BadRun, match="Give the --out folder of `kerasrec character train`"):
        CharacterRun.open(tmp_path)
    run = CharacterRun.create(tmp_path / "run", CharacterSettings())
    values = json.loads(run.settings_file.read_text(encoding="utf-8"))
    run.settings_file.write_text(json.dumps({**values, "text": "brown"}), encoding="utf-8")
    with pytest.raises(BadRun, match=r"settings\.json does not hold the settings of a run .*'text'"):
        run.settings()
    with pytest.raises(BadRun, match="run has no recognizer yet: .* Train again with `kerasrec character train`"):
        run.recognizer()
    run.recognizer_file.write_text("nothing", encoding="utf-8")
    with pytest.raises(BadRun, match=r"recognizer\.keras is not a recognizer"):
        run.recognizer()
