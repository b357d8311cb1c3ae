"""kerasrec's own calls between the chief of a search and its workers, in addition to those of KerasTuner's oracle.

They carry what KerasTuner's calls do not: the settings of the search, heartbeats, and why a trial failed.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import grpc

from kerasrec.errors import UsageError

CallHandler = Callable[[dict[str, Any]], dict[str, Any]]
"""Answers a call: takes plain values and returns plain values."""

_SERVICE = "kerasrec.Search"


def rpc_handler(handlers: Mapping[str, CallHandler]) -> grpc.GenericRpcHandler:
    """Makes the handler of a gRPC server from the handlers of calls by name."""

    def method(handle: CallHandler) -> grpc.RpcMethodHandler:
        def reply(request: dict[str, Any], context: Any) -> dict[str, Any]:
            try:
                return handle(request)
            except Exception as error:
                context.abort(grpc.StatusCode.ABORTED, str(error))
                raise

        return grpc.unary_unary_rpc_method_handler(reply, request_deserializer=_decode, response_serializer=_encode)

    return grpc.method_handlers_generic_handler(_SERVICE, {name: method(each) for name, each in handlers.items()})


def call(channel: grpc.Channel, name: str, values: dict[str, Any], seconds: float, wait: bool = True) -> dict[str, Any]:
    """Calls the chief; raises grpc.RpcError if it does not answer in time.

    Args:
        channel: The channel to the chief.
        name: The name of the call.
        values: The request.
        seconds: Seconds to wait for the answer.
        wait: Whether to wait also for a chief that is not running.
    """
    send = channel.unary_unary(f"/{_SERVICE}/{name}", request_serializer=_encode, response_deserializer=_decode)
    return send(values, timeout=seconds, wait_for_ready=wait)


def check_address(text: str) -> str:
    """Returns a valid HOST:PORT; raises UsageError for an invalid one."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 2**16):
        raise UsageError(f"--chief-address must be HOST:PORT, such as 127.0.0.1:8000, but is {text!r}.")
    return text


def check_worker(text: str) -> str:
    """Returns a valid name of a worker, which is also the name of its folder; raises UsageError for an invalid one."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
        raise UsageError(
            "--worker must be a name of at most 64 letters, digits and . _ - that starts with a letter or a digit, "
            f"such as worker1, but is {text!r}."
        )
    return text


def _encode(values: dict[str, Any]) -> bytes:
    return json.dumps(values).encode()


def _decode(message: bytes) -> dict[str, Any]:
    return json.loads(message)
