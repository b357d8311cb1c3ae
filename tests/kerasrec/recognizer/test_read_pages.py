"""The lines of a page are read, and the text is filled into its XML, which is left as it was otherwise."""

import zipfile

import numpy as np
import pytest
from lxml import etree
from PIL import Image

import kerasrec
from kerasrec.errors import BadImage, BadPage, UsageError
from kerasrec.pages.document import open_page
from kerasrec.pages.elements import Word
from kerasrec.recognizer.read_pages import read_page

TEXTS = ["2120 30", "2120", "30"]
VERSIONS = ("alto-2", "alto-3", "alto-4", "page-2013", "page-2017", "page-2019")


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory, saved_archive):
    folder = tmp_path_factory.mktemp("saved")
    with zipfile.ZipFile(saved_archive) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith("run/")])
    return kerasrec.load(folder / "run")


@pytest.fixture
def read(recognizer, draw_page, tmp_path):
    """Reads a page whose texts were other ones before, and returns the root of the XML that is written."""

    def read(version="page-2019", edits=(), drawn=None):
        drawn = drawn or draw_page(version)
        text = drawn.xml.read_text(encoding="utf-8")
        text = text.replace(">2120 30<", ">old text<").replace('"2120 30"', '"old text"')
        for before, after in edits:
            assert before in text
            text = text.replace(before, after, 1)
        drawn.xml.write_text(text, encoding="utf-8")
        reading = read_page(recognizer, drawn.xml)
        reading.page.write(tmp_path / "read" / "page.xml")
        return reading, etree.parse(tmp_path / "read" / "page.xml").getroot()

    return read


def numbers(text):
    return [float(number) for number in text.replace(",", " ").split()]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_text_of_each_line_is_filled_in(read, tmp_path, version):
    reading, root = read(version)
    assert [reading.text for _, reading in reading.lines] == TEXTS
    assert reading.errors == ()
    (tmp_path / "read" / "page.png").write_bytes(reading.page.image.read_bytes())
    assert [line.text for line in open_page(tmp_path / "read" / "page.xml").lines] == TEXTS
    assert etree.QName(root).namespace == etree.parse(reading.page.path).getroot().nsmap[None]


@pytest.mark.parametrize("version", ["page-2013", "page-2019"])
def test_a_page_gets_words_with_places_and_confidences(read, draw_page, version):
    reading, root = read(version)
    first = root.find(".//{*}TextLine")
    names = [etree.QName(child).localname for child in first]
    assert names == ["Coords", "Baseline", "Word", "Word", "TextEquiv"]  # the order of the schema
    words = first.findall("{*}Word")
    assert [word.get("id") for word in words] == ["l1_w1", "l1_w2"]
    assert [word.findtext("{*}TextEquiv/{*}Unicode") for word in words] == ["2120", "30"]
    confidences = [float(each.get("conf")) for each in first.iter("{*}TextEquiv")]
    assert confidences[-1] == pytest.approx(reading.lines[0][1].confidence, abs=1e-4)
    assert all(confidences[-1] <= confidence <= 1 for confidence in confidences)
    places = [np.reshape(numbers(word.find("{*}Coords").get("points")), (-1, 2)) for word in words]
    assert all(place.shape == (4, 2) for place in places)
    assert 60 <= places[0].min(axis=0)[0] < places[0].max(axis=0)[0] < places[1].max(axis=0)[0] <= 368
    assert abs(places[0][:, 0].max() - places[1][:, 0].min()) < 56  # the space between them
    assert {40, 96} == {y for place in places for y in place[:, 1]}


@pytest.mark.parametrize("version", ["alto-2", "alto-3", "alto-4"])
def test_alto_gets_strings_with_places_and_confidences(read, version):
    _, root = read(version)
    first = root.find(".//{*}TextLine")
    names = [etree.QName(child).localname for child in first]
    assert names == ["Shape"] * (version == "alto-4") + ["String", "SP", "String"]  # the order of the schema
    strings, (space,) = first.findall("{*}String"), first.findall("{*}SP")
    assert [string.get("CONTENT") for string in strings] == ["2120", "30"]
    assert all(0.5 < float(string.get("WC")) <= 1 for string in strings)
    (left, top, width, height), (other, *_, other_width, _) = (
        [int(string.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")] for string in strings
    )
    assert (top, height) == (40, 56)
    assert 60 <= left and left + width <= other and other + other_width <= 368
    assert int(space.get("HPOS")) == left + width and int(space.get("WIDTH")) == other - left - width


@pytest.mark.parametrize("version", ["alto-4", "page-2019"])
def test_all_else_is_left_as_it_was(read, draw_page, version):
    extra = "<!-- in the line --><TextStyle fontSize='9'/>" if version == "page-2019" else "<!-- in the line -->"
    closing = "</TextLine>"
    reading, root = read(version, [(closing, f"{extra}{closing}")])
    before, after = etree.parse(reading.page.path).getroot(), root
    assert [each.text for each in after.itersiblings(etree.Comment, preceding=True)] == [" kept "]
    texts = ("Word", "String", "SP", "TextEquiv")
    for document in (before, after):
        for element in list(document.iter()):
            if isinstance(element.tag, str) and etree.QName(element).localname in texts:
                element.getparent().remove(element)
        etree.indent(document)
    assert etree.tostring(after) == etree.tostring(before)


def test_new_elements_are_indented_like_the_others(read):
    _, root = read(edits=[('}"><Coords', '}">\n        <Coords')])
    text = etree.tostring(root, encoding="unicode")
    assert '\n        <Word id="l1_w1">\n          <Coords points=' in text
    assert "</TextEquiv>\n      </TextLine>" in text


def test_the_text_of_a_region_follows_its_lines(read):
    _, root = read()
    assert root.find(".//{*}TextRegion").findtext("{*}TextEquiv/{*}Unicode") == "\n".join(TEXTS)


def test_lines_of_one_id_are_all_read(read):
    reading, root = read(edits=[('id="l2"', 'id="l1"')])
    assert [line.element.findtext("{*}TextEquiv/{*}Unicode") for line, _ in reading.lines] == TEXTS
    ids = [word.get("id") for word in root.iter("{*}Word")]
    assert ids == ["l1_w1", "l1_w2", "l1_w3", "l3_w1"]


def test_ids_of_words_are_new(read):
    _, root = read(edits=[('<ImageRegion id="i1"', '<ImageRegion id="l1_w1"')])
    assert [word.get("id") for word in root.find(".//{*}TextLine").iter("{*}Word")] == ["l1_w2", "l1_w3"]


def test_a_line_without_words_gets_an_empty_text(draw_page, tmp_path):
    for version, name in (("alto-4", "String"), ("page-2019", "TextEquiv")):
        page = open_page(draw_page(version, tmp_path / version).xml)
        page.fill(page.lines[0], [], 0.25)
        (text,) = page.lines[0].element.findall(f"{{*}}{name}")
        assert (text.get("CONTENT") or text.findtext("{*}Unicode") or "") == ""
        assert (text.get("WC") or text.get("conf")) == "0.2500"


def test_a_line_that_cannot_be_read_keeps_its_text(read):
    reading, root = read(edits=[("60,40 368,40 368,96 60,96", "660,40 968,40 968,96 660,96")])
    assert [line.id for line, _ in reading.lines] == ["l2", "l3"]
    assert "line l1: its outline, x 660 to 968" in str(reading.errors[0])
    assert root.find(".//{*}TextLine").findtext("{*}TextEquiv/{*}Unicode") == "old text"


def test_text_is_escaped(draw_page, tmp_path):
    for version in ("alto-4", "page-2019"):
        page = open_page(draw_page(version, tmp_path / version).xml)
        corners = np.array([[60, 40], [100, 40], [100, 96], [60, 96]], float)
        page.fill(page.lines[0], [Word('<a> & "b"', 0.5, corners)], 0.25)
        page.write(page.path.with_name("out.xml"))
        assert open_page(page.path.with_name("out.xml")).lines[0].text == '<a> & "b"'


def test_a_sloping_line_gets_words_along_it(recognizer, draw_page):
    drawn = draw_page("page-2019")
    page = open_page(drawn.xml)
    turned = Image.open(page.image).rotate(-12, center=(0, 0), resample=Image.Resampling.BICUBIC, fillcolor=225)
    turned.save(page.image)
    cos, sin = np.cos(np.radians(12)), np.sin(np.radians(12))
    turn = np.array([[cos, sin], [-sin, cos]])
    text = drawn.xml.read_text(encoding="utf-8")
    for line in page.lines[:2]:
        for place in (line.outline, line.baseline):
            before = " ".join(f"{x:g},{y:g}" for x, y in place)
            text = text.replace(before, " ".join(f"{x:.0f},{y:.0f}" for x, y in place @ turn))
    drawn.xml.write_text(text, encoding="utf-8")
    reading = read_page(recognizer, drawn.xml)
    assert reading.lines[0][1].text == TEXTS[0]
    one, two = reading.page.tree.getroot().find(".//{*}TextLine").findall("{*}Word/{*}Coords")
    corners = np.array([numbers(each.get("points")) for each in (one, two)]).reshape(2, 4, 2) @ turn.T
    assert np.allclose(corners[:, :2, 1], 40, atol=4) and np.allclose(corners[:, 2:, 1], 96, atol=4)
    assert abs(corners[0, 0, 0] - 60) < 16 and abs(corners[1, 1, 0] - 368) < 16


def test_what_cannot_be_read_raises(recognizer, draw_page, tmp_path):
    drawn = draw_page()
    with pytest.raises(UsageError, match="ink must be one of auto, dark, light, but is 'red'"):
        read_page(recognizer, drawn.xml, ink="red")
    drawn.xml.with_name("page.png").write_bytes(b"no image")
    with pytest.raises(BadImage, match=r"page\.png is not an image"):
        read_page(recognizer, drawn.xml)
    drawn.xml.with_name("page.png").unlink()
    with pytest.raises(BadPage, match=r"expected its image 'page\.png'"):
        read_page(recognizer, drawn.xml)
