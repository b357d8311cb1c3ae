import io
import os
import threading
from pathlib import Path

import pytest
from PIL import Image

from kerasrec.errors import BadImage, UsageError
from kerasrec.images.files import ImageSource, find_images
from kerasrec.images.loading import load_image
from kerasrec.images.pages import list_pages

EMPTY = io.BytesIO()


@pytest.fixture
def scans(tmp_path, monkeypatch):
    """A folder `scans` in the working folder, with images, other files and a subfolder."""
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


def test_a_folder_stands_for_its_images_in_natural_order(scans):
    in_order = ["scans/Line1.jpg", "scans/line9.PNG", "scans/line9b.tiff", "scans/line10.png"]
    assert names(["scans"]) == in_order
    assert names(["scans/"]) == in_order


def test_a_pattern_is_expanded_as_in_a_shell(scans):
    assert names(["scans/line*.png"]) == ["scans/line10.png"]
    assert names(["scans/*"]) == names(["scans"])
    assert names(["scans/**/*"]) == ["scans/deep/line1.webp", *names(["scans"])]
    assert names(["scans/line[0-9].*"]) == ["scans/line9.PNG"]


def test_files_keep_their_order_without_duplicates(scans):
    assert names(["scans/line9b.tiff", "scans/notes.txt", "scans/line9b.tiff", "scans/l*"]) == [
        "scans/line9b.tiff",
        "scans/notes.txt",
        "scans/line9.PNG",
        "scans/line10.png",
    ]
    assert find_images(["scans/notes.txt"], EMPTY) == [ImageSource("scans/notes.txt", Path("scans/notes.txt"))]


@pytest.fixture
def pipe(tmp_path):
    """The path of a pipe, as of <(cat line.png) in a shell, to which an image is written once."""
    image = io.BytesIO()
    Image.new("L", (40, 28), 200).save(image, "PNG")
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(image.getvalue()), daemon=True)
    writer.start()
    yield tmp_path / "pipe"
    writer.join(20)


def test_a_pipe_is_an_image_that_can_be_read_more_than_once(pipe):
    (source,) = list_pages(find_images([str(pipe)], EMPTY))
    assert source.name == str(pipe)
    for _ in range(2):
        assert load_image(source.content, source.name).shape == (28, 40)


def test_the_path_of_a_pipe_is_an_image(pipe):
    assert load_image(pipe).shape == (28, 40)


def test_a_file_name_that_looks_like_a_pattern_is_that_file(scans):
    (scans / "line[9].png").touch()
    assert names(["scans/line[9].png"]) == ["scans/line[9].png"]


def test_a_dash_is_an_image_from_standard_input():
    assert find_images(["-"], io.BytesIO(b"GIF89a")) == [ImageSource("stdin", b"GIF89a")]


def test_a_missing_file_raises_only_when_it_is_opened(scans):
    missing, other = find_images(["scans/absent.png", "scans/line10.png"], EMPTY)
    assert other.name == "scans/line10.png"
    with pytest.raises(BadImage, match="scans/absent.png cannot be read as an image: No such file"):
        load_image(missing.content, missing.name)


def test_folders_and_patterns_without_images_raise(scans):
    (scans / "empty").mkdir()
    with pytest.raises(UsageError, match=r'folder scans/empty has no images.*"scans/empty/\*\*/\*"'):
        find_images(["scans", "scans/empty"], EMPTY)
    with pytest.raises(UsageError, match=r"pattern scans/\*.gif matches no images"):
        find_images(["scans/*.gif"], EMPTY)
    with pytest.raises(UsageError, match='received nothing. Give "-"'):
        find_images([], EMPTY)


def test_a_folder_that_is_not_readable_raises(scans, monkeypatch):
    def refuse(self: Path) -> None:
        raise PermissionError(13, os.strerror(13), str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UsageError, match="folder scans cannot be read .Permission denied"):
        find_images(["scans"], EMPTY)
