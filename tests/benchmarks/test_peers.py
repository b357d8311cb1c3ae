import sys
from pathlib import Path

import pytest

from benchmarks.peers import Peers


@pytest.fixture
def peers(tmp_path, monkeypatch):
    """Peers whose Python is this one, which need not have PyTorch."""
    monkeypatch.setattr("benchmarks.peers._VERSIONS", "print('2.0')")
    return Peers(tmp_path, Path(sys.executable))


def test_a_peer_gives_its_figures(peers, tmp_path):
    (tmp_path / "peer.py").write_text("import sys\nprint('{\"batch\": 1}')\nprint('{\"lines\": %s}' % sys.argv[1])")
    assert peers.version == "2.0"
    assert peers.figures("peer.py", "27") == [{"batch": 1}, {"lines": 27}]
    assert peers.notes == []


def test_a_peer_that_fails_is_noted_once_with_its_last_words(peers, tmp_path):
    (tmp_path / "peer.py").write_text("raise SystemExit('no lines')")
    assert peers.figures("peer.py") == peers.figures("peer.py") == []
    (note,) = peers.notes
    assert note.endswith("ended with code 1: no lines.")


@pytest.mark.parametrize(
    ("folder", "python", "reason"),
    [
        (".", None, "no Python with PyTorch is named; give --peer-python or set KERASREC_PEER_PYTHON"),
        ("missing", sys.executable, "their folder missing is missing; give --peers"),
        (".", "no/python", "no/python cannot be run: No such file or directory"),
    ],
)
def test_peers_that_cannot_be_run_say_why(folder, python, reason):
    peers = Peers(Path(folder), python and Path(python))
    assert peers.notes == [f"The PyTorch peers were not timed: {reason}."]
    assert peers.run("peer.py") == ""
