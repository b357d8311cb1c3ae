"""Images of a few classes that are easy to classify."""

from collections.abc import Callable

import numpy as np
import pytest

from kerasrec.labs.characters.data import CharacterData, Labelled

CLASSES = "abcd"


@pytest.fixture(scope="session")
def labelled() -> Callable[[int, int], Labelled]:
    """Makes images of bars, at the top in the first class and at the bottom in the last: `labelled(count, seed)`."""

    def make(count: int, seed: int = 0) -> Labelled:
        rng = np.random.default_rng(seed)
        labels = np.arange(count, dtype=np.int32) % len(CLASSES)
        images = np.zeros((count, 28, 28), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 + 6 * label : 8 + 6 * label, 4:24] = rng.integers(150, 256, (6, 20))
        return Labelled(images, labels)

    return make


@pytest.fixture(scope="session")
def data(labelled) -> CharacterData:
    return CharacterData("bars", CLASSES, labelled(64, 0), labelled(16, 1), labelled(32, 2))
