"""A bank of glyphs: 28x28 images of characters, in disjoint pools for training, validation and test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from kerasrec.errors import BadImage
from kerasrec.spec import GLYPH_SIZE


@dataclass(frozen=True, eq=False)
class GlyphPool:
    """Glyphs sorted by character, so that the glyphs of a character are one slice.

    >>> pool = GlyphPool.from_labelled(np.zeros((3, 28, 28), np.uint8), "bab")
    >>> pool.characters, pool.offsets.tolist(), pool.counts
    ('ab', [0, 1, 3], {'a': 1, 'b': 2})

    Attributes:
        images: (N, 28, 28) uint8, upright, ink 255 on 0.
        characters: The C distinct characters in ascending code point order.
        offsets: (C + 1,) int64; `images[offsets[i]:offsets[i + 1]]` are the glyphs of `characters[i]`.
    """

    images: np.ndarray
    characters: str
    offsets: np.ndarray

    @classmethod
    def from_labelled(cls, images: np.ndarray, labels: Sequence[str]) -> Self:
        """Sorts glyphs by character; the sort is stable.

        Args:
            images: (N, 28, 28) uint8, ink 255 on 0.
            labels: N characters, one for each image.

        Raises:
            BadImage: The images have another size or type, or there is not one for each label.
        """
        expected = (len(labels), GLYPH_SIZE, GLYPH_SIZE)
        if images.shape != expected or images.dtype != np.uint8:
            raise BadImage(
                f"Expected glyphs of shape {expected} and type uint8, but received {images.shape} and {images.dtype}. "
                "Pass one image of that size for each label."
            )
        codes = np.fromiter(map(ord, labels), np.int32, len(labels))
        order = np.argsort(codes, kind="stable")
        distinct, counts = np.unique(codes, return_counts=True)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(images[order], "".join(map(chr, distinct)), offsets)

    @classmethod
    def from_arrays(cls, images: np.ndarray, characters: str, offsets: np.ndarray) -> Self:
        """Makes a pool of its parts; raises ValueError if they do not fit together."""
        ends = (0, len(images))
        fits = offsets.shape == (len(characters) + 1,) and offsets.dtype == np.int64 and (np.diff(offsets) > 0).all()
        if images.shape[1:] != (GLYPH_SIZE,) * 2 or images.dtype != np.uint8 or not fits:
            raise ValueError(
                f"its images are {images.shape} {images.dtype}, its offsets {offsets.shape} {offsets.dtype}"
            )
        if (offsets[0], offsets[-1]) != ends:
            raise ValueError(f"its offsets do not end at {ends[1]}")
        return cls(images, characters, offsets)

    def joined(self, other: "GlyphPool") -> "GlyphPool":
        """Returns a pool with the glyphs of both pools."""
        labels = "".join(c * count for pool in (self, other) for c, count in pool.counts.items())
        return GlyphPool.from_labelled(np.concatenate([self.images, other.images]), labels)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def counts(self) -> dict[str, int]:
        """The number of glyphs of each character."""
        return dict(zip(self.characters, np.diff(self.offsets).tolist(), strict=True))

    def glyphs(self, character: str) -> np.ndarray:
        """Returns the glyphs of a character: (n, 28, 28) uint8, a view; n is 0 if the pool has none."""
        index = self.characters.find(character)
        if index < 0:
            return self.images[:0]
        return self.images[self.offsets[index] : self.offsets[index + 1]]


@dataclass(frozen=True, eq=False)
class GlyphBank:
    """Three disjoint pools of glyphs.

    Attributes:
        name: The name of the source, such as "emnist".
        train: Glyphs to train on.
        validation: Glyphs to select a model by.
        test: Glyphs to evaluate the selected model on.
    """

    name: str
    train: GlyphPool
    validation: GlyphPool
    test: GlyphPool

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Returns all that the bank consists of, but its name."""
        arrays: dict[str, np.ndarray] = {}
        for name, pool in self.pools.items():
            arrays[f"{name}_images"] = pool.images
            arrays[f"{name}_characters"] = np.array(pool.characters)
            arrays[f"{name}_offsets"] = pool.offsets
        return arrays

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, np.ndarray]) -> Self:
        """Makes a bank of what `to_arrays` returned; raises KeyError or ValueError if it was something else."""
        pools = [
            GlyphPool.from_arrays(
                arrays[f"{pool}_images"], str(arrays[f"{pool}_characters"]), arrays[f"{pool}_offsets"]
            )
            for pool in ("train", "validation", "test")
        ]
        return cls(name, *pools)

    @property
    def pools(self) -> dict[str, GlyphPool]:
        """The pools by name, in the order training, validation, test."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @property
    def characters(self) -> str:
        """The characters that are in every pool, in ascending code point order."""
        return "".join(
            c for c in self.train.characters if c in self.validation.characters and c in self.test.characters
        )

    @property
    def drawable(self) -> str:
        """The characters that can occur in a line: those of the pools, and the space, which has no ink."""
        return self.characters + " "
