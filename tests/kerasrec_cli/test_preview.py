"""`kerasrec data preview`: sheets and folders of lines."""

import os

import pytest

from kerasrec.images.loading import load_image
from kerasrec.lines.own import find_lines


def preview(kerasrec, own_data, *arguments):
    return kerasrec("data", "preview", *own_data, *arguments)


def test_a_sheet_shows_all_lines(kerasrec, own_data, tmp_path):
    out = tmp_path / "sheets" / "lines.png"
    result = preview(kerasrec, own_data, "--out", out, "--lines", 4)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"4 test lines in {out}\n"
    few = load_image(out).shape[0]
    preview(kerasrec, own_data, "--out", out, "--lines", 8)
    assert load_image(out).shape[0] == pytest.approx(2 * few, abs=20)


def test_a_folder_gets_one_image_and_one_text_per_line(kerasrec, own_data, tmp_path):
    out = tmp_path / "lines"
    result = preview(kerasrec, own_data, "--out", out, "--lines", 12, "--max-overlap", 0)
    assert (result.exit_code, result.stdout) == (0, f"12 test lines in {out}\n")
    found = [(line.image, line.text) for line in find_lines(out)[0]]
    assert [path.name for path, _ in found][-1] == "line12.png"
    for path, text in found:
        image = load_image(path)
        assert image.shape == (28, 28 * len(text))
        assert [bool(image[:, 28 * i : 28 * (i + 1)].any()) for i in range(len(text))] == [c != " " for c in text]
        assert set(text) <= set("ab ")


def test_lines_have_the_height_that_is_given(kerasrec, own_data, tmp_path):
    options = ("--lines", 3, "--max-overlap", 0)
    preview(kerasrec, own_data, "--out", tmp_path / "low", *options)
    preview(kerasrec, own_data, "--out", tmp_path / "high", *options, "--height", 48)
    (low, texts), (high, same) = (
        zip(*((line.image, line.text) for line in find_lines(tmp_path / name)[0]), strict=True)
        for name in ("low", "high")
    )
    assert texts == same
    for old, new in zip(map(load_image, low), map(load_image, high), strict=True):
        assert new.shape == pytest.approx((48, old.shape[1] * 48 / 28), abs=1)


def test_the_same_seed_draws_the_same_lines(kerasrec, own_data, tmp_path):
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        preview(kerasrec, own_data, "--out", tmp_path / name, "--lines", 5, "--seed", seed)
    one, same, other = ([line.text for line in find_lines(tmp_path / name)[0]] for name in ("one", "same", "other"))
    assert one == same != other


def test_lines_of_several_batches_get_their_own_files(kerasrec, own_data, tmp_path):
    preview(kerasrec, own_data, "--out", tmp_path / "many", "--lines", 130)
    assert len(os.listdir(tmp_path / "many")) == 260
    assert (tmp_path / "many" / "line130.gt.txt").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--out", "lines.jpg"], 2, "--out must be NAME.png or a folder, but is lines.jpg"),
        (["--out", "{full}"], 2, "contains mine.txt"),
        (["--out", "{full}/mine.txt/lines"], 1, "could not be written"),
        (["--lines", "501"], 2, "A sheet holds at most 500 lines, not 501"),
        (["--lines", "0"], 2, "--lines"),
        (["--augment", "0.5"], 2, "add --split train"),
        (["--max-overlap", "1.5"], 2, "max_overlap must be at least 0 and below 1, but is 1.5"),
        (["--min-overlap", "0.5"], 2, "min_overlap (0.5) is above max_overlap (0.33)"),
        (["--characters", "aa"], 2, "repeats 'a'"),
        (["--characters", "xyz"], 1, "text.txt can be drawn with the 0 characters"),
        (["--text", "nowhere.txt"], 2, "nowhere.txt"),
        (["--glyphs", "nowhere"], 2, "or an existing folder, but are 'nowhere'"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, own_data, tmp_path, monkeypatch, arguments, code, text):
    monkeypatch.chdir(tmp_path)
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").touch()
    result = preview(kerasrec, own_data, *(each.format(full=full) for each in arguments))
    assert (result.exit_code, result.stdout) == (code, "")
    assert text in " ".join(result.stderr.split())
    assert os.listdir(tmp_path) == ["full"]
