"""`kerasrec read` with pages in ALTO or PAGE XML."""

import zipfile

import pytest
from lxml import etree


@pytest.fixture(scope="module")
def run(tmp_path_factory, saved_archive):
    """The folder of a run whose recognizer reads digits."""
    folder = tmp_path_factory.mktemp("saved")
    with zipfile.ZipFile(saved_archive) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith("run/")])
    return folder / "run"


def strings(path):
    return [each.get("CONTENT") for each in etree.parse(path).getroot().iter("{*}String")]


def test_pages_are_written_with_the_text_of_their_lines(kerasrec, run, draw_page, tmp_path):
    good = draw_page("alto-4", tmp_path / "pages").xml
    text = good.read_text(encoding="utf-8").replace('"2120 30"', '"before"')
    good.write_text(text, encoding="utf-8")
    good.with_name("part.xml").write_text(
        text.replace('"60,40 368,40 368,96 60', '"660,40 968,40 968,96 660', 1), encoding="utf-8"
    )
    good.with_name("mets.xml").write_text("<mets/>")
    out = tmp_path / "read"
    result = kerasrec("read", run, tmp_path / "pages" / "*.xml", "--out", out)
    assert result.exit_code == 1
    assert result.stdout.split() == f"Pages: 2, lines: 5, written to {out}.".split()
    mets, outside, count = result.stderr.splitlines()
    assert "mets.xml must be ALTO" in mets
    assert "part.xml, line l1: its outline, x 660 to 968" in outside
    assert count == "Pages or lines that could not be read: 2."
    assert sorted(path.name for path in out.iterdir()) == ["page.xml", "part.xml"]
    assert strings(out / "page.xml") == ["2120", "30", "2120", "30"]
    assert strings(out / "part.xml") == ["before", "2120", "30"]
    again = kerasrec("read", run, good, "--out", out)
    assert again.exit_code == 2
    assert f"{out / 'page.xml'} exists already. Remove it" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{page}"], "Pages are written to a folder, but --out is nothing. Add --out FOLDER."),
        (["{page}", "--out", "{page}"], "Pages are written to a folder, but --out is"),
        (["{page}", "--out", "{new}/all.xml"], "Pages are written to a folder, but --out is"),
        (["{page}", "--out", "{folder}"], "--out must not be the folder of the pages"),
        (["{page}", "{folder}/page.png", "--out", "{new}"], "page.xml is a page and"),
        (["{page}", "{folder}", "--out", "{new}"], "Pages and images cannot be read at once"),
        (["{page}", "{other}", "--out", "{new}"], "Two pages are named page.xml"),
        (["{folder}/q*.xml", "--out", "{new}"], "q*.xml matches no .xml files"),
        (
            ["{page}", "--out", "{new}", "--format", "csv"],
            "--format has an effect only on images, not on pages such as",
        ),
        (["{page}", "--out", "{new}", "--explain", "{new}"], "--explain has an effect only on images"),
        (["{page}", "--out", "{new}", "--server", "localhost:1"], "--server has an effect only on images"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_read(kerasrec, run, draw_page, tmp_path, arguments, message):
    paths = {
        "page": draw_page(folder=tmp_path / "a").xml,
        "other": draw_page(folder=tmp_path / "b").xml,
        "folder": tmp_path / "a",
        "new": tmp_path / "new",
    }
    run_first = [] if "--server" in arguments else [run]
    result = kerasrec("read", *run_first, *(argument.format(**paths) for argument in arguments))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert not (tmp_path / "new").exists()
