"""The XML files that a user names, and the image of each."""

import pytest

from kerasrec.errors import BadPage, UsageError
from kerasrec.pages.page_files import find_image, find_pages


@pytest.fixture
def folder(tmp_path):
    for name in ("p10.xml", "p2.XML", "p1.png", ".hidden.xml", "deep/p3.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_folder_and_a_pattern_stand_for_their_xml_files_in_natural_order(folder):
    assert find_pages([str(folder)]) == [folder / "p2.XML", folder / "p10.xml"]
    assert find_pages([str(folder / "**" / "*.xml"), str(folder / "p10.xml")]) == [
        folder / "deep" / "p3.xml",
        folder / "p10.xml",
    ]
    assert find_pages(["absent.xml"])[0].name == "absent.xml"


def test_a_folder_or_a_pattern_without_xml_files_is_refused(folder):
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty has no \.xml files\. Give the folder"):
        find_pages([str(folder / "empty")])
    with pytest.raises(UsageError, match=r"q\*\.xml matches no \.xml files"):
        find_pages([str(folder / "q*.xml")])


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("a.jpg", "pages/a.jpg"),
        ("scans/a b.jpg", "pages/scans/a b.jpg"),
        ("C:\\scans\\a.jpg", "pages/a.jpg"),
        ("/other/machine/a.jpg", "pages/a.jpg"),
        ("https://example.org/a%20b.jpg", "pages/a b.jpg"),
        ("a.jpg", "a.jpg"),  # in the folder above, as in an export of Transkribus
        ("OCR-D-IMG/a.jpg", "OCR-D-IMG/a.jpg"),
        ("gone.jpg", "pages/page.JPG"),
        ("", "pages/page.tif"),
    ],
)
def test_the_image_of_a_page_is_found(tmp_path, name, image):
    (tmp_path / "pages").mkdir()
    (tmp_path / image).parent.mkdir(exist_ok=True, parents=True)
    (tmp_path / image).touch()
    (tmp_path / "pages" / "page.txt").touch()
    assert find_image(tmp_path / "pages" / "page.xml", name).samefile(tmp_path / image)


def test_a_missing_image_is_named(tmp_path):
    with pytest.raises(BadPage, match=r"page\.xml: expected its image 'b\.jpg' in .*page\.jpg .* Put the image there"):
        find_image(tmp_path / "page.xml", "b.jpg")
    with pytest.raises(BadPage, match=r"page\.xml: expected an image \(it names none\)"):
        find_image(tmp_path / "page.xml", "")
