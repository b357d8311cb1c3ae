"""How clearly ink stands out, measured on images of known coverage and contrast."""

import numpy as np
import pytest

from kerasrec.images.canonical import POLARITIES, find_line
from kerasrec.images.visibility import measure_visibility


def bars(paper: float, ink: float, width: int = 4) -> np.ndarray:
    """Twenty bars on paper, 64 px high, so that nothing is scaled: each `width` of 40 columns, 32 of 64 rows."""
    image = np.full((64, 800), paper, np.float32)
    for left in range(18, 800, 40):
        image[16:48, left : left + width] = ink
    return image


@pytest.mark.parametrize("width", [4, 8])
def test_coverage_is_the_share_of_ink(width):
    assert measure_visibility(find_line(bars(240, 20, width))).coverage == pytest.approx(width / 40 / 2, rel=0.35)


@pytest.mark.parametrize(("paper", "ink"), [(250, 200), (250, 100), (200, 40)])
def test_contrast_is_how_much_darker_ink_is_on_paper_of_255(paper, ink):
    contrast = measure_visibility(find_line(bars(paper, ink, width=8))).contrast
    assert contrast == pytest.approx((paper - ink) * 255 / paper, abs=25)


def test_light_ink_on_dark_paper_stands_out_as_much():
    dark, light = (measure_visibility(find_line(each)) for each in (bars(255, 55), 255 - bars(255, 55)))
    assert light.coverage == pytest.approx(dark.coverage, rel=0.3)
    assert light.contrast > 100


def test_what_is_too_faint_for_ink_has_no_coverage_but_its_contrast():
    seen = measure_visibility(find_line(bars(250, 241), POLARITIES["dark"]))
    assert (seen.coverage, round(seen.contrast)) == (0, pytest.approx(9, abs=2))
    assert str(seen) == f"nothing stands out from the paper (contrast {seen.contrast:.0f} of 255)"
