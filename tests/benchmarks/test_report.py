import json

import pytest

from benchmarks.report import Report, fill_page, write_page
from benchmarks.row import Row

TABLES = {"startup": [Row("help", "s", 0.2, limit=0.3)], "ctc": [Row("CTC", "ms", 3.0, limit=2)]}


def test_a_report_has_the_machine_before_the_tables_and_the_notes_after():
    report = Report({"processor": "Some CPU"}, TABLES, rounds=3, seconds=90, notes=["No peers."])
    assert report.to_markdown().splitlines() == [
        "- processor: Some CPU",
        "- medians of 3 rounds, 1.5 minutes in all",
        "",
        "**startup**",
        "",
        "| what | ours  | of GEMM | peer | ratio | target  | met |",
        "|------|-------|---------|------|-------|---------|-----|",
        "| help | 0.2 s | -       | -    | -     | < 0.3 s | yes |",
        "",
        "**ctc**",
        "",
        "| what | ours | of GEMM | peer | ratio | target | met |",
        "|------|------|---------|------|-------|--------|-----|",
        "| CTC  | 3 ms | -       | -    | -     | < 2 ms | NO  |",
        "",
        "1 of 2 targets met, 1 missed, 0 without a comparison.",
        "",
        "No peers.",
    ]


def test_a_report_can_be_written_as_json():
    values = json.loads(json.dumps(Report({"processor": "Some CPU"}, TABLES, rounds=1, seconds=90.4).to_json()))
    assert values["machine"] == {"processor": "Some CPU"}
    assert (values["rounds"], values["seconds"], values["notes"]) == (1, 90, [])
    assert values["tables"]["startup"][0]["is_met"] is True


PAGE = """# Title
<!-- startup -->
old
<!-- end of startup -->
Between.
<!-- ctc -->
old
<!-- end of ctc -->
"""


def test_a_section_has_the_table_the_machine_and_the_notes():
    report = Report({"processor": "Some CPU", "load": "0"}, TABLES, rounds=1, seconds=90, notes=["No peers."])
    sections = report.to_sections()
    assert list(sections) == ["startup", "ctc"]
    assert sections["ctc"].splitlines()[2:] == [
        "| CTC  | 3 ms | -       | -    | -     | < 2 ms | NO  |",
        "",
        "processor: Some CPU; load: 0; one short round, 1.5 minutes in all. No peers.",
    ]


def test_only_the_given_sections_of_a_page_are_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    for figures in ("first", "new\ntable"):
        write_page(page, {"ctc": figures})
    assert page.read_text() == PAGE.replace("old\n<!-- end of ctc", "new\ntable\n<!-- end of ctc")


@pytest.mark.parametrize("page", ["", "<!-- ctc -->\n", "\n<!-- end of ctc -->"])
def test_a_page_without_a_place_for_a_section_is_refused(page):
    with pytest.raises(ValueError, match="Expected a page with the lines <!-- ctc --> and <!-- end of ctc -->"):
        fill_page(page, {"ctc": "new"})
