"""Training steps on one device, or on several that train on every batch together."""

from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from kerasrec.backend import keras
from kerasrec.lines.source import Batch
from kerasrec.objectives import ObjectiveLoss
from kerasrec.training.checkpoint import copy_variables

Pipeline = Callable[[range, int], tf.data.Dataset]
"""Opens the endless stream of some of the shares into which the lines of each batch are dealt; the number says of how
many."""


class Steps:
    """Takes training steps with a model on all devices of a strategy.

    Each device computes the loss and the gradients of its share of a batch. The gradients are summed over the devices
    before they are clipped, and the loss is the mean over the whole batch. So the steps are those of one device, within
    rounding and apart from dropout.

    A single device trains the model itself. Several train copies, which `collect` brings into the model.

    Args:
        model: The compiled model to train, which has an `ObjectiveLoss`.
        make_copy: Makes another such model.
        strategy: The strategy of the devices.
        pipeline: The batches.
    """

    def __init__(
        self,
        model: keras.Model,
        make_copy: Callable[[], keras.Model],
        strategy: tf.distribute.Strategy,
        pipeline: Pipeline,
    ) -> None:
        self._model, self._trained, self._strategy = model, model, strategy
        if strategy.num_replicas_in_sync > 1:
            with strategy.scope():
                self._trained = make_copy()
            _take_summed_gradients(self._trained.optimizer)
            copy_variables(model, self._trained)
        self._loss = next(layer for layer in self._trained.layers if isinstance(layer, ObjectiveLoss))
        self._batches = iter(strategy.distribute_datasets_from_function(lambda context: _open(pipeline, context)))
        self._losses, self._count = 0.0, 0

    def start_epoch(self) -> None:
        """Restarts the sums that `step` returns."""
        self._losses, self._count = 0.0, 0
        self._reset()

    def step(self) -> dict[str, float]:
        """Trains on the next batch; returns the epoch's infeasible lines so far, and the mean loss of its batches."""
        if self._trained is not self._model:
            self._trained.optimizer.learning_rate = float(self._model.optimizer.learning_rate)
        loss, infeasible = self._step(self._batches)
        self._losses, self._count = self._losses + float(loss), self._count + 1
        return {"infeasible": float(infeasible), "loss": self._losses / self._count}

    def collect(self) -> None:
        """Brings the variables of the trained copies into the model."""
        if self._trained is not self._model:
            copy_variables(self._trained, self._model)

    @tf.function
    def _reset(self) -> None:
        self._strategy.run(self._loss.infeasible.reset_state)  # on each device: from outside, it would read them all

    @tf.function(reduce_retracing=True, autograph=False)
    def _step(self, batches: Iterator[Batch]) -> tuple[tf.Tensor, tf.Tensor]:
        loss, infeasible = self._strategy.run(self._train, args=(next(batches),))
        first = self._strategy.experimental_local_results  # all devices return the same
        return first(loss)[0], first(infeasible)[0]

    def _train(self, batch: Batch) -> tuple[tf.Tensor, tf.Tensor]:
        """Trains on a device's share of a batch; returns the batch's loss, and the epoch's infeasible lines."""
        model, optimizer = self._trained, self._trained.optimizer
        with tf.GradientTape() as tape:
            model(batch, training=True)
            # Devices take turns, in the same layers, whenever values are summed over them: so read the layers first.
            own = self._loss.losses
            loss, terms, infeasible = sum(own), self._loss.terms, self._loss.infeasible.result()
            others = sum(each for each in model.losses if not any(each is one for one in own))
            loss = loss * (terms / tf.maximum(_sum(terms), 1.0)) + others / self._strategy.num_replicas_in_sync
            scaled = optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, model.trainable_variables)
        loss, infeasible, *summed = _sum([loss, infeasible, *(each for each in gradients if each is not None)])
        values = iter(summed)
        optimizer.apply([each if each is None else next(values) for each in gradients], model.trainable_variables)
        return loss, infeasible


def _open(pipeline: Pipeline, context: tf.distribute.InputContext) -> tf.data.Dataset:
    """Opens the stream of the shares of this host's devices, which get them in turn."""
    devices = context.num_replicas_in_sync // context.num_input_pipelines
    first = context.input_pipeline_id * devices
    return pipeline(range(first, first + devices), context.num_replicas_in_sync)


def _sum(values: Any) -> Any:
    """Sums values over all devices; every device gets the sums."""
    devices = tf.distribute.get_replica_context()
    if devices.num_replicas_in_sync == 1:
        return values
    values = tf.nest.map_structure(tf.identity, values)  # the value of a variable names no device to sum on
    return devices.all_reduce(tf.distribute.ReduceOp.SUM, values)


def _take_summed_gradients(optimizer: keras.optimizers.Optimizer) -> None:
    """Keeps an optimizer from summing gradients over the devices, which it would do only after it has clipped them."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # that of float16's LossScaleOptimizer
    inner._all_reduce_sum_gradients = lambda gradients_and_variables: gradients_and_variables
