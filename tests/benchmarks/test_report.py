import json

from benchmarks.report import Report
from benchmarks.row import Row

ROWS = [Row("help", "s", 0.2, limit=0.3)]


def test_a_report_has_the_machine_before_the_table_and_the_notes_after():
    text = Report({"processor": "Some CPU"}, ROWS, rounds=3, seconds=90, notes=["No peers."]).to_text()
    assert text.splitlines() == [
        "processor: Some CPU",
        "medians of 3 rounds, 1.5 minutes in all",
        "",
        "| what | ours  | peer | ratio | target  | met |",
        "|------|-------|------|-------|---------|-----|",
        "| help | 0.2 s | -    | -     | < 0.3 s | yes |",
        "",
        "1 of 1 targets met, 0 missed, 0 without a comparison",
        "No peers.",
    ]


def test_a_report_can_be_written_as_json():
    values = json.loads(json.dumps(Report({"processor": "Some CPU"}, ROWS, rounds=1, seconds=90.4).to_json()))
    assert values["machine"] == {"processor": "Some CPU"}
    assert (values["rounds"], values["seconds"], values["notes"]) == (1, 90, [])
    assert values["rows"][0]["is_met"] is True
