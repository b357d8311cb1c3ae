from pathlib import Path

import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.errors import UsageError
from kerasrec.lines.text import TEXTS, load_text

DRAWABLE = Alphabet().characters
NOWHERE = Path("/nowhere")


def test_the_named_sources():
    assert list(TEXTS) == ["brown", "offline"]


def test_offline_needs_no_data_and_drops_nothing():
    corpus = load_text("offline", DRAWABLE, NOWHERE)
    assert corpus.name == "offline" and corpus.dropped == {}
    assert len(corpus.train) > 40_000 and len(corpus.validation) > 2_000 and len(corpus.test) > 2_000
    for split in (corpus.train, corpus.validation, corpus.test):
        assert set("".join(split)) == set(DRAWABLE)
    assert not set(corpus.train) & {*corpus.validation, *corpus.test} and not set(corpus.validation) & set(corpus.test)


def test_the_seed_chooses_the_sentences_of_offline(monkeypatch):
    generator = "kerasrec.lines.text.offline.generate_sentences"
    monkeypatch.setattr(generator, lambda seed: [f"{seed}: {i}" for i in range(300)])
    assert load_text("offline", DRAWABLE, NOWHERE, seed=7).train[0] in ("7: 0", "7: 1", "7: 2")


def test_brown_receives_the_data_folder_and_whether_to_keep_punctuation(monkeypatch):
    def load(data_dir, keep_punctuation):
        return [f"{data_dir} {keep_punctuation} {i}" for i in range(300)], {"marks": 3}

    monkeypatch.setattr("kerasrec.lines.text.brown.load_brown", load)
    corpus = load_text("brown", DRAWABLE, NOWHERE, keep_punctuation=True)
    assert corpus.train[0].startswith("/nowhere True ") and corpus.dropped == {"marks": 3}


def test_any_other_source_is_the_path_of_a_file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\n".join(f"Line {i} costs {i} €." for i in range(300)), encoding="utf-8")
    corpus = load_text(str(path), DRAWABLE, NOWHERE)
    assert "Line 7 costs 7 ." in {*corpus.train, *corpus.validation, *corpus.test}
    assert corpus.name == str(path)
    assert corpus.describe_dropped() == ["300 x '€' (U+20AC), which cannot be drawn"]


def test_a_misspelt_source_is_reported():
    with pytest.raises(UsageError, match="must be one of brown, offline or an existing file, but is 'bronw'"):
        load_text("bronw", DRAWABLE, NOWHERE)
