"""The loss of an objective as a layer of the training model."""

from typing import Any

from kerasrec.backend import keras, ops
from kerasrec.objectives.objective import Objective, Tensor


class ObjectiveLoss(keras.layers.Layer):
    """Adds the loss of an objective to a model and returns the logits unchanged.

    `infeasible` in the logs of `fit` and `evaluate` is the number of lines in the epoch so far that need more frames
    than they have. The layer computes in float32 under every dtype policy.

    >>> import numpy as np
    >>> from kerasrec.objectives import CTC
    >>> layer = ObjectiveLoss(CTC())
    >>> logits = layer(np.zeros((1, 2, 5), "float32"), np.array([2]), np.array([[4]]), np.array([1]))
    >>> round(float(layer.losses[0]), 4)  # 3 alignments of 25
    2.1203

    Attributes:
        terms: () float32, the number of terms of the latest loss, by which the losses of several devices are weighted.

    Args:
        objective: The objective that computes the loss.
        name: The name of the layer.
    """

    def __init__(self, objective: Objective, name: str = "loss") -> None:
        super().__init__(name=name, dtype="float32")
        self.objective = objective
        self.infeasible = keras.metrics.Sum(name="infeasible")

    def call(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """Adds the loss; the arguments are those of `Objective.losses`, and the logits are returned unchanged."""
        losses, terms = self.objective.losses(logits, frames, labels, lengths)
        self.terms = ops.sum(terms)
        self.add_loss(ops.sum(losses) / ops.maximum(self.terms, 1.0))
        needed = self.objective.required_frames(labels, lengths)
        infeasible = ops.cast(needed, "int32") > ops.cast(frames, "int32")
        self.infeasible.update_state(ops.cast(infeasible, "float32"))
        return logits

    def compute_output_shape(self, logits_shape: Any, *others: Any, **named: Any) -> Any:
        """Returns the shape of the logits."""
        return logits_shape
