"""`kerasrec data cut` as a user calls it."""

import pytest


def test_pages_are_cut_into_lines(kerasrec, draw_page, tmp_path):
    draw_page("alto-4", tmp_path / "pages")
    xml = draw_page("page-2019", tmp_path / "more").xml
    out = tmp_path / "lines"
    result = kerasrec("data", "cut", tmp_path / "pages", xml, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    summary = f"Pages: 2, lines: 6, written to {out}. Left out: 0 without text, 0 with errors."
    assert result.stdout.split() == summary.split()
    assert len(list(out.glob("*.png"))) == len(list(out.glob("*.gt.txt"))) == 6
    assert (out / "page_l2.gt.txt").read_text(encoding="utf-8") == "2120\n"


def test_what_is_left_out_is_named(kerasrec, draw_page, tmp_path):
    xml = draw_page().xml
    text = xml.read_text(encoding="utf-8").replace("<Unicode>2120 30<", "<Unicode><")
    xml.write_text(text.replace("200,140 384,140", "200,14o 384,140"), encoding="utf-8")
    (tmp_path / "mets.xml").write_text("<mets/>")
    result = kerasrec("data", "cut", tmp_path, "--out", tmp_path / "lines")
    assert result.exit_code == 0
    assert "mets.xml must be ALTO" in result.stderr
    assert f"{xml}, line l2: expected numbers of pixels, but received '200,14o" in result.stderr
    assert "lines: 1," in result.stdout and "Left out: 1 without text, 2 with errors." in result.stdout


def test_pictures_alone(kerasrec, draw_page, tmp_path):
    result = kerasrec("data", "cut", draw_page().xml, "--out", tmp_path / "lines", "--without-text")
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "lines").iterdir()) == [f"page_l{n}.png" for n in (1, 2, 3)]


def test_nothing_that_can_be_cut_is_an_error(kerasrec, draw_page, tmp_path):
    xml = draw_page().xml
    xml.write_text(
        xml.read_text(encoding="utf-8")
        .replace("<Unicode>2120 30<", "<Unicode><")
        .replace("<Unicode>2120<", "<Unicode><")
    )
    xml.write_text(xml.read_text(encoding="utf-8").replace("<Unicode>30<", "<Unicode><"))
    result = kerasrec("data", "cut", xml, "--out", tmp_path / "lines")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: No line could be cut. Transcribe its lines first, or add --without-text. "
        "Left out: 3 without text, 0 with errors.\n"
    )
    assert not (tmp_path / "lines").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{page}"], "Missing option '--out'"),
        (["--out", "{new}"], "Missing argument"),
        (["{page}", "--out", "{full}"], "full contains a.txt. Choose another folder"),
        (["{page}", "--out", "{page}"], "page.xml is a file. Choose a folder"),
        (["{full}", "--out", "{new}"], "full has no .xml files"),
        (["{full}/*.xml", "--out", "{new}"], "matches no .xml files"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_written(kerasrec, draw_page, tmp_path, arguments, message):
    full = tmp_path / "full"
    full.mkdir()
    (full / "a.txt").touch()
    paths = {"page": draw_page().xml, "full": full, "new": tmp_path / "new"}
    result = kerasrec("data", "cut", *(argument.format(**paths) for argument in arguments))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert not (tmp_path / "new").exists()
