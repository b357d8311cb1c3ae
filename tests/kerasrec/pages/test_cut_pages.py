"""Pages are cut into a picture and a text of each line."""

import numpy as np
import pytest
from PIL import Image

from kerasrec.pages.cut_pages import cut_pages


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def edit(drawn, before, after):
    drawn.xml.write_text(drawn.xml.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    return drawn.xml


@pytest.mark.parametrize("version", ["alto-4", "page-2013"])
def test_a_page_is_cut_into_pictures_and_texts(draw_page, tmp_path, version):
    (page,) = cut_pages([draw_page(version).xml], tmp_path / "out")
    assert (page.written, page.without_text, page.errors) == (3, 0, ())
    assert names(tmp_path / "out") == [f"page_l{n}.{kind}" for n in (1, 2, 3) for kind in ("gt.txt", "png")]
    assert (tmp_path / "out" / "page_l1.gt.txt").read_bytes() == b"2120 30\n"
    picture = np.asarray(Image.open(tmp_path / "out" / "page_l1.png"))
    assert picture.dtype == np.uint8 and picture.shape == (70, 322)


def test_lines_without_text_are_counted(draw_page, tmp_path):
    (page,) = cut_pages([edit(draw_page(), "2120 30", " ")], tmp_path / "out")
    assert (page.written, page.without_text) == (2, 1)
    assert names(tmp_path / "out")[0] == "page_l2.gt.txt"


def test_pictures_alone_are_written_of_all_lines(draw_page, tmp_path):
    (page,) = cut_pages([edit(draw_page(), "2120 30", "")], tmp_path / "out", texts=False)
    assert (page.written, page.without_text) == (3, 0)
    assert names(tmp_path / "out") == ["page_l1.png", "page_l2.png", "page_l3.png"]


def test_pages_of_one_name_do_not_collide(draw_page, tmp_path):
    pages = [draw_page("alto-4", tmp_path / "a").xml, draw_page("page-2019", tmp_path / "b").xml]
    assert [page.written for page in cut_pages(pages, tmp_path / "out")] == [3, 3]
    assert names(tmp_path / "out")[:2] == ["page-2_l1.gt.txt", "page-2_l1.png"]
    assert len(names(tmp_path / "out")) == 12


def test_a_text_is_one_line_of_utf_8(draw_page, tmp_path):
    list(cut_pages([edit(draw_page(), "2120 30", "\u00e9t\u00e9\n &lt;b&gt;")], tmp_path / "out"))
    assert (tmp_path / "out" / "page_l1.gt.txt").read_bytes() == "\u00e9t\u00e9 <b>\n".encode()


def test_ids_become_names_of_files_within_the_folder(draw_page, tmp_path):
    list(cut_pages([edit(draw_page(), 'id="l1"', 'id="../l:1"')], tmp_path / "out"))
    assert names(tmp_path / "out")[0] == "page_.._l_1.gt.txt"


def test_what_is_wrong_is_named_and_the_rest_is_cut(draw_page, tmp_path):
    double = edit(draw_page(folder=tmp_path / "double"), 'id="l2"', 'id="L1"')
    outside = edit(draw_page(folder=tmp_path / "outside"), "60,40 368,40 368,96 60,96", "660,40 968,40 968,96 660,96")
    no_image = draw_page(folder=tmp_path / "none").xml
    no_image.with_name("page.png").unlink()
    no_page = tmp_path / "mets.xml"
    no_page.write_text("<mets/>")
    pages = list(cut_pages([double, outside, no_image, no_page], tmp_path / "out"))
    assert [page.written for page in pages] == [2, 2, 0, 0]
    errors = [str(error) for page in pages for error in page.errors]
    assert errors[0] == f"{double}, line L1: another line has this id. Give each line its own."
    assert "line l1: its outline, x 660 to 968" in errors[1]
    assert "expected its image 'page.png'" in errors[2]
    assert "its root is <mets>" in errors[3]
    assert len(errors) == 4
    assert names(tmp_path / "out")[0] == "page-2_l2.gt.txt"


def test_a_damaged_image_is_named(draw_page, tmp_path):
    xml = draw_page().xml
    xml.with_name("page.png").write_bytes(b"no image")
    (page,) = cut_pages([xml], tmp_path / "out")
    assert page.written == 0 and "page.png is not an image" in str(page.errors[0])
    assert not (tmp_path / "out").exists()
