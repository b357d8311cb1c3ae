import sys
from pathlib import Path

import pytest

from benchmarks.peers import Peers


@pytest.fixture
def peers(tmp_path, monkeypatch):
    """Peers that run with this Python, which may lack PyTorch."""
    monkeypatch.setattr("benchmarks.peers._VERSIONS", "print('2.0')")
    return Peers(tmp_path, Path(sys.executable))


def test_figures_are_read_from_the_output_of_a_peer(peers, tmp_path):
    (tmp_path / "peer.py").write_text("import sys\nprint('{\"batch\": 1}')\nprint('{\"lines\": %s}' % sys.argv[1])")
    assert peers.version == "2.0"
    assert peers.figures("peer.py", "27") == [{"batch": 1}, {"lines": 27}]
    assert peers.notes == []


def test_a_failed_peer_is_noted_once_with_the_last_line_of_its_output(peers, tmp_path):
    (tmp_path / "peer.py").write_text("raise SystemExit('no lines')")
    assert peers.figures("peer.py") == peers.figures("peer.py") == []
    (note,) = peers.notes
    assert note.endswith("exited with code 1: no lines.")


@pytest.mark.parametrize(
    ("folder", "python", "reason"),
    [
        (".", None, "no Python with PyTorch is set; use --peer-python or KERASREC_PEER_PYTHON"),
        ("missing", sys.executable, "their folder missing does not exist; use --peers"),
        (".", "no/python", "no/python cannot be run: No such file or directory"),
    ],
)
def test_the_reason_why_peers_cannot_be_run_is_noted(folder, python, reason):
    peers = Peers(Path(folder), python and Path(python))
    assert peers.notes == [f"The PyTorch peers were not timed: {reason}."]
    assert peers.run("peer.py") == ""
