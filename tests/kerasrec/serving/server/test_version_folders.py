"""Version folders on the disk."""

import os

import pytest

from kerasrec.errors import UsageError
from kerasrec.serving.server.version_folders import check_folder, find_versions, fingerprint


def test_folders_that_are_numbers_are_versions(tmp_path):
    for name in ("1", "00000123", "9223372036854775807", "9223372036854775808", "-1", "1a", "v2", ".3", "٣"):
        (tmp_path / name).mkdir()
    (tmp_path / "7").touch()
    found = find_versions(tmp_path)
    assert found == {
        1: tmp_path / "1",
        123: tmp_path / "00000123",
        2**63 - 1: tmp_path / "9223372036854775807",
    }


def test_one_of_two_folders_with_the_same_number_is_used(tmp_path):
    for name in ("1", "01"):
        (tmp_path / name).mkdir()
    assert find_versions(tmp_path) == {1: tmp_path / "01"}


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        find_versions(tmp_path / "nowhere")


def test_the_fingerprint_changes_while_a_folder_is_written(tmp_path):
    empty = fingerprint(tmp_path)
    (tmp_path / "variables").mkdir()
    file = tmp_path / "variables" / "data"
    file.write_bytes(b"1")
    one = fingerprint(tmp_path)
    assert one == fingerprint(tmp_path) != empty
    file.write_bytes(b"12")
    assert fingerprint(tmp_path) != one
    two = fingerprint(tmp_path)
    os.utime(file, (1, 1))
    assert fingerprint(tmp_path) != two


def test_the_fingerprint_of_a_deleted_folder_is_empty(tmp_path):
    assert fingerprint(tmp_path / "gone") == ()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda folder: (folder / "1").mkdir(), None),
        (
            lambda folder: (folder / "settings.json").touch(),
            "is a run, but a server needs an exported model. Export it",
        ),
        (
            lambda folder: (folder / "saved_model.pb").touch(),
            "is a single version of a model. Give the folder",
        ),
        (lambda folder: folder.rmdir(), "is not a folder. `kerasrec export RUN FOLDER` creates one."),
        (
            lambda folder: (folder / "v1").mkdir(),
            "has no folder whose name is a number. `kerasrec export RUN FOLDER`",
        ),
    ],
    ids=["versions", "run", "version", "missing", "empty"],
)
def test_the_error_says_what_a_folder_is_instead(tmp_path, make, text):
    folder = tmp_path / "model"
    folder.mkdir()
    make(folder)
    if text is None:
        check_folder(folder)
        return
    with pytest.raises(UsageError) as caught:
        check_folder(folder)
    assert str(folder) in str(caught.value)
    assert text in str(caught.value)
