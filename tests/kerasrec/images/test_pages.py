"""Images of several pages: each page is read by its number, and none by chance."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import BadImage
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import load_image
from kerasrec.images.pages import list_pages

GREYS = (0, 100, 200)


def write(path: Path, format: str, count: int = 3) -> Path:
    """Writes pages, of which each has its own grey."""
    first, *others = (Image.new("L", (40 + grey, 30), grey) if format == "TIFF" else framed(grey) for grey in GREYS)
    options = {"lossless": True} if format == "WEBP" else {}
    first.save(path, format, save_all=True, append_images=others[: count - 1], **options)
    return path


def framed(grey: int) -> Image.Image:
    return Image.new("L", (40, 30), grey).convert("RGB")


@pytest.mark.parametrize("format", ["TIFF", "GIF", "WEBP", "PNG"])
def test_each_page_has_a_name(format, tmp_path):
    path = write(tmp_path / "pages.img", format)
    sources = list(list_pages([ImageSource("pages.img", path), ImageSource("stdin", path.read_bytes())]))
    assert [source.name for source in sources] == [
        f"{name}#{page}" for name in ("pages.img", "stdin") for page in (1, 2, 3)
    ]
    greys = [load_image(source.content, source.name, source.page)[15, 20] for source in sources]
    assert greys == list(GREYS) * 2
    assert [load_image(f"{path}#{page}")[15, 20] for page in (1, 2, 3)] == list(GREYS)


def test_other_images_keep_their_names(tmp_path):
    Image.new("L", (40, 30)).save(tmp_path / "one.tif")
    Image.new("L", (40, 30)).save(tmp_path / "one.jpg")
    (tmp_path / "text.tif").write_text("no image")
    names = ["one.tif", "one.jpg", "text.tif", "absent.tif", "one.tif#1"]
    sources = [ImageSource(name, tmp_path / name) for name in names]
    assert list(list_pages(sources)) == sources


def test_files_are_opened_only_when_it_is_their_turn(tmp_path):
    def sources():
        yield ImageSource("pages", write(tmp_path / "pages", "TIFF"))
        pytest.fail("too early")

    pages = list_pages(sources())
    assert [next(pages).name for _ in GREYS] == ["pages#1", "pages#2", "pages#3"]


def test_one_reading_of_several_pages_is_refused(tmp_path):
    path = write(tmp_path / "pages.tif", "TIFF")
    with pytest.raises(BadImage, match=r"pages.tif has 3 pages, but must be one line. Read one with '.*pages.tif#2'."):
        load_image(path)
    remedy = r"the image has 3 pages, .* select one and give image.copy\(\)"
    with pytest.raises(BadImage, match=remedy):
        load_image(path.read_bytes())
    with Image.open(path) as image:
        with pytest.raises(BadImage, match=remedy):
            load_image(image)
        image.seek(1)
        assert load_image(image.copy())[0, 0] == GREYS[1]


@pytest.mark.parametrize("page", [0, 4])
def test_a_page_that_does_not_exist_is_refused(page, tmp_path):
    path = write(tmp_path / "pages.tif", "TIFF")
    with pytest.raises(BadImage, match=rf"pages.tif#{page} does not exist: the file has 3 pages"):
        load_image(f"{path}#{page}")
    Image.new("L", (40, 30)).save(tmp_path / "one.png")
    with pytest.raises(BadImage, match="one.png#2 does not exist: the file has 1 page[.]"):
        load_image(tmp_path / "one.png#2")


def test_a_file_with_a_number_sign_in_its_name_is_that_file(tmp_path):
    write(tmp_path / "pages.tif", "TIFF")
    Image.new("L", (40, 30), 77).save(tmp_path / "pages.tif#2", "PNG")
    assert load_image(tmp_path / "pages.tif#2")[0, 0] == 77
    (_, second, _) = list_pages([ImageSource("pages.tif", tmp_path / "pages.tif")])
    assert load_image(second.content, second.name, second.page)[0, 0] == GREYS[1]


def test_a_missing_file_is_reported_by_its_name(tmp_path):
    with pytest.raises(BadImage, match=r"absent.tif#2 cannot be read as an image: No such file"):
        load_image(tmp_path / "absent.tif#2")


def test_the_previews_in_a_jpeg_are_not_pages():
    file = io.BytesIO()
    Image.new("L", (40, 30), 50).save(file, "MPO", save_all=True, append_images=[Image.new("L", (40, 30), 200)])
    np.testing.assert_array_equal(load_image(file.getvalue()), np.full((30, 40), 50))
