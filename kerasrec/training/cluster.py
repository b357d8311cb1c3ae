"""The addresses of the workers of a training on several hosts, from options or from TF_CONFIG."""

import json
from dataclasses import dataclass

from kerasrec.errors import UsageError

_EXAMPLE = "host1:2222,host2:2222"


@dataclass(frozen=True)
class Cluster:
    """The workers of a training.

    Attributes:
        addresses: The HOST:PORT of each worker; the first is the chief, which writes the run.
        worker: The number of this process among them.
    """

    addresses: tuple[str, ...]
    worker: int

    def name(self, worker: int) -> str:
        """Returns how messages name a worker: "Worker 1 (host2:2222)"."""
        return f"Worker {worker} ({self.addresses[worker]})"


def find_cluster(workers: str | None, worker: int | None, tf_config: str | None) -> Cluster | None:
    """Returns the cluster that the options --workers and --worker or the variable TF_CONFIG describe; None without any.

    Raises:
        UsageError: They contradict each other, an address is malformed, or the worker is not among them.
    """
    if workers is None and worker is None:
        return None if not tf_config else _parse_tf_config(tf_config)
    if tf_config:
        raise UsageError("Both --workers and TF_CONFIG name the workers. Leave out --workers, or unset TF_CONFIG.")
    if workers is None or worker is None:
        given, missing = ("--worker", "--workers") if workers is None else ("--workers", "--worker")
        value = _EXAMPLE if missing == "--workers" else "0"
        raise UsageError(f"{given} needs {missing} as well, such as {missing} {value}.")
    return _make(tuple(address.strip() for address in workers.split(",")), worker, "--workers")


def _make(addresses: tuple[str, ...], worker: int, source: str) -> Cluster:
    for address in addresses:
        host, colon, port = address.rpartition(":")
        if not (colon and host and port.isdecimal() and 0 < int(port) < 2**16):
            raise UsageError(f"{source} must be addresses HOST:PORT, such as {_EXAMPLE}, but has {address!r}.")
        if addresses.count(address) > 1:
            raise UsageError(f"{source} has {address} more than once. Give each worker an address of its own.")
    if not 0 <= worker < len(addresses):
        raise UsageError(
            f"{source} has {len(addresses)} workers, so the number of this one must be from 0 to {len(addresses) - 1}, "
            f"not {worker}."
        )
    return Cluster(addresses, worker)


def _parse_tf_config(text: str) -> Cluster:
    """Parses TF_CONFIG; a job "chief" is worker 0, as TensorFlow has it, followed by those of the job "worker"."""
    try:
        values = json.loads(text)
        jobs, task = dict(values["cluster"]), values["task"]
        kind, index = task["type"], int(task["index"])
        chiefs, others = list(jobs.pop("chief", [])), list(jobs.pop("worker", []))
        addresses = tuple(str(address) for address in chiefs + others)
        if jobs or kind not in ("chief", "worker") or not addresses:
            raise ValueError(f"its jobs can only be chief and worker, not {', '.join([*jobs, kind])}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise UsageError(
            f"TF_CONFIG cannot be used: {reason}. It must be such as "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}, or unset.'
        ) from error
    return _make(addresses, index + len(chiefs) * (kind == "worker"), "TF_CONFIG")
