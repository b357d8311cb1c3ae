"""What every line model states about itself before a tensor exists."""

import contextlib
from collections.abc import Iterator
from typing import ClassVar, Protocol, TypeVar

import keras
import numpy as np

Width = TypeVar("Width", int, np.ndarray)
"""A number of pixels or an array of them; symbolic tensors serve as well."""


class Architecture(Protocol):
    """A frozen dataclass of settings that builds a functional model and knows its frames by arithmetic alone."""

    objectives: ClassVar[tuple[str, ...]]
    """What the model can be trained for, by the names in `OBJECTIVES`; the first is the default."""

    fixed_width: ClassVar[bool]
    """Whether lines are as wide as the longest, because the frames of a line's own width would be too few."""

    margin: ClassVar[int]
    """Empty pixel columns that a line needs to its right, so that a wider canvas changes nothing in its frames."""

    context: ClassVar[bool]
    """Whether a frame also knows of what is beyond its own window."""

    @property
    def window(self) -> int:
        """The effective width in pixels of the window that a frame is read from."""
        ...

    @property
    def stride(self) -> int:
        """The effective step in pixels from one frame to the next."""
        ...

    @property
    def offset(self) -> int:
        """The pixel column at the centre of the first frame."""
        ...

    def frames(self, width: Width) -> Width:
        """The number of frames of a line `width` pixels wide; 0 or less if it is too narrow for one."""
        ...

    def build(self, classes: int) -> keras.Model:
        """Builds the model.

        Its inputs are images (B, H, W, 1) uint8 with ink 255, and widths (B,) int32 in pixels; its output are logits
        (B, T, classes) float32. Which of them count for a line is told by its objective, mostly the first
        `frames(width)`.
        """
        ...


@contextlib.contextmanager
def dtype_policy_scope(policy: str) -> Iterator[None]:
    """Builds models under a Keras dtype policy, "float32" or "mixed_bfloat16" say, and restores the old one after."""
    old = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(old)
