"""Small stand-ins for what takes long to load or to train."""

from collections.abc import Callable

import numpy as np
import pytest

from kerasrec.glyphs.bank import GlyphPool


@pytest.fixture(scope="session")
def random_pool() -> Callable[..., GlyphPool]:
    """Makes glyphs of random ink, no two alike: `random_pool(characters, each, seed)`."""

    def make(characters: str, each: int = 3, seed: int = 0) -> GlyphPool:
        images = np.random.default_rng(seed).integers(0, 256, (each * len(characters), 28, 28), np.uint8)
        return GlyphPool.from_labelled(images, characters * each)

    return make


@pytest.fixture(scope="session")
def randomise() -> Callable[..., None]:
    """Gives all weights of a model random values, biases too: no weight is 0, as some are at the start."""

    def set_weights(model, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        for variable in model.trainable_variables:
            size = 0.3 if len(variable.shape) == 1 else np.prod(variable.shape[:-1]) ** -0.5
            variable.assign(rng.normal(0, size, variable.shape))

    return set_weights
