import json

import pytest

from benchmarks.report import Report, split_page, write_page
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


def test_the_figures_of_a_page_are_replaced_and_all_else_stays(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# Title\n<!-- start of the measured figures -->\nold\n<!-- end of the measured figures -->\nMore.\n"
    )
    for figures in ("first", "new"):
        write_page(page, figures)
    assert page.read_text() == (
        "# Title\n<!-- start of the measured figures -->\nnew\n<!-- end of the measured figures -->\nMore.\n"
    )


@pytest.mark.parametrize("text", ["", "<!-- start of the measured figures -->", "<!-- end of the measured figures -->"])
def test_a_page_without_a_place_for_figures_is_refused(text):
    with pytest.raises(ValueError, match="Expected a page with the lines <!-- start of the measured figures -->"):
        split_page(text)
