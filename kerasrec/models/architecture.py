"""The base class of line models: their settings and the arithmetic of their frames, without any tensors."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, TypeVar

import numpy as np

from kerasrec.backend import keras
from kerasrec.errors import UsageError

POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
"""The Keras dtype policies under which a model can compute."""

Width = TypeVar("Width", int, np.ndarray)
"""A number of pixels or an array of them; symbolic tensors work too."""


class Architecture(ABC):
    """The settings of a line model: a frozen dataclass that builds the model and computes its number of frames.

    Subclass it for your own model and register it with `register_architecture`; docs/own-architecture.md has an
    example. Fields named `height` and `max_length` are set from the line spec.
    """

    objectives: ClassVar[tuple[str, ...]] = ("ctc",)
    """The objectives that the model can be trained with, as named in `OBJECTIVES`; the first is the default."""

    fixed_width: ClassVar[bool] = False
    """Whether all lines are as wide as the longest, because their own widths would have too few frames."""

    margin: ClassVar[int] = 32
    """The empty pixel columns that a line needs on its right so that a wider canvas does not change its frames."""

    context: ClassVar[bool] = True
    """Whether a frame depends on pixels outside its own window."""

    @property
    @abstractmethod
    def window(self) -> int:
        """The effective width of a frame's window in pixels."""

    @property
    @abstractmethod
    def stride(self) -> int:
        """The effective step between frames in pixels."""

    @property
    def offset(self) -> int:
        """The pixel column at the centre of the first frame."""
        return 0

    @abstractmethod
    def frames(self, width: Width) -> Width:
        """Returns the number of frames of a line `width` pixels wide; 0 or less if it is too narrow for one."""

    @abstractmethod
    def build(self, classes: int) -> keras.Model:
        """Builds the model.

        The inputs are images (B, H, W, 1) uint8 with ink 255, and widths (B,) int32 in pixels; `line_inputs` makes
        them. The output is logits (B, T, classes) float32. The objective determines which of them are valid for a
        line, usually the first `frames(width)`.
        """


def line_inputs(height: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Makes the two inputs of a line model: images (B, H, W, 1) uint8 and widths (B,) int32."""
    images = keras.Input((height, None, 1), dtype="uint8", name="images")
    return images, keras.Input((), dtype="int32", name="widths")


@contextlib.contextmanager
def dtype_policy_scope(policy: str) -> Iterator[None]:
    """Sets Keras's dtype policy, such as "mixed_bfloat16", inside the context and restores the previous one after."""
    if policy not in POLICIES:
        raise UsageError(f"The dtype policy must be one of {', '.join(POLICIES)}, but is {policy!r}.")
    old = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(old)
