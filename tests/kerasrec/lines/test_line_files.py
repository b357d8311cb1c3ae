import os

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import BadText, CannotWrite, UsageError
from kerasrec.lines.line_files import check_empty, find_labelled, write_labelled

LINES = [(np.full((28, 30 + number), number, np.uint8), f"line {number} é") for number in range(12)]


def test_written_lines_are_found_again_in_their_order(tmp_path):
    write_labelled(tmp_path / "new" / "lines", LINES, len(LINES))
    found = find_labelled(tmp_path / "new" / "lines")
    assert [text for _, text in found] == [text for _, text in LINES]
    for (path, _), (image, _) in zip(found, LINES, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), image)


def test_names_sort_as_numbers(tmp_path):
    write_labelled(tmp_path, LINES, len(LINES))
    names = sorted(os.listdir(tmp_path))
    assert names[:3] == ["line01.gt.txt", "line01.png", "line02.gt.txt"]
    assert names[-1] == "line12.png"


def test_existing_files_are_never_replaced(tmp_path):
    (tmp_path / "line1.gt.txt").write_text("by hand")
    with pytest.raises(UsageError, match=r"contains line1.gt.txt\. Choose another folder"):
        write_labelled(tmp_path, LINES, len(LINES))
    assert os.listdir(tmp_path) == ["line1.gt.txt"]


def test_a_file_in_place_of_the_folder_raises_an_error(tmp_path):
    (tmp_path / "lines").touch()
    with pytest.raises(UsageError, match="lines is a file. Choose a folder"):
        check_empty(tmp_path / "lines")


def test_a_folder_that_cannot_be_created_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="file/lines/line01.png could not be written"):
        write_labelled(tmp_path / "file" / "lines", LINES, len(LINES))


@pytest.fixture
def lines(tmp_path):
    for i, text in enumerate(["a b", "c\n", "\ufeffe\u0301t\u00e9 \r\n"]):
        (tmp_path / f"{i}.png").touch()
        (tmp_path / f"{i}.gt.txt").write_bytes(text.encode())
    return tmp_path


def test_lines_come_with_their_texts(lines):
    (lines / "3.scan.jpg").touch()
    (lines / "3.scan.gt.txt").write_text("d")
    expected = [("0.png", "a b"), ("1.png", "c"), ("2.png", "été"), ("3.scan.jpg", "d")]
    assert [(path.name, text) for path, text in find_labelled(lines)] == expected


def test_missing_texts_are_reported(lines):
    for i in range(7):
        (lines / f"new{i}.png").touch()
    with pytest.raises(
        BadText, match=r"7 of 10 texts are missing: new0.gt.txt, new1.gt.txt, new2.gt.txt and 4 more\. A"
    ):
        find_labelled(lines)


def test_a_text_that_is_not_utf8_is_reported_with_its_position(lines):
    (lines / "1.gt.txt").write_bytes(b"na\xefve")
    with pytest.raises(BadText, match=r"1.gt.txt is not UTF-8 text: byte 2 .* is 0xef"):
        find_labelled(lines)


@pytest.mark.parametrize(
    ("content", "message"), [(b"a\nb\n", "must have one line of text, but has 2"), (b"", "0 bytes")]
)
def test_a_text_that_is_not_one_line_is_reported(lines, content, message):
    (lines / "1.gt.txt").write_bytes(content)
    with pytest.raises(BadText, match=rf"1.gt.txt .*{message}"):
        find_labelled(lines)


def test_a_folder_without_images_raises_an_error(lines, tmp_path_factory):
    with pytest.raises(UsageError, match="absent does not exist"):
        find_labelled(lines / "absent")
    with pytest.raises(UsageError, match="0.png is a file"):
        find_labelled(lines / "0.png")
    with pytest.raises(UsageError, match="has no image"):
        find_labelled(tmp_path_factory.mktemp("empty"))


def test_the_real_lines_have_their_texts(shared_data):
    labelled = find_labelled(shared_data / "lines" / "uw3")
    assert len(labelled) == 70
    assert {path.name: text for path, text in labelled}["test_010001.png"].startswith("The problem, simplified")
