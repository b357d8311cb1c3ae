from pathlib import Path

import pytest

from kerasrec.lines.glyphs import cache


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keeps the tests out of the user's cache; each test has an empty one."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(cache, "cache_folder", lambda: folder / "kerasrec")
    return folder
