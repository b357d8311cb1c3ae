"""Pictures of a line as people have them: margins, shadows, rules, skew and the like, drawn around a clean line."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

ENLARGED = 4
"""Pixels of a picture per pixel of a composed line."""


@dataclass
class Scene:
    """A picture in the making.

    Attributes:
        ink: (H, W) float32, 0 to 1, the ink of the line, and of its neighbours.
        paper: (H, W) float32, 0 to 1, the light that the paper reflects.
        dark: How much of the paper's light the ink takes away, 0 to 1.
        light: (H, W) float32, the light that falls on the picture.
        random: The source of chance.
        size: The height of the line in pixels, before margins.
    """

    ink: np.ndarray
    paper: np.ndarray
    dark: float
    light: np.ndarray
    random: np.random.Generator
    size: int

    def grey(self) -> np.ndarray:
        """Returns the grey values of the picture: (H, W) uint8."""
        values = self.paper * (1 - self.dark * self.ink) * self.light
        return (255 * values).clip(0, 255).round().astype(np.uint8)

    def pad(self, top: int = 0, bottom: int = 0, left: int = 0, right: int = 0) -> None:
        """Adds paper around the line."""
        sides = ((top, bottom), (left, right))
        self.ink = np.pad(self.ink, sides)
        self.paper, self.light = (np.pad(part, sides, mode="edge") for part in (self.paper, self.light))

    def axis(self, axis: int) -> np.ndarray:
        """Returns the coordinates along an axis, 0 to 1, to be broadcast over the picture."""
        return np.expand_dims(np.linspace(0, 1, self.ink.shape[axis], dtype=np.float32), 1 - axis)


def enlarge(line: np.ndarray) -> np.ndarray:
    """Enlarges a line (28, W) uint8, ink 255 on 0, four times: (112, 4 * W) float32, 0 to 1."""
    size = line.shape[1] * ENLARGED, line.shape[0] * ENLARGED
    return np.asarray(Image.fromarray(line).resize(size, Image.Resampling.BICUBIC), np.float32) / 255


def scene(line: np.ndarray, seed: int = 0) -> Scene:
    """Starts a picture of a line (28, W) uint8, ink 255 on 0: black on white, four times enlarged."""
    ink = enlarge(line)
    ones = np.ones_like(ink)
    return Scene(ink, ones, 1.0, ones, np.random.default_rng(seed), ink.shape[0])


def margin(scene: Scene, percent: float, sides: str = "top bottom") -> None:
    """Adds empty paper, in percent of the line's height."""
    count = round(scene.size * percent / 100)
    scene.pad(**dict.fromkeys(sides.split(), count))


def neighbour(scene: Scene, percent: float, side: str, other: np.ndarray) -> None:
    """Lets a part of another line (28, W) uint8 show at an edge, separated by a tenth of the height."""
    rows, gap = round(scene.size * percent / 100), scene.size // 10
    ink = enlarge(other)
    ink = ink[(ink > 0.5).any(axis=1)]
    ink = ink[-rows:] if side == "top" else ink[:rows]
    width = min(ink.shape[1], scene.ink.shape[1])
    scene.pad(**{side: rows + gap})
    rows = len(ink)
    place = slice(0, rows) if side == "top" else slice(-rows, None)
    scene.ink[place, :width] = np.maximum(scene.ink[place, :width], ink[:, :width])


def shadow(scene: Scene, darkness: float, share: float = 0.5, soft: float = 0.02, slope: float = 0.3) -> None:
    """Lays a shadow over a share of the line, with a slanted edge."""
    x = scene.axis(1) + slope * (scene.axis(0) - 0.5) * scene.ink.shape[0] / scene.ink.shape[1]
    scene.light = scene.light * (1 - darkness / (1 + np.exp(((x - share) / max(soft, 1e-4)).clip(-50, 50))))


def gradient(scene: Scene, darkness: float, axis: int) -> None:
    """Lets the light fall off towards one side."""
    scene.light = scene.light * (1 - darkness * scene.axis(axis))


def vignette(scene: Scene, darkness: float) -> None:
    """Lets the light fall off towards the corners."""
    distance = (2 * scene.axis(0) - 1) ** 2 + (2 * scene.axis(1) - 1) ** 2
    scene.light = scene.light * (1 - darkness * distance / 2)


def contrast(scene: Scene, share: float, paper: float = 0.9) -> None:
    """Makes the ink take away a share of the paper's light only."""
    scene.dark, scene.paper = share, scene.paper * paper


def bold(scene: Scene, pixels: int) -> None:
    """Makes strokes wider by this many pixels on either side."""
    image = Image.fromarray((scene.ink.clip(0, 1) * 255).astype(np.uint8))
    scene.ink = np.asarray(image.filter(ImageFilter.MaxFilter(2 * pixels + 1)), np.float32) / 255


def crop(scene: Scene) -> None:
    """Crops the picture to the ink."""
    rows, columns = (np.flatnonzero((scene.ink > 0.3).any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    scene.ink, scene.paper, scene.light = scene.ink[box], scene.paper[box], scene.light[box]


def ruled(scene: Scene, darkness: float, squared: bool = False, every: float = 0.5, thick: int = 2) -> None:
    """Draws rules on the paper: horizontal, or a grid, `every` so many heights of the line."""
    step = max(8, round(scene.size * every))
    start = int(scene.random.integers(step))
    paper = scene.paper.copy()
    for row in range(start, paper.shape[0], step):
        paper[row : row + thick] *= 1 - darkness
    if squared:
        for column in range(start, paper.shape[1], step):
            paper[:, column : column + thick] *= 1 - darkness
    scene.paper = paper


def bleed(scene: Scene, darkness: float) -> None:
    """Lets the writing on the back shine through: mirrored, blurred and shifted."""
    back = Image.fromarray((scene.ink[:, ::-1].clip(0, 1) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(3))
    back = np.roll(np.asarray(back, np.float32) / 255, scene.size // 5, axis=0)
    scene.paper = scene.paper * (1 - darkness * back)


def frame(scene: Scene, percent: float, sides: str = "top bottom left right") -> None:
    """Puts the black of a scanner's lid along the sides."""
    count = round(scene.size * percent / 100)
    edges = {
        "top": np.s_[:count],
        "bottom": np.s_[-count:],
        "left": np.s_[:, :count],
        "right": np.s_[:, -count:],
    }
    light = scene.light.copy()
    for side in sides.split():
        light[edges[side]] = 0.05
    scene.light = light


def specks(scene: Scene, per_1000: float, side: int = 3) -> None:
    """Scatters dirt over the paper, so many specks per 1,000 px of width."""
    count = round(per_1000 * scene.ink.shape[1] / 1000)
    light = scene.light.copy()
    for _ in range(count):
        row, column = (int(scene.random.integers(max(size - side, 1))) for size in light.shape)
        light[row : row + side, column : column + side] = 0.1
    scene.light = light


def hot_pixel(scene: Scene) -> None:
    """Makes one pixel black and one white."""
    light = scene.light.copy()
    for value in (0.0, 1.4):
        light[tuple(int(scene.random.integers(size)) for size in light.shape)] = value
    scene.light = light


def warp(grey: np.ndarray, skew: float = 0.0, slant: float = 0.0, curve: float = 0.0) -> np.ndarray:
    """Turns a picture by degrees, shears it by degrees, and bends its line by a share of 112 px."""
    height, width = grey.shape
    tangent, shear = np.tan(np.radians(skew)), np.tan(np.radians(slant))
    extra = int(np.ceil(abs(tangent) * width / 2 + abs(curve) * 112))
    side = int(np.ceil(abs(shear) * height / 2))
    padded = np.pad(grey, ((extra, extra), (side, side)), mode="edge").astype(np.float32)
    rows, columns = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in padded.shape), indexing="ij")
    middle = (padded.shape[1] - 1) / 2
    bend = curve * 112 * np.cos(np.pi * (columns - middle) / max(middle, 1))
    from_row = rows + tangent * (columns - middle) + bend
    from_column = columns + shear * (from_row - (padded.shape[0] - 1) / 2)
    low = np.floor(from_row).clip(0, padded.shape[0] - 2).astype(int)
    left = np.floor(from_column).clip(0, padded.shape[1] - 2).astype(int)
    down, right = (from_row - low).clip(0, 1), (from_column - left).clip(0, 1)
    above = padded[low, left] * (1 - right) + padded[low, left + 1] * right
    below = padded[low + 1, left] * (1 - right) + padded[low + 1, left + 1] * right
    return (above * (1 - down) + below * down).round().astype(np.uint8)


def noise(grey: np.ndarray, spread: float, seed: int = 0) -> np.ndarray:
    """Adds Gaussian noise."""
    added = np.random.default_rng(seed).normal(0, spread, grey.shape)
    return (grey + added).clip(0, 255).round().astype(np.uint8)


def jpeg(grey: np.ndarray, quality: int) -> np.ndarray:
    """Saves a picture as a JPEG and opens it again."""
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def coloured(grey: np.ndarray, paper: tuple[int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
    """Draws a picture with coloured ink on coloured paper: (H, W, 3) uint8."""
    share = (grey / 255.0)[..., None]
    return (share * paper + (1 - share) * np.array(ink)).round().astype(np.uint8)


Painter = Callable[[np.ndarray, np.ndarray, float, int], np.ndarray]
"""Draws a line, beside another line, at a strength and with a seed, as grey values or colours."""


def _kind(
    change: Callable[[Scene, float], object] = lambda made, s: None,
    after: Callable[[np.ndarray, float, int], np.ndarray] = lambda grey, s, seed: grey,
    around: tuple[float, str] = (0, ""),
) -> Painter:
    """Paints a line with a margin around it, then changes the scene, then its grey values."""

    def paint(line: np.ndarray, other: np.ndarray, strength: float, seed: int) -> np.ndarray:
        made = scene(line, seed)
        margin(made, *around)
        change(made, strength)
        return after(made.grey(), strength, seed)

    return paint


def _neighbour_kind(side: str) -> Painter:
    def paint(line: np.ndarray, other: np.ndarray, strength: float, seed: int) -> np.ndarray:
        return _kind(lambda made, s: neighbour(made, s, side, other))(line, other, strength, seed)

    return paint


def _framed(made: Scene, percent: float, sides: str = "top bottom left right") -> None:
    margin(made, percent + 15, "top bottom left right")
    frame(made, percent, sides)


def _tight(made: Scene, pixels: float) -> None:
    bold(made, int(pixels))
    crop(made)


_ALL = "top bottom left right"
_SOME, _ROOM = (20, "top bottom"), (30, _ALL)
_COLOURS = [((250, 240, 150), (30, 60, 160)), ((150, 220, 180), (150, 20, 40)), ((30, 40, 90), (240, 230, 120))]
KINDS: dict[str, tuple[Painter, tuple[float, ...]]] = {
    "margin above and below, %": (_kind(margin), (0, 6, 10, 15, 25, 40, 60, 100, 200, 300)),
    "margin on all sides, %": (_kind(lambda made, s: margin(made, s, _ALL)), (10, 40, 100, 300)),
    "margin above, %": (_kind(lambda made, s: margin(made, s, "top")), (10, 40, 100, 300)),
    "margin below, %": (_kind(lambda made, s: margin(made, s, "bottom")), (10, 40, 100, 300)),
    "margin on the left, %": (_kind(lambda made, s: margin(made, s, "left")), (40, 300)),
    "margin on the right, %": (_kind(lambda made, s: margin(made, s, "right")), (40, 300)),
    "line above cut in, %": (_neighbour_kind("top"), (10, 20, 30)),
    "line below cut in, %": (_neighbour_kind("bottom"), (10, 20, 30)),
    "shadow over half, %": (_kind(lambda made, s: shadow(made, s / 100)), (30, 50, 70)),
    "shadow with a hard edge, %": (
        _kind(lambda made, s: shadow(made, s / 100, 0.35, 0.001), around=_SOME),
        (30, 50, 70),
    ),
    "light falls off downwards, %": (_kind(lambda made, s: gradient(made, s / 100, 0)), (50, 70, 90)),
    "light falls off sideways, %": (_kind(lambda made, s: gradient(made, s / 100, 1)), (50, 70, 90)),
    "vignette, %": (_kind(lambda made, s: vignette(made, s / 100), around=_ROOM), (50, 80)),
    "contrast, %": (_kind(lambda made, s: contrast(made, s / 100)), (60, 30, 15)),
    "noise, grey values": (_kind(lambda made, s: contrast(made, 0.7), noise), (5, 15, 25)),
    "JPEG, quality": (
        _kind(lambda made, s: contrast(made, 0.8), lambda grey, s, seed: jpeg(grey, int(s))),
        (30, 10),
    ),
    "bleed-through, %": (_kind(lambda made, s: bleed(made, s / 100)), (15, 30)),
    "ruled, %": (_kind(lambda made, s: ruled(made, s / 100), around=_ROOM), (20, 40, 60)),
    "squared, %": (_kind(lambda made, s: ruled(made, s / 100, squared=True), around=_ROOM), (20, 40, 60)),
    "frame, %": (_kind(_framed), (5, 15, 30)),
    "frame on two sides, %": (_kind(lambda made, s: _framed(made, s, "top left")), (5, 15, 30)),
    "specks per 1,000 px": (_kind(specks, around=_ROOM), (5, 20)),
    "hot pixels": (_kind(lambda made, s: hot_pixel(made)), (1,)),
    "skew, degrees": (_kind(after=lambda grey, s, seed: warp(grey, skew=s), around=_SOME), (-3, -1.5, 1.5, 3)),
    "curve, % of the height": (_kind(after=lambda grey, s, seed: warp(grey, curve=s / 100), around=_SOME), (10, 25)),
    "slant, degrees": (_kind(after=lambda grey, s, seed: warp(grey, slant=s)), (-10, 10, 20)),
    "bold and cropped, px": (_kind(_tight), (0, 3, 5)),
    "dark paper, margin %": (_kind(margin, lambda grey, s, seed: 255 - grey), (0, 40, 100)),
    "coloured, sort": (
        _kind(after=lambda grey, s, seed: coloured(grey, *_COLOURS[int(s)]), around=_SOME),
        (0, 1, 2),
    ),
}
"""Kinds of pictures, and the strengths at which each is drawn."""


def combined(line: np.ndarray, other: np.ndarray, seed: int) -> np.ndarray:
    """Draws a line with all kinds of damage combined at random: (H, W) uint8."""
    made = scene(line, seed)
    random = made.random
    for side in ("top", "bottom"):
        if random.random() < 0.3:
            neighbour(made, random.uniform(5, 20), side, other)
    for side in _ALL.split():
        margin(made, random.choice([0, 5, 20, 60, 150]), side)
    contrast(made, random.uniform(0.4, 1), random.uniform(0.7, 1))
    if random.random() < 0.3:
        ruled(made, random.uniform(0.1, 0.3), bool(random.integers(2)), random.uniform(0.3, 1.2))
    if random.random() < 0.3:
        bleed(made, random.uniform(0.05, 0.2))
    if random.random() < 0.5:
        shadow(made, random.uniform(0.1, 0.6), random.uniform(0.2, 0.8), random.choice([0.002, 0.02, 0.2]))
    if random.random() < 0.5:
        gradient(made, random.uniform(0.1, 0.6), int(random.integers(2)))
    if random.random() < 0.3:
        vignette(made, random.uniform(0.1, 0.6))
    if random.random() < 0.3:
        specks(made, random.uniform(0, 6))
    grey = made.grey()
    if random.random() < 0.7:
        grey = warp(grey, random.uniform(-3, 3), random.uniform(-5, 5), random.uniform(0, 0.1))
    grey = noise(grey, random.uniform(0, 8), seed)
    if random.random() < 0.4:
        grey = jpeg(grey, int(random.integers(10, 80)))
    return 255 - grey if random.random() < 0.3 else grey
