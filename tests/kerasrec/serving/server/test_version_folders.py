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


def test_of_two_folders_of_one_number_one_is_taken(tmp_path):
    for name in ("1", "01"):
        (tmp_path / name).mkdir()
    assert find_versions(tmp_path) == {1: tmp_path / "01"}


def test_a_missing_folder_has_no_versions_at_all(tmp_path):
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


def test_the_fingerprint_of_what_is_gone_is_empty(tmp_path):
    assert fingerprint(tmp_path / "gone") == ()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda folder: (folder / "1").mkdir(), None),
        (
            lambda folder: (folder / "settings.json").touch(),
            "is a run, and a server needs an exported model. Export it",
        ),
        (
            lambda folder: (folder / "saved_model.pb").touch(),
            "is one version of a model, and a server takes the folder",
        ),
        (lambda folder: folder.rmdir(), "is no folder. `kerasrec export RUN FOLDER` makes one."),
        (
            lambda folder: (folder / "v1").mkdir(),
            "holds no folder whose name is a number. `kerasrec export RUN FOLDER`",
        ),
    ],
    ids=["versions", "run", "version", "missing", "empty"],
)
def test_a_folder_that_cannot_be_served_is_told_what_it_is(tmp_path, make, text):
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
