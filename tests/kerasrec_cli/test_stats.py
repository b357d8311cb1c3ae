"""`kerasrec data stats`, as text and as JSON."""

import json

import pytest

from kerasrec.models import MODELS
from kerasrec.training import survey


@pytest.fixture(autouse=True)
def short_timing(monkeypatch):
    monkeypatch.setattr(survey, "_TIMED_SECONDS", 0.01)


def test_statistics_are_printed_as_text(kerasrec, own_data):
    result = kerasrec("data", "stats", *own_data, "--lines", 50, "--characters", "abc ")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert "classes     8, including 4 special tokens" in lines
    assert "The first 50 training lines:" in lines
    assert "The 3 characters of these lines, in percent:" in lines
    assert lines[-1].startswith("a ")
    assert max(map(len, lines)) <= 100
    words = " ".join(result.stdout.split())
    assert "1 x 'é' (U+00E9), which is not in the alphabet (--characters), and --glyphs has no glyphs for it" in words
    assert "1 characters of the alphabet, for which there are no glyphs: 'c' (U+0063)" in words
    assert "overlap 0 to 0.33 drawn per line, one glyph per occurrence, as wide as their characters" in words


def test_json_has_every_statistic(kerasrec, own_data):
    result = kerasrec("data", "stats", *own_data, "--lines", 20, "--fixed-width", "--max-length", 8, "--json")
    found = json.loads(result.stdout)
    assert found["lines"] == 20
    assert found["mean_width"] == 8 * 28
    assert found["images"]["shape"] == [128, 28, 224, 1]
    assert found["labels"]["dtype"] == "int32"
    assert sum(found["glyphs"].values()) == 20
    assert sum(found["sentences"].values()) == 217
    assert set(found["infeasible"]) == {name for name, kind in MODELS.items() if "ctc" in kind.objectives}
    assert sum(found["frequencies"].values()) == pytest.approx(1)


def test_higher_lines_are_wider(kerasrec, own_data):
    result = kerasrec("data", "stats", *own_data, "--lines", 20, "--fixed-width", "--max-length", 8, "--height", 48)
    lines = " ".join(result.stdout.split())
    assert "at most 8 characters, 48 px high" in lines and "(128, 48, 384, 1) uint8" in lines
    assert "384 px" in lines


def test_wrong_usage_is_explained(kerasrec):
    result = kerasrec("data", "stats", "--max-length", 0)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "max_length is 0" in result.stderr


def test_brown_agrees_with_the_reference(kerasrec, shared_data):
    found = json.loads(kerasrec("data", "stats", "--text", "brown", "--data-dir", shared_data, "--json").stdout)
    assert len(found["frequencies"]) == 63
    assert found["repeats"] == pytest.approx(0.24, abs=0.06)
    assert found["mean_length"] == pytest.approx(15.4, abs=2)
