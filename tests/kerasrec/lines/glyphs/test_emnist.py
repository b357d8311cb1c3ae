import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from kerasrec.errors import DataUnavailable
from kerasrec.lines.glyphs.data_set import EMNIST
from kerasrec.lines.glyphs.emnist import balanced, divide, load_emnist, load_mnist, read_split

REAL_DATA = Path(__file__).parents[5] / "shared" / "data"
TRAIN, TEST = 62 * 6, 62 * 2


def _upright(number: int) -> np.ndarray:
    """Glyphs with a bar on the left, longer than the foot; two pixels encode the index of each: (n, 28, 28)."""
    images = np.zeros((number, 28, 28), np.uint8)
    images[:, 4:24, 8] = 255
    images[:, 23, 8:16] = 255
    images[:, 0, 27] = np.arange(number) // 62 + 1
    images[:, 1, 27] = np.arange(number) % 62
    return images


def _idx(array: np.ndarray, header: int) -> bytes:
    return gzip.compress(bytes(header) + array.tobytes())


def _archive() -> bytes:
    """A small file with the layout of EMNIST's gzip.zip, with transposed images as in the real one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for split, number in (("train", TRAIN), ("test", TEST)):
            labels = (np.arange(number) % 62).astype(np.uint8)
            images = _upright(number).transpose(0, 2, 1)
            file.writestr(f"gzip/emnist-byclass-{split}-images-idx3-ubyte.gz", _idx(images, 16))
            file.writestr(f"gzip/emnist-byclass-{split}-labels-idx1-ubyte.gz", _idx(labels, 8))
    return content.getvalue()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a small `gzip.zip` placed by hand, which TFDS accepts as the real one."""
    import tensorflow_datasets as tfds

    folder = tmp_path_factory.mktemp("data")
    archive = _archive()
    (folder / "gzip.zip").write_bytes(archive)
    builder = tfds.builder("emnist/byclass", data_dir=folder)
    url, real = next(iter(builder.url_infos.items()))
    small = type(real)(size=len(archive), checksum=hashlib.sha256(archive).hexdigest(), filename=real.filename)
    with (
        mock.patch.dict(builder.url_infos, {url: small}),
        mock.patch.object(builder.builder_config, "train_examples", TRAIN),
        mock.patch.object(builder.builder_config, "test_examples", TEST),
    ):
        load_emnist(folder)
        yield folder


def _numbers(images: np.ndarray) -> set[tuple[int, int]]:
    return {(int(image[0, 27]), int(image[1, 27])) for image in images}


def test_an_archive_placed_by_hand_is_prepared_once(data_dir: Path) -> None:
    folders = [path.name for path in (data_dir / "tensorflow_datasets" / "emnist" / "byclass").iterdir()]
    assert folders == ["3.1.0"]


def test_glyphs_are_upright_and_labelled_in_emnists_order(data_dir: Path) -> None:
    bank = load_emnist(data_dir)
    assert bank.characters == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for pool in bank.pools.values():
        assert pool.images.dtype == np.uint8
        np.testing.assert_array_equal(pool.images[:, 4:24, 8], 255)
        np.testing.assert_array_equal(pool.images[:, 8, 9:24], 0)
        for character in pool.characters:
            assert set(pool.glyphs(character)[:, 1, 27]) == {EMNIST.classes.index(character)}


def test_the_pools_are_disjoint_and_have_every_glyph(data_dir: Path) -> None:
    bank = load_emnist(data_dir, validation_share=0.34)
    train, validation = _numbers(bank.train.images), _numbers(bank.validation.images)
    assert set(bank.validation.counts.values()) == {2}
    assert not train & validation
    assert train | validation == _numbers(_upright(TRAIN))
    assert len(bank.test) == TEST


def test_the_seed_determines_the_validation_glyphs(data_dir: Path) -> None:
    first, again, other = (load_emnist(data_dir, seed).validation.images for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_balancing_draws_with_replacement_and_keeps_each_glyph_once(data_dir: Path) -> None:
    bank = load_emnist(data_dir, balance=True)
    train, validation = _numbers(bank.train.images), _numbers(bank.validation.images)
    assert len(train) == len(bank.train)
    assert not train & validation
    assert TRAIN / 2 < len(train | validation) < TRAIN
    assert len(bank.test) < TEST


def test_a_balanced_class_has_at_most_the_mean_number() -> None:
    labels = np.repeat([0, 1, 2], [3000, 100, 500])
    kept = balanced(labels, np.random.default_rng(0))
    counts = np.bincount(labels[kept])
    assert len(np.unique(kept)) == len(kept)
    assert counts[1] == 100  # 1200 draws from 100 miss none
    assert counts[0] == pytest.approx(3000 * (1 - np.exp(-1200 / 3000)), rel=0.05)
    assert counts[2] == pytest.approx(500 * (1 - np.exp(-1200 / 500)), rel=0.05)


def test_validation_has_a_share_of_each_class_and_at_least_one_glyph() -> None:
    labels = np.repeat([0, 1], [100, 3])
    chosen = divide(labels, np.arange(1, 103), 0.1, np.random.default_rng(0))
    assert np.bincount(labels[chosen]).tolist() == [10, 1]
    assert 0 not in chosen


def test_a_second_load_reads_the_cache_instead_of_tfds(data_dir: Path) -> None:
    first = load_emnist(data_dir)
    with mock.patch("kerasrec.lines.glyphs.emnist.read_split", side_effect=AssertionError("read again")):
        again = load_emnist(data_dir)
    np.testing.assert_array_equal(first.train.images, again.train.images)


def test_damaged_files_are_reported(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "3.1.0"
    folder.mkdir()
    for file in (data_dir / "tensorflow_datasets" / "emnist" / "byclass" / "3.1.0").iterdir():
        content = file.read_bytes()
        (folder / file.name).write_bytes(content[: len(content) // 2] if "test.tf" in file.name else content)
    assert len(read_split(EMNIST, folder, "train")[1]) == TRAIN
    with pytest.raises(DataUnavailable, match=f"test split of EMNIST in {folder}"):
        read_split(EMNIST, folder, "test")


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="needs ../shared/data")
def test_the_real_emnist_is_upright() -> None:
    bank = load_emnist(REAL_DATA)
    assert {name: len(pool) for name, pool in bank.pools.items()} == {
        "train": 99456,
        "validation": 5233,
        "test": 11634,
    }
    seven, underlined = bank.train.glyphs("7").mean(0), bank.train.glyphs("L").mean(0)
    assert seven[:10].sum() > 1.3 * seven[18:].sum()  # the bar of a 7 is at its top
    assert underlined[18:].sum() > 1.3 * underlined[:10].sum()  # that of an L is at its foot
    assert underlined[:, :12].sum() > 1.3 * underlined[:, 16:].sum()


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="needs ../shared/data")
def test_the_real_mnist_is_upright() -> None:
    bank = load_mnist(REAL_DATA)
    assert (bank.name, bank.characters) == ("mnist", "0123456789")
    assert {name: len(pool) for name, pool in bank.pools.items()} == {"train": 7792, "validation": 708, "test": 1500}
    seven = bank.train.glyphs("7").mean(0)
    assert seven[9, 6:22].sum() > 2 * seven[6:22, 9].sum()  # the bar of a 7 is at its top
