"""The command line, run in this process, and data that loads at once."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from kerasrec_cli import main


@pytest.fixture(scope="session")
def kerasrec() -> Callable[..., Result]:
    """Runs `kerasrec` with arguments: `kerasrec("read", folder, "a.png", input=b"")`."""

    def run(*arguments: object, input: bytes | None = None) -> Result:
        return CliRunner().invoke(main.app, [str(argument) for argument in arguments], input=input)

    return run


@pytest.fixture(scope="session")
def own_data(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options for a folder of glyphs of two characters and a text file of them, which load at once."""
    folder = tmp_path_factory.mktemp("own")
    for character, rows in (("a", slice(2, 12)), ("b", slice(14, 26))):
        (folder / "glyphs" / character).mkdir(parents=True)
        for number in range(10):
            glyph = np.zeros((28, 28), np.uint8)
            glyph[rows, 4 : 12 + number] = 255
            Image.fromarray(glyph).save(folder / "glyphs" / character / f"{number}.png")
    words = ["ab", "ba", "aab", "bba", "abab", "baba"]
    text = folder / "text.txt"
    text.write_text(
        "\n".join(f"{a} {b} {c}" for a in words for b in words for c in words) + "\na\u00e9b", encoding="utf-8"
    )
    return ["--glyphs", str(folder / "glyphs"), "--text", str(text)]
