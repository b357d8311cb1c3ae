import os

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import CannotWrite, UsageError
from kerasrec.lines.line_files import check_empty, write_labelled
from kerasrec.lines.own import find_lines

LINES = [(np.full((28, 30 + number), number, np.uint8), f"line {number} é") for number in range(12)]


def test_written_lines_are_found_again_in_their_order(tmp_path):
    write_labelled(tmp_path / "new" / "lines", LINES, len(LINES))
    found = [(line.image, line.text) for line in find_lines(tmp_path / "new" / "lines")[0]]
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
