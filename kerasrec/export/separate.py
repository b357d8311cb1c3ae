"""Functions that are not inlined into the graph that calls them."""

from collections.abc import Callable
from typing import TypeVar

import tensorflow as tf

Function = TypeVar("Function", bound=Callable[..., tf.Tensor])


def separate(function: Function) -> Function:
    """Makes a function of tensors a single operation of the graph that calls it.

    TensorFlow otherwise copies all branches of a condition into the surrounding graph and also visits those not taken.
    An image takes one of many paths through hundreds of operations, and visiting the others took longer than decoding.
    """
    return tf.function(function, autograph=False, reduce_retracing=True, experimental_attributes={"_noinline": True})
