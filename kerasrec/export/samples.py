"""Sample images of printed lines, made from an alphabet alone, to check and warm up a new SavedModel."""

import io
import random

from PIL import Image, ImageDraw, ImageFont

from kerasrec.alphabet import Alphabet

COUNT = 32
_FORMATS = ("PNG", "JPEG", "WEBP")
_LONGEST = 32  # characters
_PAPER_AND_INK = ((255, 0), (235, 40), (0, 255))


def sample_pictures(alphabet: Alphabet) -> list[bytes]:
    """Prints random texts of an alphabet as images of all formats, sizes and polarities, the same ones each time."""
    chance = random.Random(0)
    return [_print(_choose_text(alphabet, chance), number, chance) for number in range(COUNT)]


def _choose_text(alphabet: Alphabet, chance: random.Random) -> str:
    return "".join(chance.choices(alphabet.characters, k=chance.randint(1, _LONGEST)))


def _print(text: str, number: int, chance: random.Random) -> bytes:
    font = ImageFont.load_default(chance.randint(16, 64))
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    margin = chance.randint(0, 20)
    paper, ink = chance.choice(_PAPER_AND_INK)
    size = (max(right - left, 1) + 2 * margin, max(bottom - top, 8) + 2 * margin)
    picture = Image.new("L", size, paper)
    ImageDraw.Draw(picture).text((margin - left, margin - top), text, ink, font)
    file = io.BytesIO()
    picture.save(file, _FORMATS[number % len(_FORMATS)], lossless=True)  # which PNG and JPEG ignore
    return file.getvalue()
