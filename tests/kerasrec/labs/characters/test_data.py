from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.labs.characters.data import ink_sides, load_characters
from kerasrec.lines.glyphs.folder import load_folder


def write_glyphs(folder: Path, characters: str) -> None:
    for code, character in enumerate(characters):
        (folder / character).mkdir(parents=True)
        for number in range(10):
            glyph = np.zeros((28, 28), np.uint8)
            glyph[4 + code, 4 : 10 + number] = 255
            Image.fromarray(glyph).save(folder / character / f"{number}.png")


def test_labels_are_indices_of_the_classes(tmp_path):
    write_glyphs(tmp_path, "zB7")
    data = load_characters(str(tmp_path), tmp_path)
    assert (data.name, data.classes) == ("folder", "7Bz")
    parts = (data.train, data.validation, data.test)
    assert np.bincount(np.concatenate([pictures.labels for pictures in parts])).tolist() == [10, 10, 10]
    for pictures, pool in zip(parts, load_folder(tmp_path).pools.values(), strict=True):
        assert (pictures.images.shape, pictures.images.dtype) == ((len(pool), 28, 28), np.uint8)
        assert np.bincount(pictures.labels).tolist() == [pool.counts[character] for character in "7Bz"]
        rows = pictures.images.max(axis=2).argmax(axis=1)  # the character of each image
        assert rows.tolist() == (6 - pictures.labels).tolist()


def test_images_are_selected_by_index(labelled):
    pictures = labelled(8)
    chosen = pictures.select(np.array([3, 3, 0]))
    assert chosen.labels.tolist() == [3, 3, 0]
    np.testing.assert_array_equal(chosen.images, pictures.images[[3, 3, 0]])
    assert len(chosen) == 3


def test_the_real_emnist_is_balanced_as_in_the_labs(shared_data):
    data = load_characters("emnist", shared_data)
    assert data.classes == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    assert [len(data.train), len(data.validation), len(data.test)] == [40_157, 10_038, 5_569]
    counts = np.bincount(np.concatenate([data.train.labels, data.validation.labels]))
    assert counts.max() <= 104_689 // 62


def test_the_real_mnist_keeps_all_digits(shared_data):
    data = load_characters("mnist", shared_data)
    assert data.classes == "0123456789"
    assert [len(data.train), len(data.validation), len(data.test)] == [7_792, 708, 1_500]


def test_the_longer_side_of_the_ink_is_measured():
    glyphs = np.zeros((3, 28, 28), np.uint8)
    glyphs[0, 4:9, 3:20] = 255
    glyphs[1, 0:28, 5] = 65
    glyphs[1, 5, 0:3] = 64
    assert ink_sides(glyphs).tolist() == [17, 28, 0]
