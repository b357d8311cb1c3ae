import io
import os
from pathlib import Path

import pytest

from kerasrec.errors import BadImage, BadText, UsageError
from kerasrec.files import ImageSource, find_images, find_labelled
from kerasrec.images.loading import load_image

EMPTY = io.BytesIO()


@pytest.fixture
def scans(tmp_path, monkeypatch):
    """A folder `scans` with images, other files and a folder below; the working folder is above it."""
    monkeypatch.chdir(tmp_path)
    names = ["line10.png", "line9.PNG", "Line1.jpg", "line9b.tiff", "notes.txt", ".hidden.png", "deep/line1.webp"]
    for name in names:
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "scans" / "folder.png").mkdir()
    return Path("scans")


def names(arguments: list[str]) -> list[str]:
    return [source.name for source in find_images(arguments, EMPTY)]


def test_a_folder_stands_for_its_images_in_the_order_of_their_numbers(scans):
    in_order = ["scans/Line1.jpg", "scans/line9.PNG", "scans/line9b.tiff", "scans/line10.png"]
    assert names(["scans"]) == in_order
    assert names(["scans/"]) == in_order


def test_a_pattern_is_expanded_as_a_shell_would(scans):
    assert names(["scans/line*.png"]) == ["scans/line10.png"]
    assert names(["scans/*"]) == names(["scans"])
    assert names(["scans/**/*"]) == ["scans/deep/line1.webp", *names(["scans"])]
    assert names(["scans/line[0-9].*"]) == ["scans/line9.PNG"]


def test_files_keep_their_order_and_come_once(scans):
    assert names(["scans/line9b.tiff", "scans/notes.txt", "scans/line9b.tiff", "scans/l*"]) == [
        "scans/line9b.tiff",
        "scans/notes.txt",
        "scans/line9.PNG",
        "scans/line10.png",
    ]
    assert find_images(["scans/notes.txt"], EMPTY) == [ImageSource("scans/notes.txt", Path("scans/notes.txt"))]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(scans):
    (scans / "line[9].png").touch()
    assert names(["scans/line[9].png"]) == ["scans/line[9].png"]


def test_a_dash_is_an_image_over_standard_input():
    assert find_images(["-"], io.BytesIO(b"GIF89a")) == [ImageSource("stdin", b"GIF89a")]


def test_a_missing_file_is_named_when_it_is_opened_and_stops_no_other(scans):
    missing, other = find_images(["scans/absent.png", "scans/line10.png"], EMPTY)
    assert other.name == "scans/line10.png"
    with pytest.raises(BadImage, match="scans/absent.png cannot be read as an image: No such file"):
        load_image(missing.content, missing.name)


def test_what_holds_no_image_is_named(scans):
    (scans / "empty").mkdir()
    with pytest.raises(UsageError, match=r'folder scans/empty has no image.*"scans/empty/\*\*/\*"'):
        find_images(["scans", "scans/empty"], EMPTY)
    with pytest.raises(UsageError, match=r"pattern scans/\*.gif matches no image"):
        find_images(["scans/*.gif"], EMPTY)
    with pytest.raises(UsageError, match='received nothing. Give "-"'):
        find_images([], EMPTY)


def test_a_folder_that_may_not_be_read_is_named(scans, monkeypatch):
    def refuse(self: Path) -> None:
        raise PermissionError(13, os.strerror(13), str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UsageError, match="folder scans cannot be read .Permission denied"):
        find_images(["scans"], EMPTY)


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


def test_missing_texts_are_named(lines):
    for i in range(7):
        (lines / f"new{i}.png").touch()
    with pytest.raises(BadText, match=r"7 of 10 are missing: new0.gt.txt, new1.gt.txt, new2.gt.txt and 4 more\. Write"):
        find_labelled(lines)


def test_a_text_that_is_not_utf8_is_named_with_its_place(lines):
    (lines / "1.gt.txt").write_bytes(b"na\xefve")
    with pytest.raises(BadText, match=r"1.gt.txt is to be UTF-8 text, but byte 2 .* is 0xef"):
        find_labelled(lines)


@pytest.mark.parametrize(
    ("content", "message"), [(b"a\nb\n", "is to hold one line of text, but holds 2"), (b"", "0 bytes")]
)
def test_a_text_that_is_not_one_line_is_named(lines, content, message):
    (lines / "1.gt.txt").write_bytes(content)
    with pytest.raises(BadText, match=rf"1.gt.txt .*{message}"):
        find_labelled(lines)


def test_labelled_lines_need_a_folder_with_images(lines, tmp_path_factory):
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
