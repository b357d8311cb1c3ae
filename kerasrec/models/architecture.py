"""What every line model states about itself before a tensor exists."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, TypeVar

import keras
import numpy as np

Width = TypeVar("Width", int, np.ndarray)
"""A number of pixels or an array of them; symbolic tensors serve as well."""


class Architecture(ABC):
    """The settings of a line model: a frozen dataclass that builds it and knows its frames by arithmetic alone.

    Subclass it for a model of your own, and name it with `register_architecture`; docs/own-architecture.md has an
    example. A field named `height` or `max_length` gets the value that the lines have.
    """

    objectives: ClassVar[tuple[str, ...]] = ("ctc",)
    """What the model can be trained for, by the names in `OBJECTIVES`; the first is the default."""

    fixed_width: ClassVar[bool] = False
    """Whether lines are as wide as the longest, because the frames of a line's own width would be too few."""

    margin: ClassVar[int] = 32
    """Empty pixel columns that a line needs to its right, so that a wider canvas changes nothing in its frames."""

    context: ClassVar[bool] = True
    """Whether a frame also knows of what is beyond its own window."""

    @property
    @abstractmethod
    def window(self) -> int:
        """The effective width in pixels of the window that a frame is read from."""

    @property
    @abstractmethod
    def stride(self) -> int:
        """The effective step in pixels from one frame to the next."""

    @property
    def offset(self) -> int:
        """The pixel column at the centre of the first frame."""
        return 0

    @abstractmethod
    def frames(self, width: Width) -> Width:
        """The number of frames of a line `width` pixels wide; 0 or less if it is too narrow for one."""

    @abstractmethod
    def build(self, classes: int) -> keras.Model:
        """Builds the model.

        Its inputs are images (B, H, W, 1) uint8 with ink 255, and widths (B,) int32 in pixels, as `line_inputs` makes
        them; its output is logits (B, T, classes) float32. Which of them count for a line is decided by its objective,
        mostly the first `frames(width)`.
        """


def line_inputs(height: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The two inputs that every line model has: images (B, H, W, 1) uint8 and widths (B,) int32."""
    images = keras.Input((height, None, 1), dtype="uint8", name="images")
    return images, keras.Input((), dtype="int32", name="widths")


@contextlib.contextmanager
def dtype_policy_scope(policy: str) -> Iterator[None]:
    """Builds models under a Keras dtype policy, "float32" or "mixed_bfloat16" say, and restores the old one after."""
    old = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(old)
