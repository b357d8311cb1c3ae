"""`python -m benchmarks.pictures RUN LINES`: the CER of damaged pictures, by kind and strength; see docs/pictures.md.

LINES is a folder of clean lines with their texts, made by `kerasrec data preview --lines 60 --out LINES`.
"""

import argparse
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

import kerasrec
from benchmarks.damage import KINDS, combined
from kerasrec.errors import BadImage
from kerasrec.evaluation.metrics import score
from kerasrec.serving import wire

Reader = Callable[[Sequence[np.ndarray]], list[str]]
"""Reads pictures, each (H, W) or (H, W, 3) uint8."""


def main(arguments: list[str] | None = None) -> None:
    """Prints a Markdown table, and draws a picture of each kind if asked."""
    options = parse(arguments)
    lines, texts = load_lines(options.lines)
    read = read_exported(options.source) if (options.source / "saved_model.pb").exists() else read_here(options.source)
    print("| kind | CER at each strength |\n| --- | --- |", flush=True)
    for kind, (paint, strengths) in KINDS.items():
        found = [score(read([paint(*pair, at, i) for i, pair in enumerate(lines)]), texts).cer for at in strengths]
        print(f"| {kind} | {', '.join(f'{at:g}: {each:.1%}' for at, each in zip(strengths, found, strict=True))} |")
    rate = score(read([combined(*pair, i) for i, pair in enumerate(lines)]), texts).cer
    print(f"| all combined at random | {rate:.1%} |")
    if options.draw:
        draw(lines[0], options.draw)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__)
    parser.add_argument("source", type=Path, metavar="RUN", help="a run, a .keras file or a version of an export")
    parser.add_argument("lines", type=Path, metavar="LINES", help="a folder of lines and texts")
    parser.add_argument("--draw", type=Path, metavar="FILE", help="draw a line with each kind of damage, as a PNG")
    return parser.parse_args(arguments)


def load_lines(folder: Path) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
    """Loads lines, (28, W) uint8 each, with the line that follows, and their texts."""
    files = sorted(folder.glob("*.png"))
    lines = [np.asarray(Image.open(file).convert("L")) for file in files]
    texts = [file.with_name(f"{file.stem}.gt.txt").read_text(encoding="utf-8").rstrip("\n") for file in files]
    return list(zip(lines, lines[1:] + lines[:1], strict=True)), texts


def read_here(source: Path) -> Reader:
    """Reads with a recognizer."""
    recognizer = kerasrec.load(source)

    def read(pictures: Sequence[np.ndarray]) -> list[str]:
        outcomes = recognizer.read_many(list(pictures))
        return ["" if isinstance(each, BadImage) else each.text for each in outcomes]

    return read


def read_exported(version: Path) -> Reader:
    """Reads with an exported SavedModel."""
    model = tf.saved_model.load(str(version))
    signature = model.signatures[wire.SERVING_DEFAULT]

    def read(pictures: Sequence[np.ndarray]) -> list[str]:
        return [
            signature(**{wire.IMAGE_BYTES: tf.constant([to_png(picture)])})[wire.TEXT].numpy()[0].decode()
            for picture in pictures
        ]

    return read


def to_png(picture: np.ndarray) -> bytes:
    """Encodes a picture."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def draw(pair: tuple[np.ndarray, np.ndarray], file: Path, width: int = 520) -> None:
    """Draws a line with each kind of damage at its greatest strength, one below the other."""
    pictures = [paint(*pair, strengths[-1], 0) for paint, strengths in KINDS.values()]
    rows = []
    for picture in [*pictures, *(combined(*pair, seed) for seed in range(6))]:
        image = Image.fromarray(picture).convert("RGB")
        image.thumbnail((width, 80))
        row = Image.new("RGB", (width, image.height + 6), (120, 120, 120))
        row.paste(image, (0, 3))
        rows.append(np.asarray(row))
    Image.fromarray(np.concatenate(rows)).quantize(16).save(file, optimize=True)  # 16 colours: a small file


if __name__ == "__main__":
    main()
