import logging
import shutil
import urllib.error
import urllib.request
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
import tensorflow_datasets as tfds

from kerasrec.errors import CannotWrite, DataUnavailable
from kerasrec.lines.glyphs.data_set import EMNIST, MNIST, prepared_folder


class Builder:
    """A fake TFDS builder that records how it was called."""

    Url = namedtuple("Url", "size filename")
    url_infos = {"https://example.org/gzip.zip": Url(561_753_746, "gzip.zip")}
    manual_dir: Any = "not called"

    def __init__(self, data_dir: Path, error: Exception | None = None) -> None:
        self.data_dir = data_dir / "emnist" / "byclass" / "3.1.0"
        self.error = error

    def download_and_prepare(self, download_config: Any) -> None:
        """Records the call, and raises the error if there is one."""
        self.manual_dir = download_config.manual_dir
        if self.error:
            raise self.error


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    made = Builder(tmp_path / "tensorflow_datasets")
    monkeypatch.setattr(tfds, "builder", lambda name, data_dir: made)
    return made


def _answer(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def urlopen(request: urllib.request.Request, timeout: float) -> None:
        assert timeout <= 5
        raise error

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)


def test_the_latest_prepared_version_is_used(tmp_path: Path) -> None:
    for version in ("3.0.0", "3.1.0", "3.2.0.incomplete"):
        (tmp_path / "tensorflow_datasets" / "emnist" / "byclass" / version).mkdir(parents=True)
        if "incomplete" not in version:
            (tmp_path / "tensorflow_datasets" / "emnist" / "byclass" / version / "dataset_info.json").touch()
    assert prepared_folder(EMNIST, tmp_path).name == "3.1.0"


def test_a_missing_network_is_reported_at_once_with_the_remedy(
    tmp_path: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(monkeypatch, urllib.error.URLError("Name or service not known"))
    with pytest.raises(DataUnavailable, match=r"https://example.org/gzip.zip cannot be reached") as caught:
        prepared_folder(EMNIST, tmp_path)
    for remedy in (f"gzip.zip in {tmp_path} by hand", "--data-dir", "--glyphs strokes"):
        assert remedy in str(caught.value)
    assert builder.manual_dir == "not called"


def test_the_size_is_logged_before_a_download(
    tmp_path: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _answer(monkeypatch, urllib.error.HTTPError("https://example.org", 405, "no HEAD here", None, None))  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, "kerasrec"):
        assert prepared_folder(EMNIST, tmp_path) == builder.data_dir
    assert "535.73 MiB" in caplog.text
    assert builder.manual_dir is None


@pytest.mark.parametrize("place", ["", "tensorflow_datasets", "tensorflow_datasets/downloads/manual"])
def test_an_archive_placed_by_hand_needs_no_network(
    place: str, tmp_path: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(monkeypatch, AssertionError("asked the network"))
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / "gzip.zip").touch()
    prepared_folder(EMNIST, tmp_path)
    assert builder.manual_dir == tmp_path / place


def test_a_damaged_archive_is_reported(tmp_path: Path, builder: Builder) -> None:
    (tmp_path / "gzip.zip").touch()
    builder.error = ValueError("wrong checksum")
    with pytest.raises(
        DataUnavailable, match=f"could not be prepared in .* from gzip.zip in {tmp_path}: wrong checksum"
    ):
        prepared_folder(EMNIST, tmp_path)


def test_a_full_disk_is_reported(tmp_path: Path, builder: Builder) -> None:
    (tmp_path / "gzip.zip").touch()
    builder.error = OSError(28, "No space left on device")
    with pytest.raises(CannotWrite, match="the disk is full"):
        prepared_folder(EMNIST, tmp_path)


def test_a_folder_that_is_not_writable_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(CannotWrite, match=f"prepared in {tmp_path / 'data' / 'tensorflow_datasets'}"):
        prepared_folder(EMNIST, tmp_path / "data")


def test_too_little_disk_space_is_reported_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free=5 * 2**20))
    with pytest.raises(CannotWrite, match="3,072 MiB are needed and 5 MiB are free"):
        prepared_folder(EMNIST, tmp_path)


def test_several_archives_must_all_be_placed(tmp_path: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, urllib.error.URLError("Name or service not known"))
    monkeypatch.setattr(builder, "url_infos", {f"https://{name}": Builder.Url(9, f"{name}.gz") for name in "ab"})
    (tmp_path / "a.gz").touch()
    with pytest.raises(DataUnavailable, match=f"Place MNIST's a.gz, b.gz in {tmp_path} by hand"):
        prepared_folder(MNIST, tmp_path)
    (tmp_path / "b.gz").touch()
    prepared_folder(MNIST, tmp_path)
    assert builder.manual_dir == tmp_path
