"""`kerasrec data check`, `data preview --own` and `train --lines` on the command line."""

import pytest

from kerasrec.images.loading import load_image


def test_good_lines_are_described_and_drawn(kerasrec, own_lines, tmp_path):
    result = kerasrec("data", "check", own_lines, "--group-by", "^w[0-9]", "--out", tmp_path / "sheet.png")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "8 lines, 48 characters" in result.stdout and "13 characters:  01234567eiln" in result.stdout
    assert "groups                4, the largest is w0 with 2 lines" in result.stdout
    assert load_image(tmp_path / "sheet.png").shape[0] > 8 * 40


def test_every_line_that_cannot_be_used_is_named(kerasrec, own_lines):
    (own_lines / "w0_0.gt.txt").unlink()
    (own_lines / "w1_1.png").write_bytes(b"not a picture")
    (own_lines / "w2_2.gt.txt").write_text("a text that is much too long for its frames, even at 4 px a frame")
    result = kerasrec("data", "check", own_lines, "--height", 28, "--set", "stride=8")
    assert result.exit_code == 1
    assert "3 cannot be used:" in result.stdout
    for part in ("w0_0.png: it has no text", "w1_1.png: is not an image", "w2_2.png: its text needs 66 frames"):
        assert part in result.stdout


def test_lines_of_one_text_are_pointed_out(kerasrec, own_lines):
    for text in own_lines.glob("*.gt.txt"):
        text.write_text("same")
    result = kerasrec("data", "check", own_lines)
    assert result.exit_code == 0 and "All lines have the same text" in result.stdout


def test_a_preview_shows_own_lines_varied_or_not(kerasrec, own_lines, tmp_path):
    for strength in (0, 1):
        out = tmp_path / f"preview{strength}"
        result = kerasrec("data", "preview", "--own", own_lines, "--augment", strength, "--out", out)
        assert (result.exit_code, result.stdout) == (0, f"8 own lines in {out}\n")
    plain, varied = (load_image(tmp_path / f"preview{strength}" / "line1.png") for strength in (0, 1))
    assert plain.shape[0] == varied.shape[0] == 40
    assert plain.shape != varied.shape or (plain != varied).any()


def test_a_preview_of_own_lines_takes_a_height_and_refuses_what_has_no_effect(kerasrec, own_lines, tmp_path):
    result = kerasrec("data", "preview", "--own", own_lines, "--height", 64, "--out", tmp_path / "high")
    assert result.exit_code == 0 and load_image(tmp_path / "high" / "line1.png").shape[0] == 64
    result = kerasrec("data", "preview", "--own", own_lines, "--glyphs", "emnist", "--out", tmp_path / "other")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--glyphs has no effect on your own lines. Leave out --glyphs, or --own." in result.stderr


def test_own_lines_are_trained_on(kerasrec, own_lines, tmp_path):
    small = ("--set", "width=8", "--set", "context_dim=16", "--set", "context_blocks=1", "--precision", "float32")
    budget = ("--epochs", 1, "--epoch-lines", 16, "--batch-size", 4)
    run = tmp_path / "run"
    result = kerasrec(
        "train", "--lines", own_lines, "--group-by", "^w[0-9]", "--test", 0, *small, *budget, "--out", run
    )
    assert result.exit_code == 0
    assert "validation        2 lines" in result.stdout and "on its validation lines" in result.stdout
    tuned = kerasrec(
        *("train", "--lines", f"{own_lines}=0.5", "--lines", "strokes=50%", "--from", run, "--test", 0),
        *(*budget, "--out", tmp_path / "tuned"),
    )
    evaluated = kerasrec("evaluate", run, "--precision", "float32")
    assert "no test lines: these are its validation lines" in evaluated.stderr
    assert tuned.exit_code == 0 and "50.0% of the lines" in tuned.stdout and "alphabet: +0" not in tuned.stdout
    read = kerasrec("read", tmp_path / "tuned", own_lines / "w0_0.png")
    assert read.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lines", "nowhere"], "nowhere does not exist"),
        (["--lines", "OWN=0"], "must be above 0, not 0"),
        (["--lines", "OWN=-1"], "must be above 0, not -1"),
        (["--lines", "OWN", "--without", "colour"], "not 'colour'"),
        (["--lines", "OWN", "--freeze", "2"], "Add --from RUN"),
        (["--group-by", "x"], "--group-by has an effect only on your own lines"),
        (["--lines", "OWN", "--lines", "OWN=2"], "names a source twice"),
        (["--from", "nowhere"], "nowhere is not a folder"),
        (["--lines", "OWN", "--map", "nowhere"], "nowhere does not exist"),
        (["--lines", "OWN", "--group-by", "("], "is not a regular expression"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(kerasrec, own_lines, tmp_path, arguments, message):
    arguments = [argument.replace("OWN", str(own_lines)) for argument in arguments]
    result = kerasrec("train", *arguments, "--out", tmp_path / "run")
    assert result.exit_code in (1, 2)
    assert message in " ".join(result.stderr.split())
    assert not (tmp_path / "run").exists()
