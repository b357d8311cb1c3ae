"""The settings of a client's connection: the address, the model, deadlines, retries and TLS."""

import json
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from kerasrec.errors import UsageError
from kerasrec.serving.client.protocol import CALLS, MODEL_SERVICE, PREDICTION_SERVICE

MOST_RETRIES = 4
"""The most retries that gRPC makes."""

PAUSE = 0.1
"""Seconds between two checks whether a server is ready."""

_FIRST_PAUSE = 0.1  # seconds before the first retry; each further pause is twice as long
_LONGEST_PAUSE = 1.0
_MOST_BYTES = 2**31 - 1
_MOST_SECONDS = 1_000_000  # gRPC adds the timeout to its clock, and treats a sum that overflows as already passed
_LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[::1\]):\d+")
_SCHEMES = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "xds:")


@dataclass(frozen=True)
class TLS:
    """The certificate files of a TLS connection, in PEM format.

    Attributes:
        ca: The CA certificates to verify the server's certificate with; None uses gRPC's own.
        cert: The client's certificate, for servers that require one.
        key: The private key of `cert`.
    """

    ca: Path | str | None = None
    cert: Path | str | None = None
    key: Path | str | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """Reads the files.

        Raises:
            UsageError: A file cannot be read or is not PEM, a certificate or key is missing, or they do not match.
        """
        if (self.cert is None) != (self.key is None):
            given, missing = ("cert", "key") if self.key is None else ("key", "cert")
            raise UsageError(f"A client certificate needs both cert and key, but only {given} is given. Add {missing}.")
        ca, cert, key = (None if path is None else _read(path) for path in (self.ca, self.cert, self.key))
        self._check(ca)
        return grpc.ssl_channel_credentials(ca, key, cert)

    def _check(self, ca: bytes | None) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if ca is not None:
                context.load_verify_locations(cadata=ca.decode())
            if self.cert is not None:
                context.load_cert_chain(self.cert, self.key, password="")
        except (ssl.SSLError, ValueError) as error:
            if ca is not None and not context.get_ca_certs():
                raise UsageError(f"Expected certificates in PEM format, but {self.ca} has none ({error}).") from error
            raise UsageError(
                f"Expected a certificate and its matching key in PEM format, but received {self.cert} and {self.key} "
                f"({error}). The key must not have a password."
            ) from error


@dataclass(frozen=True)
class Connection:
    """The settings of a client.

    Attributes:
        target: "HOST:PORT", or a gRPC target such as "unix:/run/lines.sock".
        model: The model's name.
        timeout: The time limit for each request in seconds, including its retries.
        version: The version of the model; None leaves the choice to the server.
        label: The label of the version, such as "stable", instead of its number.
        tls: The certificate files for TLS; None connects without TLS.
        retries: The number of retries when the server is unavailable, 0 to `MOST_RETRIES`.

    Raises:
        UsageError: A value is invalid.
    """

    target: str
    model: str
    timeout: float
    version: int | None
    label: str | None
    tls: TLS | None
    retries: int

    def __post_init__(self) -> None:
        _check_target(self.target)
        for name, text in (("server", self.target), ("model", self.model), ("label", self.label or "")):
            _check_text(name, text)
        if not self.model:
            raise UsageError(
                "Expected the name of a model, but received an empty one. "
                "`kerasrec serve` uses the name of the model's folder unless --name is given."
            )
        if not 0 < self.timeout < _MOST_SECONDS:
            raise UsageError(
                f"Expected a timeout above 0 seconds and below {_MOST_SECONDS:,}, but received {self.timeout}. Give 5, "
                "for example."
            )
        if self.version is not None and not 0 <= self.version < 2**63:
            raise UsageError(
                f"Expected a version from 0 to {2**63 - 1}, but received {self.version}. `kerasrec status` shows the "
                "versions of a model."
            )
        if self.version is not None and self.label is not None:
            raise UsageError(
                f"Expected either a version or a label, but received version {self.version} and label {self.label!r}. "
                "Leave one out."
            )
        if not 0 <= self.retries <= MOST_RETRIES:
            raise UsageError(f"Expected 0 to {MOST_RETRIES} retries, but received {self.retries}. gRPC allows no more.")

    def open(self, library: Any) -> Any:
        """Creates a channel, which connects when it is first used; `library` is grpc or grpc.aio.

        Raises:
            UsageError: A TLS file cannot be used.
        """
        if self.tls is None:
            return library.insecure_channel(self.target, self._options())
        return library.secure_channel(self.target, self.tls.credentials(), self._options())

    def _options(self) -> list[tuple[str, Any]]:
        return [
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            ("grpc.service_config", json.dumps(self._service_config())),
            ("grpc.per_rpc_retry_buffer_size", _MOST_BYTES),  # otherwise a request above 256 KiB is not retried
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),  # the default notices a restarted server after up to 2 minutes
            ("grpc.use_local_subchannel_pool", 1),  # each client has its own connection
            ("grpc.enable_http_proxy", int(not _LOOPBACK.fullmatch(self.target))),  # localhost differs behind a proxy
        ]

    def _service_config(self) -> dict[str, Any]:
        if not self.retries:
            return {}
        policy = {
            "maxAttempts": self.retries + 1,
            "initialBackoff": f"{_FIRST_PAUSE}s",
            "maxBackoff": f"{_LONGEST_PAUSE}s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"],
        }
        names = [{"service": PREDICTION_SERVICE}, {"service": MODEL_SERVICE}]  # a health check must fail at once
        return {"methodConfig": [{"name": names, "retryPolicy": policy}]}


def bind(channel: Any) -> dict[str, Any]:
    """Returns the calls of a channel, keyed by their paths."""
    return {
        call.path: channel.unary_unary(
            call.path,
            request_serializer=call.request.SerializeToString,
            response_deserializer=call.response.FromString,
        )
        for call in CALLS
    }


def _check_target(target: str) -> None:
    if target.startswith(_SCHEMES):
        return
    found = re.fullmatch(r"(\[[0-9a-fA-F:.%]+\]|[^\s:/\[\]]+):(\d{1,5})", target)
    if not found or not 0 < int(found[2]) < 2**16:
        raise UsageError(
            f"Expected a server's HOST:PORT, such as localhost:8500, but received {target!r}. Give the gRPC port, not "
            "the REST port."
        )


def _check_text(name: str, text: str) -> None:
    """Raises UsageError for text that is not UTF-8, such as a command-line argument in another encoding."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"Expected the name of a {name} in UTF-8, but received {text!r}. Type it again.") from error


def _read(path: Path | str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Give a PEM file.") from error
