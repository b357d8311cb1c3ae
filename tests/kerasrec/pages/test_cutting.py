"""Lines are cut out along their outline, with a margin and with paper around them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import BadImage, BadPage
from kerasrec.pages.cutting import cut_lines
from kerasrec.pages.document import open_page

PAPER, INK = 200, 20


@pytest.fixture
def cut(draw_page):
    """Cuts the first line of a page of paper, on which places are drawn, with a given outline and baseline."""

    def cut(outline, baseline=None, ink=(), size=(640, 420), paper=PAPER, others=False):
        page = open_page(draw_page().xml)
        grey = np.broadcast_to(np.uint8(paper), size[::-1]).copy()
        for left, top, right, bottom in ink:
            grey[top:bottom, left:right] = INK
        Image.fromarray(grey).save(page.image)
        places = [None if each is None else np.array(each, float) for each in (outline, baseline)]
        first = replace(page.lines[0], outline=places[0], baseline=places[1])
        return next(cut_lines(replace(page, lines=[first, *page.lines[1:]] if others else [first])))

    return cut


def box(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def test_a_box_is_cut_with_an_eighth_of_its_height_around(cut):
    line = cut(box(100, 80, 300, 120), ink=[(100, 80, 110, 84), (290, 119, 310, 126)])
    assert line.pixels.shape == (50, 210)
    expected = np.full((50, 210), PAPER)
    expected[5:9, 5:15] = expected[44:50, 195:210] = INK
    assert np.array_equal(line.pixels[:, 8:-8], expected[:, 8:-8])  # but for the round corners of the margin
    assert line.corners(5, 25).tolist() == [[100, 80], [120, 80], [120, 120], [100, 120]]
    assert line.corners(-5, 999).tolist() == [[100, 80], [300, 80], [300, 120], [100, 120]]


def test_outside_the_outline_is_paper_of_the_brightness_nearby(cut):
    shade = np.linspace(100, 228, 640)  # an eighth of a grey value per column
    outline = [(100, 60), (500, 160), (500, 200), (100, 100)]
    line = cut(outline, ink=[(100, 190, 200, 200), (450, 60, 500, 80)], paper=shade)
    assert line.pixels.min() > 100  # neither of the strokes outside
    expected = shade[95 : 95 + line.pixels.shape[1]]
    assert np.abs(line.pixels - expected).max() < 24  # blocks of 300 px: the paper's steps are below 38 grey values


def test_a_sloping_line_is_turned_level(cut):
    along = np.array([0.96, 0.28])
    down = np.array([-0.28, 0.96])
    start = np.array([100, 100])
    outline = [start + x * along + y * down for x, y in box(0, -30, 300, 10)]
    line = cut(outline, [start, start + 300 * along], ink=[(150, 112, 156, 118)])
    assert abs(line.pixels.shape[0] - 50) <= 2 and abs(line.pixels.shape[1] - 310) <= 2
    x, y = np.argwhere(line.pixels < 60).mean(axis=0)[::-1]
    assert np.allclose(line.origin + np.array([x + 0.5, y + 0.5]) @ line.axes, [153, 115], atol=0.7)
    corners = line.corners(5, 305)
    assert np.abs(corners - np.array(outline)).max() < 2


@pytest.mark.parametrize(("end", "ink"), [((100, 50), (60, 340, 100, 345)), ((100, 350), (100, 55, 140, 60))])
def test_an_upright_line_starts_on_the_left(cut, end, ink):
    start = (100, 400 - end[1])
    line = cut(box(60, 50, 140, 350), [start, end], ink=[ink])
    assert line.pixels.shape == (100, 320)
    rows, columns = np.nonzero(line.pixels < 60)
    assert columns.max() < 30
    assert rows.max() < 50  # above the baseline


def test_a_line_with_only_a_baseline_reaches_over_it_and_below(cut):
    line = cut(None, [(60, 88), (368, 88)], others=True)  # the next one is 100 px below
    assert line.origin[1] == pytest.approx(88 - 70 - 12, abs=1)
    assert line.pixels.shape[0] == pytest.approx(95 + 24, abs=2)


def test_outlines_are_clipped_at_the_ends_of_the_page(cut):
    line = cut(box(500, 400, 900, 440), ink=[(630, 410, 640, 420)])
    assert line.pixels.shape == (25, 145)
    assert (line.pixels[15:, 135:] == INK).all()
    assert line.corners(100, 999).tolist()[2] == [640, 420]


@pytest.mark.parametrize(
    ("outline", "baseline", "message"),
    [
        (
            box(700, 80, 900, 120),
            None,
            r"line l1: its outline, x 700 to 900 and y 80 to 120, is outside its image of 640",
        ),
        (box(100, -80, 300, -40), None, "y -80 to -40, is outside its image of 640 x 420 px"),
        (box(100, 80, 300, 82), None, "y 80 to 82, is outside its image of 640 x 420 px or less than 4 px high"),
        ([(100, 80), (300, 80), (200, 80)], None, "or less than 4 px high. Correct it"),
        (None, None, "line l1: expected a polygon or a box, but found nothing. Draw its outline"),
        (None, [(10, 90), (90, 90)], "but found only a baseline, with no other line to tell its height"),
        (box(700, 500, 900, 540), [(700, 500), (900, 560)], "outside its image"),
    ],
)
def test_a_line_that_cannot_be_cut_is_named(cut, outline, baseline, message):
    error = cut(outline, baseline)
    assert isinstance(error, BadPage)
    assert re.search(message, str(error))


def test_a_smaller_image_of_the_page_is_cut_at_its_own_scale(cut):
    line = cut(box(100, 80, 300, 120), ink=[(50, 40, 60, 60)], size=(320, 210))
    assert line.pixels.shape == (26, 106)
    assert (line.pixels[3:23, 3:13] == INK).all()
    assert line.corners(3, 13).tolist() == [[100, 80], [120, 80], [120, 120], [100, 120]]


def test_an_image_of_other_proportions_is_refused(cut):
    with pytest.raises(BadPage, match=r"page of 640 x 420, but its image .*page\.png has 420 x 640 px.*made from"):
        cut(box(100, 80, 300, 120), size=(420, 640))


def test_places_in_millimetres_need_the_size_of_the_page(draw_page):
    xml = draw_page("alto-2").xml
    text = xml.read_text(encoding="utf-8").replace(">pixel<", ">mm10<")
    xml.write_text(text)
    assert next(cut_lines(open_page(xml))).scale.tolist() == [1, 1]
    xml.write_text(text.replace('IMG_NR="1" WIDTH="640"', 'IMG_NR="1"'))
    with pytest.raises(BadPage, match=r"places are not in pixels, and its Page has no WIDTH and HEIGHT"):
        next(cut_lines(open_page(xml)))


def test_a_damaged_image_is_named(draw_page):
    page = open_page(draw_page().xml)
    page.image.write_bytes(page.image.read_bytes()[:900])
    with pytest.raises(BadImage, match=r"page\.png"):
        next(cut_lines(page))


@pytest.mark.parametrize("version", ["alto-2", "alto-4", "page-2019"])
def test_lines_are_cut_out_whole(draw_page, version):
    drawn = draw_page(version)
    for line, ink in zip(cut_lines(open_page(drawn.xml)), drawn.inks, strict=True):
        assert np.abs(225 - line.pixels[7:-7, 7:-7].astype(float) - ink).max() <= 1
