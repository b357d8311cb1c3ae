import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.labs.reproduction.document import PICTURE, document, write_document
from kerasrec.labs.reproduction.result import load_results
from kerasrec.labs.reproduction.runs import RUNS
from kerasrec.labs.reproduction.standing import Standing

COMMITTED = Path(__file__).parents[4] / "docs" / "reproduction.md"


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L")).astype(int)


def test_the_committed_document_matches_the_committed_results(tmp_path):
    write_document(tmp_path / "reproduction.md", load_results())
    assert (tmp_path / "reproduction.md").read_text(encoding="utf-8") == COMMITTED.read_text(encoding="utf-8"), (
        "generate it again: kerasrec reproduce --table docs/reproduction.md"
    )
    made, committed = (pixels(path.parent / PICTURE) for path in (tmp_path / "reproduction.md", COMMITTED))
    assert made.shape == committed.shape
    assert (abs(made - committed) > 60).sum() < 20  # a mark has more pixels; another matplotlib smooths differently


@pytest.fixture
def text(results):
    return document("docs/reproduction.md", results)


def row(text: str, *cells: str) -> list[str]:
    """Returns the row of a table that starts with these cells."""
    (found,) = re.findall(rf"^\| {re.escape(' | '.join(cells))} \|.*$", text, re.MULTILINE)
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_a_row_holds_published_and_measured_results(text):
    name, about = "`line-cnn-ctc-variable`", "LineCNN + CTC, overlap 0 to 0.33, stride 18"
    assert row(text, name, about)[2:] == [
        "~15%",
        "7.96%",
        "**13.00%**<br>12.00% to 14.00%",
        "**13.25%**<br>12.25% to 14.25%",
        "10",
    ]
    assert row(text, "`mnist-cnn`", "CNN, MNIST")[2:] == ["98.7%", "–", "**2.00%**", "5"]


def test_what_was_not_reached_is_listed(text):
    assert "\n- line-cnn-ctc-variable, as in the labs: 13.00% here, 7.96% published.\n" in text
    assert "line-cnn-transformer, as in the labs: 15.00% here" not in text


def test_a_shortened_run_is_listed(text):
    assert "- line-cnn-transformer, as in the labs: 8 of 40 epochs, ended by --minutes." in text
    assert "- line-cnn-transformer, disjoint: 8 of 40 epochs, ended by --minutes." in text
    assert row(text, "`line-cnn-transformer`", RUNS["line-cnn-transformer"].about)[-1] == "8 of 40"
    assert "\n- None.\n" not in text


def test_all_measures_are_listed_with_their_bounds(text):
    cells = row(text, "`line-cnn-overlap`", "disjoint")
    assert cells[2:] == ["11.25%", "11.25%", "11.25%<br>10.25% to 12.25%", "11.25%", "11.25%", "11.25%"]


def test_the_leak_is_shown_as_validation_beside_test(text):
    assert row(text, "`line-cnn-ctc-overlap`", "lab CER")[2:] == ["6.00%", "12.00%", "6.12%", "12.25%"]


def test_the_commands_are_listed_with_seed_time_and_machine(results, made):
    results = {"line-cnn-simple": results["line-cnn-simple"]}
    results["line-cnn-simple"].trainings["disjoint"] = made(machine="Another", policy="mixed_bfloat16", load=None)
    text = document("a.md", results)
    assert row(text, "`kerasrec reproduce it`", "as in the labs")[2:] == [
        *("42", "3 / 2 / 1", "10 of 10", "9", "16.0", "104", "float32", "1", "1.9"),
    ]
    assert row(text, "`kerasrec reproduce it`", "disjoint")[2:] == [
        *("42", "3 / 2 / 1", "10 of 10", "9", "16.0", "104", "mixed_bfloat16", "2", ""),
    ]
    assert "Machine 1: A Fast One, 2 cores, Linux; kerasrec 0.1.0, python 3.12.0." in text
    assert "Machine 2: Another;" in text


def test_the_document_needs_no_results():
    text = document("docs/reproduction.md", {})
    for run in RUNS.values():
        assert f"| `{run.name}` | {run.about} | {' | '.join(Standing(run).published)} | **–** |" in text
        assert f"\n- {run.name}: not run yet\n" in text
    assert "$" not in text


def test_the_plot_shows_the_results(results, tmp_path):
    write_document(tmp_path / "a.md", {})
    empty = pixels(tmp_path / PICTURE)
    write_document(tmp_path / "a.md", results)
    assert (abs(pixels(tmp_path / PICTURE) - empty) > 60).sum() > 500
