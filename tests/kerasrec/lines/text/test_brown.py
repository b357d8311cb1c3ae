import logging
import shutil
import string
import urllib.error
import zipfile
from pathlib import Path

import pytest

from kerasrec.errors import CannotWrite, DataUnavailable
from kerasrec.lines.text.brown import detokenize, load_brown, read_words, remove_punctuation

DATA = Path(__file__).parents[5] / "shared" / "data"
needs_brown = pytest.mark.skipif(
    not (DATA / "nltk_data/corpora/brown.zip").exists(), reason="the real Brown corpus is not in ../shared/data"
)
TAGGED = "\n\n\tThe/at jury's/nn$ 1\\/2/cd ``/`` vote/nn ''/'' ./.\n\n\n\tWhy/wrb ?/. ?/.\n"


def place_zip(path: Path, **files: str) -> Path:
    path.mkdir(parents=True)
    with zipfile.ZipFile(path / "brown.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(f"brown/{name}", content)
    return path / "brown.zip"


def test_words_are_read_from_a_zip_in_the_order_of_the_files(tmp_path):
    place_zip(tmp_path / "nltk_data/corpora", cb01="Last/jj\n", ca01=TAGGED, README="not/a corpus/file")
    expected = [["The", "jury's", "1\\/2", "``", "vote", "''", "."], ["Why", "?", "?"], ["Last"]]
    assert read_words(tmp_path) == expected


def test_words_are_read_from_an_unpacked_folder(tmp_path):
    archive = place_zip(tmp_path / "nltk_data/corpora", ca01=TAGGED)
    shutil.unpack_archive(archive, archive.parent)
    archive.unlink()
    assert read_words(tmp_path)[1] == ["Why", "?", "?"]


def test_nothing_is_written_if_the_corpus_exists(tmp_path):
    archive = place_zip(tmp_path / "nltk_data/corpora", ca01=TAGGED)
    load_brown(tmp_path)
    assert list(tmp_path.rglob("*.zip")) == [archive] and [p.name for p in archive.parent.iterdir()] == ["brown.zip"]


def test_punctuation_is_removed_by_default_and_counted(tmp_path):
    place_zip(tmp_path / "nltk_data/corpora", ca01=TAGGED)
    sentences, dropped = load_brown(tmp_path)
    assert sentences == ["The jurys 12 vote", "Why"]
    assert dropped == {"punctuation marks (keep_punctuation is off)": 1 + 2 + 2 + 2 + 1 + 2}
    assert load_brown(tmp_path, keep_punctuation=True) == (['The jury\'s 1\\/2 "vote".', "Why?"], {})


def test_removing_punctuation_equals_removing_it_from_the_joined_text():
    sentences = ["A , b -- c", "?", "d's 'e' ."]
    joined = " ".join(sentences).translate(str.maketrans("", "", string.punctuation))
    assert " ".join(s for s in remove_punctuation(sentences)[0] if s) == " ".join(joined.split())


@pytest.mark.parametrize(
    ("tokens", "printed"),
    [
        ("Yes , he said ; ; no : never .", "Yes, he said; no: never."),
        ("Really ? ? Yes ! !", "Really? Yes!"),
        ("`` Go '' , he said ( twice ) .", '"Go", he said (twice).'),
        ("He left -- at 3.14 .", "He left -- at 3.14."),
        ("Allen Jr. .", "Allen Jr."),
    ],
)
def test_tokens_are_joined_as_printed(tokens, printed):
    assert detokenize(tokens) == printed


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 half of one"])
def test_a_damaged_zip_is_reported(tmp_path, content):
    place_zip(tmp_path / "nltk_data/corpora", ca01=TAGGED).write_bytes(content)
    with pytest.raises(DataUnavailable, match=r"nltk_data/corpora cannot be read .*not a zip file.* Delete it"):
        load_brown(tmp_path)


def test_a_damaged_file_in_the_zip_is_reported(tmp_path):
    archive = place_zip(tmp_path / "nltk_data/corpora", ca01=TAGGED)
    archive.write_bytes(archive.read_bytes().replace(b"Why", b"why"))
    with pytest.raises(DataUnavailable, match=r"cannot be read \(Bad CRC-32 for file 'brown/ca01'\)"):
        load_brown(tmp_path)


def test_a_zip_of_something_else_is_reported(tmp_path):
    place_zip(tmp_path / "nltk_data/corpora", README="other")
    with pytest.raises(DataUnavailable, match="no file name matches"):
        load_brown(tmp_path)


def test_without_a_network_the_size_is_logged_and_the_error_has_the_remedy(tmp_path, monkeypatch, caplog):
    def unreachable(url, timeout):
        assert timeout <= 10
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    with (
        caplog.at_level(logging.INFO, "kerasrec"),
        pytest.raises(DataUnavailable, match=r"no route to host.*--text offline.*--data-dir.*place brown.zip"),
    ):
        load_brown(tmp_path)
    assert "(3.2 MB)" in caplog.text


def test_a_missing_corpus_is_downloaded_into_the_folder(tmp_path, monkeypatch):
    def download(self, package, folder, **options):
        assert package == "brown"
        place_zip(Path(folder) / "corpora", ca01=TAGGED)

    monkeypatch.setattr("urllib.request.urlopen", lambda url, timeout: (tmp_path / "index").open("w"))
    monkeypatch.setattr("nltk.downloader.Downloader.download", download)
    assert load_brown(tmp_path)[0] == ["The jurys 12 vote", "Why"]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match=r"file/nltk_data.*Choose another folder with --data-dir"):
        load_brown(tmp_path / "file")


@needs_brown
def test_the_words_equal_those_that_nltk_reads(monkeypatch):
    from nltk import data
    from nltk.corpus.reader import TaggedCorpusReader

    folder = DATA.resolve() / "nltk_data"
    monkeypatch.setattr(data, "path", [str(folder)])
    archive = data.ZipFilePathPointer(str(folder / "corpora/brown.zip"), "brown/")
    part = r"c[ar]0[1-9]"
    assert read_words(DATA, part) == list(TaggedCorpusReader(archive, part, encoding="ascii").sents())


@needs_brown
def test_the_real_corpus_has_its_known_size():
    sentences, dropped = load_brown(DATA)
    assert len(sentences) == 57_340
    assert len(set("".join(sentences))) == 63  # REFERENCE.md: 62 letters and digits, and the space
    assert sentences[0].startswith("The Fulton County Grand Jury said Friday an investigation of Atlantas recent")
    assert sum(dropped.values()) == 196_459
