"""How the workers of a training find each other: each reports to the chief, which checks that all are alike."""

import contextlib
import ipaddress
import json
import socket
import time
from typing import Any

from kerasrec import __version__
from kerasrec.errors import UsageError, WorkerLost
from kerasrec.training.channel import Channel
from kerasrec.training.cluster import Cluster
from kerasrec.training.team import Team

PATIENCE = 45.0
"""Seconds that the workers wait for each other."""

Report = dict[str, Any]
"""What a worker reports: its devices and its settings, which are None if it takes those of the chief."""


def join(cluster: Cluster, report: Report) -> tuple[Team, tuple[str, ...]]:
    """Waits until all workers have reported to the chief, which listens at its address.

    Returns:
        The team, and the addresses for the servers of TensorFlow: those of the cluster, but a free port of the chief's.

    Raises:
        UsageError: The port of this worker is in use, or the workers differ in their version, addresses, devices or
            settings.
        WorkerLost: A worker does not report in time, or the chief does not answer.
    """
    report = json.loads(json.dumps({"version": __version__, "addresses": cluster.addresses, **report}))
    with _listen(cluster.addresses[cluster.worker]) as server:
        if cluster.worker == 0:
            return _gather(cluster, report, server)
    return _report(cluster, report)


def _gather(cluster: Cluster, report: Report, server: socket.socket) -> tuple[Team, tuple[str, ...]]:
    channels: dict[int, Channel] = {}
    try:
        deadline = time.monotonic() + PATIENCE
        while len(channels) < len(cluster.addresses) - 1:
            if found := _accept(cluster, server, deadline, channels):
                number, theirs, channel = found
                channels[number] = channel
                _compare(report, theirs, cluster.name(number))
        addresses = [f"{_split(cluster.addresses[0])[0]}:{_free_port()}", *cluster.addresses[1:]]
        for channel in channels.values():
            channel.send({"addresses": addresses})
    except BaseException as error:
        for channel in channels.values():
            with contextlib.suppress(OSError):
                channel.send({"refused": str(error), "usage": isinstance(error, UsageError)})
            channel.close()
        raise
    return Team(cluster, dict(sorted(channels.items()))), tuple(addresses)


def _accept(
    cluster: Cluster, server: socket.socket, deadline: float, known: dict[int, Channel]
) -> tuple[int, Report, Channel] | None:
    """Accepts the next worker; None for a stranger.

    Raises:
        WorkerLost: No worker reports before the deadline.
    """
    try:
        server.settimeout(max(0.01, deadline - time.monotonic()))
        connection, _ = server.accept()
    except TimeoutError:
        missing = [cluster.name(number) for number in range(1, len(cluster.addresses)) if number not in known]
        raise WorkerLost(
            f"{', '.join(missing)} did not report within {PATIENCE:g} s. Start every worker with the "
            "same command but its own --worker, and check that its host reaches this one."
        ) from None
    channel = Channel(connection)
    try:
        channel.set_timeout(5)
        report = channel.read(is_greeting=True)
        number = int(report["worker"])
        if number in known:
            channel.send({"refused": f"{cluster.name(number)} has reported already.", "usage": True})
        if number not in range(1, len(cluster.addresses)) or number in known:
            raise ValueError
        channel.set_timeout(PATIENCE)
        return number, report, channel
    except (OSError, ValueError, TypeError, KeyError):
        channel.close()
        return None


def _report(cluster: Cluster, report: Report) -> tuple[Team, tuple[str, ...]]:
    chief = cluster.name(0)
    channel = Channel(_connect(cluster))
    try:
        channel.set_timeout(PATIENCE + 10)  # the chief waits for all others
        channel.send({**report, "worker": cluster.worker})
        answer = channel.read()
    except (OSError, ValueError) as error:
        channel.close()
        raise WorkerLost(f"{chief} has ended before all workers had reported. Start all workers again.") from error
    if "refused" in answer:
        channel.close()
        raise (UsageError if answer["usage"] else WorkerLost)(answer["refused"])
    return Team(cluster, {0: channel}), tuple(answer["addresses"])


def _connect(cluster: Cluster) -> socket.socket:
    host, port = _split(cluster.addresses[0])
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection((host, port), timeout=5)
        except OSError as error:
            if time.monotonic() > deadline:
                reason = error.strerror or error
                raise WorkerLost(
                    f"{cluster.name(0)} did not answer within {PATIENCE:g} s: {reason}. Start it with "
                    "--worker 0, and check its address."
                ) from error
            time.sleep(0.5)


def _compare(mine: Report, theirs: Report, name: str) -> None:
    """Raises UsageError if a worker differs from the chief."""
    for what in ("version", "addresses", "devices"):
        if mine[what] != theirs.get(what):
            label = {"version": "kerasrec", "addresses": "the workers", "devices": "the devices"}[what]
            raise UsageError(
                f"{name} has {label} {_show(theirs.get(what))}, but worker 0 has {_show(mine[what])}. All workers must "
                "have the same."
            )
    others = theirs.get("settings")
    if others is None:
        return
    for field in sorted({*others, *mine["settings"]}):
        left, right = others.get(field), mine["settings"].get(field)
        if left != right:
            raise UsageError(
                f"{name} was started with {field} {left!r}, but worker 0 with {right!r}. Start all workers with the "
                "same options."
            )


def _show(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _listen(address: str) -> socket.socket:
    """Listens at an address: on all interfaces, unless its host is this machine's own loopback.

    Raises:
        UsageError: The port is in use or not allowed.
    """
    host, port = _split(address)
    try:
        return socket.create_server((host if _is_loopback(host) else "", port), family=_family(host))
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(
            f"This worker cannot listen at {address}: {reason}. Choose a free port of its host."
        ) from error


def _free_port() -> int:
    with socket.create_server(("", 0)) as server:
        return int(server.getsockname()[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(address: str) -> tuple[str, int]:
    """Splits HOST:PORT; the host of "[::1]:2222" is "::1"."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
