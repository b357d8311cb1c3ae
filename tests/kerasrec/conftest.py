"""Small stand-ins: for what takes long to load or to train, and for a terminal."""

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.lines.text.corpus import Corpus
from kerasrec.spec import LineSpec
from kerasrec.training.settings import TrainSettings

if TYPE_CHECKING:  # these load TensorFlow, which the tests of the lower rows do without
    from kerasrec.training.composed_splits import ComposedSplits
    from kerasrec.training.run import Run


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
            inputs = 100 if len(variable.shape) == 1 else np.prod(variable.shape[:-1])
            variable.assign(rng.normal(0, (2 / inputs) ** 0.5, variable.shape))

    return set_weights


BARS = {"a": (4, 24, 10, 14), "b": (4, 10, 6, 22), "c": (18, 24, 6, 22), "d": (4, 24, 6, 22)}
"""Glyphs that are told apart at once: the ink's first row, the row after its last, and the same of its columns."""


def _bar_pool(seed: int) -> GlyphPool:
    rng = np.random.default_rng(seed)
    images = np.zeros((4 * len(BARS), 28, 28), np.uint8)
    for image, (top, bottom, left, right) in zip(images, list(BARS.values()) * 4, strict=True):
        image[top:bottom, left:right] = rng.integers(150, 256)
    return GlyphPool.from_labelled(images, "".join(BARS) * 4)


@pytest.fixture(scope="session")
def small_settings() -> Callable[..., TrainSettings]:
    """Makes settings of a training that takes seconds: `small_settings(epochs=1)`; 8 steps an epoch by default."""
    defaults = {
        "hyperparameters": {"width": 8, "context_dim": 16, "context_blocks": 1},
        "characters": "abcd ",
        "spec": LineSpec(max_length=6),
        "augment": 0.0,
        "batch_size": 8,
        "epoch_lines": 64,
        "validation_lines": 16,
        "epochs": 2,
        "learning_rate": 5e-3,
        "precision": "float32",
    }
    return lambda **changes: TrainSettings(**{**defaults, **changes})


@pytest.fixture(scope="session")
def small_splits() -> "Callable[[TrainSettings], ComposedSplits]":
    """Makes lines of few words, drawn with few glyphs, for some settings."""
    from kerasrec.training.composed_splits import ComposedSplits

    bank = GlyphBank("bars", *(_bar_pool(seed) for seed in range(3)))
    corpus = Corpus("words", ("ab cd", "bad cab", "a dab", "abba"), ("cad ba", "dad"), ("bab ca", "dab ab"))
    return lambda settings: ComposedSplits(bank, corpus, Alphabet("abcd "), settings)


@pytest.fixture(scope="session")
def trained(
    small_settings: Callable[..., TrainSettings],
    small_splits: "Callable[[TrainSettings], ComposedSplits]",
    tmp_path_factory: pytest.TempPathFactory,
) -> "Run":
    """A finished run of the small settings, not to be changed: 2 epochs of 8 steps."""
    from kerasrec.training.loop import fit
    from kerasrec.training.run import Run

    settings = small_settings()
    run = Run.create(tmp_path_factory.mktemp("trained") / "run", settings)
    fit(settings, run, small_splits(settings))
    return run


@pytest.fixture(scope="session")
def plain_conv() -> Callable[..., np.ndarray]:
    """A convolution of (H, W, C) by a kernel (kh, kw, C, F), with strides and zeros around: (H', W', F)."""

    def conv(x, kernel, bias, strides=(1, 1), zeros=(0, 0)) -> np.ndarray:
        x = np.pad(x, [(zeros[0], zeros[0]), (zeros[1], zeros[1]), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(0, 1))
        return np.einsum("hwcij,ijcf->hwf", windows[:: strides[0], :: strides[1]], kernel) + bias

    return conv


class Terminal(io.StringIO):
    """A terminal that knows what is on its screen, as far as rich's live displays and plain text need it."""

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """The lines that are on the screen, down to that of the cursor, without their colours."""
        lines, row, column = [""], 0, 0
        for code, text in re.findall(r"\x1b\[([?0-9;]*[A-Za-z])|(\r|\n|[^\x1b\r\n]+)", self.getvalue()):
            if code.endswith("A"):
                row -= int(code[:-1])
            elif code == "2K":
                lines[row] = ""
            elif text == "\r":
                column = 0
            elif text == "\n":
                row, column = row + 1, 0
                lines += [""] * (row == len(lines))
            elif text:
                lines[row] = lines[row].ljust(column)[:column] + text + lines[row][column + len(text) :]
                column += len(text)
        return [line.rstrip() for line in lines[: row + 1]]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Terminal]:
    """Makes a terminal of some columns: `terminal(80)`."""

    def make(columns: int) -> Terminal:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        return Terminal()

    return make


@pytest.fixture(scope="session")
def draw_bars() -> Callable[[str], np.ndarray]:
    """Draws a canonical line (28, W) uint8 with a bar for each bit of each character's code."""

    def draw(text: str) -> np.ndarray:
        line = np.zeros((28, max(28, 16 * len(text) + 10)), np.uint8)
        for number, character in enumerate(text):
            for bit in range(5):
                if ord(character) >> bit & 1:
                    line[2 + 5 * bit : 5 + 5 * bit, 8 + 16 * number : 18 + 16 * number] = 255
        return line

    return draw


@pytest.fixture(scope="session")
def write_lines(draw_bars: Callable[[str], np.ndarray]) -> Callable[[Path, dict[str, str]], Path]:
    """Writes NAME.png and NAME.gt.txt for each name and text, and returns the folder."""
    from PIL import Image

    def write(folder: Path, texts: dict[str, str]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            Image.fromarray(draw_bars(text)).save(folder / f"{name}.png")
            (folder / f"{name}.gt.txt").write_text(f"{text}\n", encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with fonts of four families, one of them in a subfolder, and other files; cmr10 has no accents."""
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "more").mkdir()
    for name in ("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSansMono", "cmr10"):
        source = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
        shutil.copy(source, folder / ("more" if name == "cmr10" else "") / source.name)
    (folder / "LICENSE.txt").write_text("a licence")
    (folder / "broken.ttf").write_bytes(b"no font")
    return folder
