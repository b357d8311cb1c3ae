from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES, parse


def test_the_peers_python_is_set_by_the_environment_or_the_option(monkeypatch):
    monkeypatch.delenv("KERASREC_PEER_PYTHON", raising=False)
    assert parse([]).peer_python is None
    monkeypatch.setenv("KERASREC_PEER_PYTHON", "some/python")
    assert parse([]).peer_python == Path("some/python")
    assert parse(["--peer-python", "another/python"]).peer_python == Path("another/python")


def test_the_default_folder_of_the_peers():
    assert parse([]).peers == Path(__file__).resolve().parents[3] / "shared" / "peers"


def test_an_unknown_benchmark_is_reported_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        parse(["ctc", "speed"])
    assert f"no benchmark 'speed'; choose from {', '.join(NAMES)}" in capsys.readouterr().err


def test_a_page_without_a_place_for_figures_is_refused_before_anything_is_measured(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("# Title\n")
    with pytest.raises(SystemExit):
        parse(["--page", str(page)])
    assert f"--page {page}: Expected a page with the lines <!-- training -->" in capsys.readouterr().err


def test_all_figures_can_be_written_into_the_page_of_benchmarks():
    page = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
    assert parse(["--page", str(page)]).page == page
    assert "<!-- gemm -->\n" in page.read_text(encoding="utf-8")  # timed whenever training or reading is
