"""Prepared lines: made once, kept on disk, made again when something changes."""

import errno
import logging

import numpy as np
import pytest

from kerasrec.errors import CannotWrite
from kerasrec.lines.own import find_lines, prepare
from kerasrec.lines.own import prepared as module


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder for each test."""
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path, write_lines):
    return write_lines(tmp_path / "lines", {"a": "abc", "b": "b", "c": "cabba"})


def test_lines_are_kept_pixel_by_pixel_with_their_texts(folder, draw_bars):
    lines, problems = prepare(find_lines(folder)[0])
    assert not problems and [line.text for line in lines.lines] == ["abc", "b", "cabba"]
    assert lines.widths.tolist() == [58, 28, 90]
    for number, text in enumerate(("abc", "b", "cabba")):
        np.testing.assert_array_equal(lines.columns(number).T, draw_bars(text))


def test_a_second_start_opens_no_picture(folder, monkeypatch):
    first, _ = prepare(find_lines(folder)[0])
    monkeypatch.setattr(module, "load_image", None)
    (folder / "a.gt.txt").write_text("another text")
    second, _ = prepare(find_lines(folder)[0])
    assert second.lines[0].text == "another text"
    np.testing.assert_array_equal(first.columns(2), second.columns(2))


@pytest.mark.parametrize("change", ["picture", "height", "ink", "damage"])
def test_lines_are_made_again_when_something_changes(folder, cache, write_lines, change, monkeypatch):
    prepare(find_lines(folder)[0])
    made = []
    make = module.load_image
    monkeypatch.setattr(module, "load_image", lambda *arguments: made.append(arguments) or make(*arguments))
    if change == "picture":
        write_lines(folder, {"a": "bb"})
    if change == "damage":
        (file,) = cache.glob("lines/*/columns.u8")
        file.write_bytes(b"short")
    prepare(find_lines(folder)[0], 40 if change == "height" else 28, "light" if change == "ink" else "auto")
    assert len(made) == 3


def test_pictures_without_ink_or_content_are_problems(folder, caplog):
    from PIL import Image

    Image.new("L", (200, 40), 255).save(folder / "b.png")
    (folder / "c.png").write_bytes(b"not a picture")
    with caplog.at_level(logging.WARNING):
        lines, problems = prepare(find_lines(folder)[0])
    assert [line.text for line in lines.lines] == ["abc"]
    assert [problem.file.name for problem in problems] == ["b.png", "c.png"]
    assert "no ink is found" in problems[0].reason and "is not an image" in problems[1].reason


def test_selected_and_joined_lines_keep_their_pixels(folder, tmp_path, write_lines, draw_bars):
    one, _ = prepare(find_lines(folder)[0])
    other, _ = prepare(find_lines(write_lines(tmp_path / "other", {"z": "zz"}))[0])
    joined = type(one).join([one.select([2, 0]), other])
    assert [line.text for line in joined.lines] == ["cabba", "abc", "zz"]
    for number, text in enumerate(("cabba", "abc", "zz")):
        np.testing.assert_array_equal(joined.columns(number).T, draw_bars(text))


def test_a_full_disk_is_named_and_leaves_nothing_behind(folder, cache, monkeypatch):
    def write(file, outcome):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_append", write)
    with pytest.raises(CannotWrite, match=r"prepared lines could not be written to .*lines: No space left on device"):
        prepare(find_lines(folder)[0])
    assert not list((cache / "lines").iterdir())
