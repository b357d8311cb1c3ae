import logging
import os
from pathlib import Path

import numpy as np
import pytest

from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.lines.glyphs.cache import cached_bank, code_digest, describe_files, read_bank, write_bank


def _bank(value: int = 7) -> GlyphBank:
    pools = [GlyphPool.from_labelled(np.full((3, 28, 28), value + i, np.uint8), "aéa") for i in range(3)]
    return GlyphBank("own", *pools)


class Maker:
    """Makes a bank and counts how often."""

    calls = 0

    def __call__(self) -> GlyphBank:
        """Makes one."""
        self.calls += 1
        return _bank(10 * self.calls)


def test_a_bank_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_bank(_bank(), tmp_path / "new" / "bank.npz")
    read = read_bank(GlyphBank, tmp_path / "new" / "bank.npz", "own")
    for name, pool in _bank().pools.items():
        np.testing.assert_array_equal(read.pools[name].images, pool.images)
        np.testing.assert_array_equal(read.pools[name].offsets, pool.offsets)
        assert read.pools[name].characters == "aé"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["bank.npz"]


def test_a_bank_is_made_once_for_the_same_settings() -> None:
    make = Maker()
    values = [
        cached_bank(GlyphBank, "own", settings, make).train.images[0, 0, 0]
        for settings in ({"seed": 1}, {"seed": 1}, {"seed": 2})
    ]
    assert values == [10, 10, 20]


@pytest.mark.parametrize("keep", [0, 100, 2000], ids=["0 bytes", "header only", "truncated"])
def test_a_damaged_file_is_made_again_and_said(keep: int, cache_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    make = Maker()
    cached_bank(GlyphBank, "own", {}, make)
    (path,) = cache_folder.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:keep])
    assert cached_bank(GlyphBank, "own", {}, make).train.images[0, 0, 0] == 20
    assert cached_bank(GlyphBank, "own", {}, make).train.images[0, 0, 0] == 20
    assert f"{path} cannot be read" in caplog.text


def test_a_changed_byte_is_noticed(cache_folder: Path) -> None:
    make = Maker()
    cached_bank(GlyphBank, "own", {}, make)
    (path,) = cache_folder.rglob("*.npz")
    content = bytearray(path.read_bytes())
    content[1000] ^= 255
    path.write_bytes(content)
    assert cached_bank(GlyphBank, "own", {}, make).train.images[0, 0, 0] == 20


def test_a_cache_that_cannot_be_written_to_only_warns(cache_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (cache_folder / "kerasrec").write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING, "kerasrec"):
        assert cached_bank(GlyphBank, "own", {}, _bank).train.images[0, 0, 0] == 7
    assert "could not be cached" in caplog.text


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space left"):
        write_bank(_bank(), tmp_path / "bank.npz")
    assert list(tmp_path.iterdir()) == []


def test_files_are_described_by_path_size_and_time(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    before = describe_files([file])
    assert before[0][:2] == (str(file.resolve()), 5)
    file.write_bytes(b"123456")
    assert describe_files([file]) != before


def test_the_digest_of_code_follows_its_text(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text("a = 1")
    before = code_digest(str(file))
    file.write_text("a = 2")
    assert code_digest(str(file)) != before


def test_the_banks_that_were_used_last_are_kept(cache_folder: Path) -> None:
    def used(name: str, seed: int) -> int:
        before = set(cache_folder.rglob("*.npz"))
        make = Maker()
        cached_bank(GlyphBank, name, {"seed": seed}, make)
        for path in set(cache_folder.rglob("*.npz")) & before:  # the clock of a file system may be coarse
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10))
        return make.calls

    assert used("other", 0) == 1
    assert [used("own", seed) for seed in (0, 1, 2, 3)] == [1, 1, 1, 1]
    used("own", 0)
    assert used("own", 4) == 1  # in place of the bank of seed 1, which was used longest ago
    assert len([*cache_folder.rglob("own-*.npz")]) == 4
    assert [used("own", seed) for seed in (0, 2, 3, 4)] == [0, 0, 0, 0]
    assert used("own", 1) == 1
    assert used("other", 0) == 0
