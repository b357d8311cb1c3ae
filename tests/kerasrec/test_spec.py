import dataclasses

import pytest

from kerasrec.errors import UsageError
from kerasrec.spec import GLYPH_SIZE, LineSpec


def test_the_default_is_the_line_of_the_labs():
    spec = LineSpec()
    assert (spec.height, spec.max_length, spec.canvas_width) == (28, 32, 896)
    assert (spec.min_overlap, spec.max_overlap, spec.overlap_per) == (0.0, 0.33, "line")


def test_the_canvas_has_room_for_every_glyph():
    assert LineSpec(max_length=1).canvas_width == GLYPH_SIZE
    assert LineSpec(max_length=10).canvas_width == 280
    assert LineSpec(height=48, max_length=10).canvas_width == 480


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"height": 15}, "height must be a whole number of pixels from 16 to 128, but is 15"),
        ({"height": 129}, "from 16 to 128, but is 129"),
        ({"height": 48.0}, r"a whole number of pixels from 16 to 128, but is 48\.0"),
        ({"max_length": 0}, "at least 1 character.* max_length is 0"),
        ({"max_length": -3}, "max_length is -3"),
        ({"min_overlap": -0.1}, r"min_overlap must be at least 0 and below 1, but is -0\.1"),
        ({"max_overlap": 1.0}, r"max_overlap must be at least 0 and below 1, but is 1\.0"),
        ({"max_overlap": float("nan")}, "max_overlap must be at least 0 and below 1, but is nan"),
        ({"min_overlap": 0.4, "max_overlap": 0.3}, r"min_overlap \(0\.4\) is above max_overlap \(0\.3\): swap"),
        ({"overlap_per": "word"}, "overlap_per must be 'line' or 'gap', but is 'word'"),
        ({"glyph_per": "line"}, "glyph_per must be 'occurrence' or 'character', but is 'line'"),
    ],
)
def test_an_invalid_setting_raises_with_its_value(setting, message):
    with pytest.raises(UsageError, match=message):
        LineSpec(**setting)


@pytest.mark.parametrize("overlap", [(0.0, 0.0), (0.25, 0.25), (0.0, 0.99)])
def test_the_smallest_and_largest_overlaps_are_valid(overlap):
    spec = LineSpec(min_overlap=overlap[0], max_overlap=overlap[1])
    assert (spec.min_overlap, spec.max_overlap) == overlap


def test_a_spec_survives_saving_and_is_frozen():
    spec = LineSpec(height=40, max_length=12, overlap_per="gap", glyph_per="character", fixed_width=True)
    assert LineSpec(**dataclasses.asdict(spec)) == spec
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.max_length = 3
