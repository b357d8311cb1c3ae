"""The devices that a training runs on: one, several of this machine, or those of several hosts."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context

from kerasrec.errors import UsageError
from kerasrec.training.cluster import Cluster
from kerasrec.training.joining import PATIENCE, join
from kerasrec.training.team import Team


@dataclass(frozen=True)
class Devices:
    """The devices of a training, which this process opened; by default the first of this machine.

    Attributes:
        strategy: The strategy of the devices.
        team: The workers, each with devices of its own.
        names: The names of this worker's devices.
    """

    strategy: tf.distribute.Strategy = field(default_factory=tf.distribute.get_strategy)
    team: Team = field(default_factory=Team)
    names: tuple[str, ...] = ()

    def choose_policy(self, kept: str, measure: Callable[..., str]) -> str:
        """Returns the Keras dtype policy of all devices, which is float32 if that is best on any of them.

        Args:
            kept: The policy of a run that continues; "" to choose one.
            measure: Returns the best policy on a device, given its name, or on this machine, given nothing.
        """
        if kept := self.team.share(kept):
            return kept
        own = _worst([measure(name) for name in self.names] or [measure()])
        return self.team.share(_worst(self.team.collect(own)))

    def check_batch_size(self, lines: int) -> None:
        """Raises UsageError if the lines of a batch are too few for the devices to have one each."""
        count = self.strategy.num_replicas_in_sync
        if lines < count:
            raise UsageError(f"A batch of {lines} lines is too small for {count} devices. Raise --batch-size.")

    def describe(self, policy: str) -> str:
        """Describes the devices and the precision: "Training on 2 GPUs in bfloat16."; "" for a single device."""
        count = self.strategy.num_replicas_in_sync
        if count == 1:
            return ""
        workers = self.team.cluster and len(self.team.cluster.addresses)
        kind = "GPU" if any("GPU" in name for name in self.names) else "CPU"
        hosts = f" of {workers} workers" if workers else ""
        return f"Training on {count} {kind}s{hosts}, in {policy.removeprefix('mixed_')}."


def _worst(policies: list[str]) -> str:
    return "float32" if "float32" in policies else policies[0]


@contextlib.contextmanager
def open_devices(count: str | None, cluster: Cluster | None, settings: dict[str, Any] | None) -> Iterator[Devices]:
    """Opens the devices of a training. Nothing may be computed before: TensorFlow then has chosen its devices.

    Args:
        count: How many GPUs of this machine to train on: a number or "all"; None for one, or with workers for all.
        cluster: The workers; None to train alone.
        settings: The settings of the run, as JSON; None if the worker takes those of the chief.

    Raises:
        UsageError: There are not as many devices, or the workers differ.
        WorkerLost: A worker does not answer.
    """
    wanted = _parse(count)
    if cluster is None:
        yield _open_here(wanted)
        return
    names = _limit_gpus(wanted)
    team, addresses = join(cluster, {"devices": _describe(names), "settings": settings})
    error: BaseException | None = None
    try:
        team.watch(_abort)
        with team.step(limit=PATIENCE):
            strategy = _connect(cluster.worker, addresses, names)
        yield Devices(strategy, team, names)
    except BaseException as raised:
        error = raised
        raise
    finally:
        team.leave(error)


def _parse(count: str | None) -> int | None:
    """Returns the number of devices; 0 for all of them, None if it is not given."""
    if count is None or count == "all":
        return None if count is None else 0
    if not count.isdecimal() or not int(count):
        raise UsageError(f"--devices must be all or a number from 1, not {count!r}.")
    return int(count)


def _open_here(wanted: int | None) -> Devices:
    gpus = len(tf.config.list_physical_devices("GPU"))
    count = 1 if wanted is None else wanted or gpus or 1
    if gpus and count > gpus:
        raise UsageError(f"This machine has {gpus} GPU{'s' if gpus > 1 else ''}, not {count}. Use --devices all.")
    if count == 1:
        return Devices()
    if not gpus:
        _divide_cpu(count)
    names = tuple(f"{'GPU' if gpus else 'CPU'}:{number}" for number in range(count))
    return Devices(tf.distribute.MirroredStrategy(list(names)), Team(), names)


def _divide_cpu(count: int) -> None:
    """Makes devices of the CPU, to try a training on several devices out."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError as error:
        raise UsageError(f"--devices {count} must be chosen before TensorFlow has started: {error}.") from error


def _limit_gpus(wanted: int | None) -> tuple[str, ...]:
    """Makes TensorFlow use so many GPUs of this host only; returns the names of the devices."""
    gpus = tf.config.list_physical_devices("GPU")
    if wanted and wanted > max(1, len(gpus)):
        here = f"{len(gpus)} GPUs" if gpus else "no GPU, and a worker trains on one device of a CPU"
        raise UsageError(f"--devices {wanted} cannot be: this host has {here}.")
    if wanted:
        gpus = gpus[:wanted]
        tf.config.set_visible_devices(gpus, "GPU")
    return tuple(f"GPU:{number}" for number in range(len(gpus))) or ("CPU:0",)


def _describe(names: tuple[str, ...]) -> str:
    return f"{len(names)} {names[0].partition(':')[0]}"


def _connect(worker: int, addresses: tuple[str, ...], names: tuple[str, ...]) -> tf.distribute.Strategy:
    """Starts TensorFlow's server of this worker and connects it with the others."""
    # The team watches the workers and names the one that is lost. TensorFlow's own watches are slower and name none.
    context.context().configure_coordination_service(service_type="")
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(addresses)}),
        task_type="worker",
        task_id=worker,
        num_accelerators={"GPU": sum("GPU" in name for name in names)},
        rpc_layer="grpc",
    )
    strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    strategy.extended._check_health_thread_should_stop.set()
    return strategy


def _abort(reason: str) -> None:
    """Ends steps that wait for a lost worker."""
    with contextlib.suppress(Exception):  # there may be none yet
        context.context().abort_collective_ops(tf.errors.UNAVAILABLE, reason)
