"""Functions that stay functions in a graph."""

from collections.abc import Callable
from typing import TypeVar

import tensorflow as tf

Function = TypeVar("Function", bound=Callable[..., tf.Tensor])


def separate(function: Function) -> Function:
    """Makes a function of tensors one operation of the graph that calls it.

    TensorFlow copies all branches of a condition into the graph around it and walks through those not taken, too. A
    picture takes one of many ways through hundreds of operations, so that this took longer than to decode it.
    """
    return tf.function(function, autograph=False, reduce_retracing=True, experimental_attributes={"_noinline": True})
