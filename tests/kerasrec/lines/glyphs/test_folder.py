from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import BadImage, DataUnavailable, MissingGlyph, UsageError
from kerasrec.lines.glyphs.folder import _code, _divide, find_pictures, load_folder, parse_character


def _fill(folder: Path, number: int, first: int = 1) -> None:
    """Writes pictures 28x28, the i-th with a mark that tells it: a bar of i pixels in row 3."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(first, first + number):
        array = np.zeros((28, 28), np.uint8)
        array[10:20, 10:20] = 255
        array[3, 1 : i + 1] = 255
        Image.fromarray(array).save(folder / f"{i:02}.png")


def _marks(images: np.ndarray) -> list[int]:
    return sorted((images[:, 3] > 0).sum(1).tolist())


def test_the_pictures_of_each_character_are_divided(tmp_path: Path) -> None:
    _fill(tmp_path / "a", 20)
    _fill(tmp_path / "U+002F", 3)
    bank = load_folder(tmp_path)
    assert bank.characters == "/a"
    assert [pool.counts["/"] for pool in bank.pools.values()] == [1, 1, 1]
    parts = [_marks(pool.glyphs("a")) for pool in bank.pools.values()]
    assert sorted(sum(parts, [])) == list(range(1, 21))


def test_of_many_pictures_80_10_and_10_percent_go_to_each_part():
    glyphs = np.random.default_rng(0).integers(0, 256, (4000, 28, 28), np.uint8)
    parts = _divide(glyphs, 42)
    np.testing.assert_allclose([len(part) for part in parts], [3200, 400, 400], rtol=0.15)
    assert len({glyph.tobytes() for part in parts for glyph in part}) == 4000


@pytest.mark.parametrize("seed", range(20))
def test_pictures_that_are_added_move_none(seed):
    glyphs = np.random.default_rng(seed).integers(0, 256, (150, 28, 28), np.uint8)
    few, many = ([{glyph.tobytes() for glyph in part} for part in _divide(glyphs[:n], seed)] for n in (100, 150))
    assert all(before <= after for before, after in zip(few, many, strict=True))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("number", [3, 4, 7])
def test_few_pictures_leave_no_part_without_one(number, seed):
    glyphs = np.random.default_rng(seed).integers(0, 256, (number, 28, 28), np.uint8)
    parts = _divide(glyphs, seed)
    assert all(len(part) for part in parts)
    assert sum(map(len, parts)) == number


def test_a_picture_that_changes_its_folder_is_of_the_other_character(tmp_path: Path) -> None:
    _fill(tmp_path / "pictures", 3)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "l").symlink_to(tmp_path / "pictures")
    assert load_folder(tmp_path / "own").characters == "l"
    (tmp_path / "own" / "l").rename(tmp_path / "own" / "1")
    assert load_folder(tmp_path / "own").characters == "1"


def test_the_seed_divides(tmp_path: Path) -> None:
    _fill(tmp_path / "a", 20)
    first, again, other = (_marks(load_folder(tmp_path, seed).test.images) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_equal_pictures_count_once(tmp_path: Path) -> None:
    _fill(tmp_path / "a", 3)
    for i in range(5):
        (tmp_path / "a" / f"copy{i}.png").write_bytes((tmp_path / "a" / "01.png").read_bytes())
    assert sum(len(pool) for pool in load_folder(tmp_path).pools.values()) == 3


def test_two_folders_of_one_character_and_hidden_files_are_understood(tmp_path: Path) -> None:
    _fill(tmp_path / "A", 2)
    _fill(tmp_path / "U+0041", 2, first=3)
    (tmp_path / "A" / ".hidden").touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.txt").touch()
    assert {c: len(files) for c, files in find_pictures(tmp_path).items()} == {"A": 4}


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("a", "a"),
        ("U+0041", "A"),
        ("u+2f", "u+2f"),
        ("e\u0301", "é"),
        ("U+1F600", "\U0001f600"),
        ("U+212B", "\u00c5"),  # as in texts, which are in NFC
        ("\u212b", "\u00c5"),
    ],
)
def test_a_folder_is_named_by_a_character_or_its_code_point(name: str, character: str) -> None:
    if len(character) == 1:
        assert parse_character(Path("own") / name) == character
    else:
        with pytest.raises(UsageError, match=r"received 'u\+2f' in own"):
            parse_character(Path("own") / name)


@pytest.mark.parametrize("name", ["ab", "U+0020", "U+000A", "U+D800", "U+110000", " ", "U+0958"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="one visible character") as caught:
        parse_character(Path("own") / name)
    assert repr(name) in str(caught.value)


def test_a_missing_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=f"there is none at {tmp_path / 'none'}"):
        load_folder(tmp_path / "none")
    with pytest.raises(DataUnavailable, match=f"in {tmp_path}, but it has no subfolders"):
        load_folder(tmp_path)


@pytest.mark.parametrize("number", [0, 2])
def test_a_character_with_too_few_pictures_is_named(number: int, tmp_path: Path) -> None:
    _fill(tmp_path / "a", 5)
    _fill(tmp_path / "U+003F", number)
    with pytest.raises(MissingGlyph, match=rf"pictures of '\?' \(U\+003F\) in .*, but found {number}"):
        load_folder(tmp_path)


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    _fill(tmp_path / "a", 5)
    (tmp_path / "a" / "notes.txt").write_text("not a picture")
    with pytest.raises(BadImage, match=r"notes.txt is not an image"):
        load_folder(tmp_path)


def test_a_new_picture_is_seen_though_the_bank_is_kept(tmp_path: Path, cache_folder: Path) -> None:
    _fill(tmp_path / "a", 5)
    load_folder(tmp_path)
    assert len(list(cache_folder.rglob("folder-*.npz"))) == 1
    _fill(tmp_path / "a", 1, first=6)
    assert sum(len(pool) for pool in load_folder(tmp_path).pools.values()) == 6


@pytest.mark.parametrize("module", ["lines/glyphs/picture", "lines/glyphs/ink", "images/contrast", "images/loading"])
def test_code_that_finds_ink_decides_which_bank_is_read(module: str) -> None:
    assert [file for file in _code() if file.as_posix().endswith(f"kerasrec/{module}.py") and file.is_file()]
