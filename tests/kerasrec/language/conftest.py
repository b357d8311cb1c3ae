"""What the tests of language models share."""

from collections.abc import Callable

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet


@pytest.fixture
def doubtful() -> Callable[[Alphabet, str, str], np.ndarray]:
    """Makes log-probabilities (T, K), a frame for each character, of two texts of which the first is more likely."""

    def make(alphabet: Alphabet, first: str, second: str) -> np.ndarray:
        log_probs = np.full((len(first), len(alphabet)), 1e-3)
        for frame, likely, unlikely in zip(log_probs, alphabet.encode(first), alphabet.encode(second), strict=True):
            frame[unlikely] = 0.4
            frame[likely] = 0.6
        return np.log(log_probs / log_probs.sum(axis=1, keepdims=True))

    return make
