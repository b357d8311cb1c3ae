"""Images as files and bytes, and files that cannot be read."""

import os
from pathlib import Path

import pytest

from kerasrec.errors import BadImage
from kerasrec.serving.client.encoded_images import Picture, are_loaded, load_picture, load_pictures


def test_a_file_is_loaded_unchanged_and_named_by_its_path(tmp_path):
    file = tmp_path / "line.png"
    file.write_bytes(b"\x89PNG\r\n")
    for path in (file, str(file)):
        assert load_picture(path, "image 1") == Picture(str(file), b"\x89PNG\r\n")


def test_bytes_get_the_given_name_and_pictures_keep_theirs():
    picture, bad = Picture("scan", b"c"), BadImage("torn")
    loaded = load_pictures([("image 1", b"a"), ("image 2", picture), ("image 3", bad)])
    assert loaded == [Picture("image 1", b"a"), picture, bad]


def test_only_paths_need_loading():
    loaded = [("1", b"a"), ("2", Picture("scan", b"c")), ("3", BadImage("torn"))]
    assert are_loaded(loaded)
    assert not are_loaded([*loaded, ("4", "line.png")])
    assert not are_loaded([("1", Path("line.png"))])


@pytest.mark.parametrize(
    ("name", "problem"), [("none.png", "No such file"), (".", "directory"), ("empty.png", "has 0 bytes")]
)
def test_the_error_names_a_file_that_cannot_be_read(tmp_path, name, problem):
    (tmp_path / "empty.png").touch()
    found = load_picture(tmp_path / name, "image 1")
    assert isinstance(found, BadImage)
    assert str(tmp_path / name) in str(found)
    assert problem in str(found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error(tmp_path):
    file = Path(tmp_path / "secret.png")
    file.write_bytes(b"a")
    file.chmod(0)
    assert "Permission denied" in str(load_picture(file, "image 1"))
