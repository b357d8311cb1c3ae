"""What is drawn of fonts, and which fonts are left out."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from kerasrec.errors import UsageError
from kerasrec.lines.fonts import FontPool, load_fonts
from kerasrec.lines.fonts.drawing import BASELINE, ROWS
from kerasrec.lines.fonts.files import find_fonts


@pytest.fixture(scope="module")
def bank(fonts: Path):
    return load_fonts(fonts, "abgxéAV .")


def drawn(pool: FontPool, font: int, character: str) -> np.ndarray:
    i = pool.characters.index(character)
    first, width = pool.offsets[font, i], pool.widths[font, i]
    return pool.columns[first : first + width].T


def test_every_family_is_in_one_pool_and_the_seed_decides_which(fonts, bank):
    names = [name for pool in bank.pools.values() for name in pool.names]
    assert sorted(names) == ["DejaVuSans", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif", "cmr10"]
    assert sorted(len(pool) for pool in bank.pools.values()) in ([1, 1, 3], [1, 2, 2])
    assert any({"DejaVuSans", "DejaVuSans-Oblique"} <= set(pool.names) for pool in bank.pools.values())
    again, other = load_fonts(fonts, "abgxéAV ."), load_fonts(fonts, "abgxéAV .", seed=5)
    assert [pool.names for pool in again.pools.values()] == [pool.names for pool in bank.pools.values()]
    assert [pool.names for pool in other.pools.values()] != [pool.names for pool in bank.pools.values()]


def test_a_bank_comes_back_from_the_cache_as_it_was_drawn(fonts, bank, monkeypatch):
    monkeypatch.setattr(FontPool, "draw", None)
    again = load_fonts(fonts, "abgxéAV .")
    assert again.problems == bank.problems
    for name, pool in bank.pools.items():
        for field in ("columns", "offsets", "widths", "bearings", "advances", "tops", "bottoms", "kerning"):
            np.testing.assert_array_equal(getattr(again.pools[name], field), getattr(pool, field))


def test_characters_stand_on_the_baseline_in_their_proportions(bank):
    for pool in bank.pools.values():
        for font in range(len(pool)):
            x, b, g = (drawn(pool, font, c) for c in "xbg")
            inked = [np.flatnonzero((each > 127).any(axis=1)) for each in (x, b, g)]
            assert abs(inked[0][-1] + 1 - BASELINE) <= 1
            assert inked[1][0] < inked[0][0] - 5 and inked[2][-1] > BASELINE + 5
            assert all(each.shape[0] == ROWS and each[:, 0].any() and each[:, -1].any() for each in (x, b, g))
            assert pool.advances[font, pool.characters.index("x")] == pytest.approx(x.shape[1], abs=6)


def test_a_space_has_no_ink_and_moves_the_pen(bank):
    space = bank.train.characters.index(" ")
    assert (bank.train.widths[:, space] == 0).all() and (bank.train.advances[:, space] > 5).all()


def test_pairs_are_kerned(bank):
    pool = next(pool for pool in bank.pools.values() if "DejaVuSans" in pool.names)
    font, a, v = pool.names.index("DejaVuSans"), pool.characters.index("A"), pool.characters.index("V")
    assert pool.kerning[font, a, v] < 0 == pool.kerning[font, a, pool.characters.index(" ")]


def test_what_a_font_lacks_is_known_and_not_drawn_as_a_box(bank):
    pool = next(pool for pool in bank.pools.values() if "cmr10" in pool.names)
    assert pool.widths[pool.names.index("cmr10"), pool.characters.index("é")] == -1
    assert pool.counts["é"] == len(pool) - 1 and pool.counts["x"] == len(pool)
    assert set("abgxAV .") <= set(bank.drawable)
    assert ("é" in bank.drawable) == (len(pool) > 1)


def test_files_that_are_no_fonts_are_named(bank):
    assert bank.problems.keys() == {"broken.ttf"} and "cannot be read as a font" in bank.problems["broken.ttf"]


def test_too_few_fonts_are_refused(fonts, tmp_path):
    for name in ("DejaVuSans.ttf", "broken.ttf"):
        shutil.copy(fonts / name, tmp_path)
    with pytest.raises(UsageError, match="at least 3 families.*found 1 in 2 files. broken.ttf cannot be read"):
        load_fonts(tmp_path, "abc")


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is none at"):
        find_fonts(tmp_path / "none")


def test_without_a_folder_the_fonts_of_installed_packages_are_found(fonts, tmp_path, monkeypatch):
    package = tmp_path / "fontpkg_some"
    shutil.copytree(fonts, package / "files")
    (package / "__init__.py").touch()
    (tmp_path / "some-1.dist-info").mkdir()
    (tmp_path / "some-1.dist-info" / "entry_points.txt").write_text("[fontpkg.family]\nsome = fontpkg_some\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = {file.name for file in find_fonts(None) if file.is_relative_to(package)}
    assert found == {file.name for file in find_fonts(fonts)} >= {"DejaVuSans.ttf", "cmr10.ttf"}
