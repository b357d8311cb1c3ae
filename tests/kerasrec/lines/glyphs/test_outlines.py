import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.lines.glyphs.outlines import CAP_HEIGHT, load_outlines

CHARACTERS = Alphabet().characters.replace(" ", "")


def test_every_character_of_the_default_alphabet_has_several_outlines() -> None:
    outlines = load_outlines(CHARACTERS)
    assert set(outlines) == set(CHARACTERS)
    assert min(map(len, outlines.values())) >= 4


def test_characters_in_no_font_are_left_out() -> None:
    assert set(load_outlines("a é\n")) == {"a"}


@pytest.mark.parametrize(
    ("character", "top", "bottom"),
    [("H", -CAP_HEIGHT, 0), ("x", -14, 0), ("g", -14, 7), (".", -2, 0), (",", -2, 6.5)],
)
def test_points_are_centred_on_the_baseline(character: str, top: float, bottom: float) -> None:
    for outline in load_outlines(character)[character][:2]:
        low, high = outline.points.min(0), outline.points.max(0)
        assert low[1] == pytest.approx(top, abs=1.1)
        assert high[1] == pytest.approx(bottom, abs=1.1)
        assert (low[0] + high[0]) / 2 == pytest.approx(0, abs=0.3)


def test_progress_runs_from_0_to_1_along_each_stroke_in_even_steps() -> None:
    for outline in load_outlines("H")["H"]:
        for stroke in range(outline.stroke[-1] + 1):
            own = outline.stroke == stroke
            assert outline.progress[own][[0, -1]].tolist() == [0, 1]
            steps = np.hypot(*np.diff(outline.points[own], axis=0).T)
            assert steps.max() < 0.95
            assert steps.min() == pytest.approx(steps.max(), rel=0.5)


def test_characters_that_look_alike_have_different_outlines() -> None:
    outlines = load_outlines("0OIl1,.")
    for look_alikes in ("0O", "Il", "I1", "l1", ",."):
        for first, second in zip(*(outlines[c] for c in look_alikes), strict=False):
            assert first.points.shape != second.points.shape or abs(first.points - second.points).max() > 2
    widths = {c: np.ptp(outlines[c][0].points[:, 0]) for c in "0O"}
    assert widths["0"] < 0.8 * widths["O"]
