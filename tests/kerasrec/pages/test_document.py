"""Pages are opened in every version of ALTO and PAGE; what is wrong with one is named."""

import re

import numpy as np
import pytest

from kerasrec.errors import BadPage
from kerasrec.pages.document import open_page

VERSIONS = ("alto-2", "alto-3", "alto-4", "page-2013", "page-2017", "page-2019")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_page_is_opened_in_every_version(draw_page, version):
    drawn = draw_page(version)
    page = open_page(drawn.xml)
    assert page.image == drawn.xml.with_name("page.png")
    assert [line.id for line in page.lines] == ["l1", "l2", "l3"]
    assert [line.text for line in page.lines] == ["2120 30", "2120", "30"]
    for line, (left, top, right, bottom) in zip(page.lines, drawn.boxes, strict=True):
        assert line.outline.tolist() == [[left, top], [right, top], [right, bottom], [left, bottom]]
        assert line.baseline.tolist() == [[left, top + 48], [right, top + 48]]


def edit(drawn, before, after, count=1):
    """Replaces a part of the XML file of a page."""
    text = drawn.xml.read_text(encoding="utf-8")
    assert before in text
    drawn.xml.write_text(text.replace(before, after, count), encoding="utf-8")
    return drawn.xml


@pytest.mark.parametrize(
    ("version", "before", "after", "text"),
    [
        ("page-2019", "2120 30", "a &lt; b\n  &amp;\u00a0c", "a < b & c"),
        ("page-2019", '<TextEquiv conf="0.5"><Unicode>2120 30</Unicode></TextEquiv>', "", "old"),
        (
            "page-2019",
            '<TextEquiv conf="0.5"><Unicode>2120 30',
            '<TextEquiv index="1"><Unicode>b</Unicode></TextEquiv><TextEquiv index="0"><Unicode>a',
            "a",
        ),
        ("page-2019", "<Unicode>2120 30</Unicode>", "<Unicode/>", ""),
        ("alto-4", '<String CONTENT="2120 30" WC="0.5"/>', '<String CONTENT="a"/><String CONTENT="b"/>', "a b"),
        (
            "alto-4",
            '<String CONTENT="2120 30" WC="0.5"/>',
            '<String CONTENT="a"/><String CONTENT="b"/><SP/><String CONTENT="re"/><HYP CONTENT="-"/>',
            "ab re-",
        ),
        ("alto-4", '<String CONTENT="2120 30" WC="0.5"/>', "", ""),
    ],
)
def test_the_text_of_a_line(draw_page, version, before, after, text):
    assert open_page(edit(draw_page(version), before, after)).lines[0].text == text


def test_points_as_elements_are_read_as_before_2013(draw_page):
    xml = edit(
        draw_page(),
        '<Coords points="60,40 368,40 368,96 60,96"/>',
        '<Coords><Point x="1" y="2"/><Point x="3" y="4"/><Point x="5" y="0"/></Coords>',
    )
    assert open_page(xml).lines[0].outline.tolist() == [[1, 2], [3, 4], [5, 0]]


def test_a_line_without_an_id_is_named_by_its_number(draw_page):
    assert open_page(edit(draw_page("alto-3"), 'ID="l2" ', "")).lines[1].id == "line2"


def test_lines_of_all_regions_are_found_with_any_prefix(draw_page):
    xml = draw_page().xml
    text = re.sub(r"<(/?)(?=[A-Z])", r"<\1pc:", xml.read_text(encoding="utf-8")).replace("xmlns=", "xmlns:pc=")
    xml.write_text(text.replace('<pc:TextRegion id="r1"', '<pc:TextRegion id="r0"/><pc:TextRegion id="r1"'))
    assert [line.text for line in open_page(xml).lines] == ["2120 30", "2120", "30"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"page\.xml is not XML: .*\. Export the page again"),
        (b"\x89PNG\r\n\x1a\n", r"page\.xml is not XML"),
        (b"<alto><Layout></alto>", r"page\.xml is not XML: Opening and ending tag mismatch"),
        (b"<mets/>", r"page\.xml must be ALTO \(<alto>\) or PAGE \(<PcGts>\), but its root is <mets>"),
        (b"<alto/>", r"page\.xml must have one page, but has 0"),
        (b"<alto><Layout><Page/><Page/></Layout></alto>", r"must have one page, but has 2\. Export each page"),
        (b"<PcGts><Page imageFilename='page.png'/></PcGts>", r"page\.xml has no lines \(TextLine\)\. Find its lines"),
        (
            b"<PcGts><Page imageFilename='page.png' imageWidth='wide'><TextLine/></Page></PcGts>",
            r"page\.xml, width and height of the page: expected numbers of pixels, but received 'wide'",
        ),
        (b"<!DOCTYPE alto [<!ENTITY a 'b'>]><alto>&a;</alto>", r"page\.xml declares entities"),
        (b"<!DOCTYPE alto [<!ENTITY a SYSTEM '/etc/passwd'>]><alto>&a;</alto>", r"page\.xml declares entities"),
        (b"<a>" * 300 + b"</a>" * 300, r"page\.xml is not XML: Excessive depth"),
    ],
)
def test_a_file_that_is_not_a_page_is_named(draw_page, content, message):
    xml = draw_page().xml
    xml.write_bytes(content)
    with pytest.raises(BadPage, match=message):
        open_page(xml)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadPage, match=r"absent\.xml cannot be read: No such file or directory\. Check the path"):
        open_page(tmp_path / "absent.xml")


@pytest.mark.parametrize(
    ("version", "before", "after", "message"),
    [
        ("page-2019", '"60,40 368', '"60,x 368', r"page\.xml, line l1: expected numbers of pixels, but .*'60,x 368,40"),
        ("page-2019", '"60,40 368', '"60 368', r"line l1: expected points as x,y x,y, but received '60 368,40"),
        ("page-2019", '"60,40 368', '"nan,40 368', "line l1: expected numbers of pixels, but received 'nan,40"),
        ("page-2019", '"60,40 368', '"9999999,40 368', "line l1: expected numbers of pixels"),
        ("alto-2", 'HPOS="60"', 'HPOS="6O"', "line l1: expected numbers of pixels, but received '6O'"),
        ("alto-4", 'BASELINE="60 88', 'BASELINE="60;88', "line l1: expected numbers of pixels, but received '60;88"),
    ],
)
def test_wrong_numbers_are_named_and_the_other_lines_kept(draw_page, version, before, after, message):
    first, *others = open_page(edit(draw_page(version), before, after)).lines
    assert isinstance(first, BadPage)
    assert re.search(message, str(first))
    assert [line.id for line in others] == ["l2", "l3"]


def test_a_line_without_places_has_none(draw_page):
    drawn = draw_page("alto-2")
    line = open_page(edit(drawn, 'HPOS="60" VPOS="40" WIDTH="308" HEIGHT="56" BASELINE="88"', "")).lines[0]
    assert (line.outline, line.baseline) == (None, None)


def test_a_page_is_written_as_it_was(draw_page, tmp_path):
    drawn = draw_page()
    open_page(drawn.xml).write(tmp_path / "out" / "page.xml")
    before, after = (path.read_text(encoding="utf-8") for path in (drawn.xml, tmp_path / "out" / "page.xml"))
    assert after.replace("'", '"').replace("--><", "-->\n<").strip() == before.strip()


def test_the_encoding_is_kept(draw_page, tmp_path):
    xml = draw_page().xml
    text = xml.read_text(encoding="utf-8").replace("UTF-8", "ISO-8859-1").replace("2120 30", "\u00e9t\u00e9")
    xml.write_bytes(text.encode("latin-1"))
    page = open_page(xml)
    page.write(tmp_path / "out.xml")
    assert b"<Unicode>\xe9t\xe9</Unicode>" in (tmp_path / "out.xml").read_bytes()
    assert page.lines[0].text == "\u00e9t\u00e9"
    assert np.array_equal(page.markup.size, [640, 420])
