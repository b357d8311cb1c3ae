"""kerasrec's own calls between the chief of a search and its workers, beside those of KerasTuner's oracle.

They carry what KerasTuner's do not: the settings of the search, signs of life, and why a trial failed.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import grpc

from kerasrec.errors import UsageError

Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""Answers a call: plain values for plain values."""

_SERVICE = "kerasrec.Search"


def handler(answers: Mapping[str, Answer]) -> grpc.GenericRpcHandler:
    """Makes what a gRPC server answers calls with, by their names."""

    def method(answer: Answer) -> grpc.RpcMethodHandler:
        def reply(request: dict[str, Any], context: Any) -> dict[str, Any]:
            try:
                return answer(request)
            except Exception as error:
                context.abort(grpc.StatusCode.ABORTED, str(error))
                raise

        return grpc.unary_unary_rpc_method_handler(reply, request_deserializer=_decode, response_serializer=_encode)

    return grpc.method_handlers_generic_handler(_SERVICE, {name: method(each) for name, each in answers.items()})


def call(channel: grpc.Channel, name: str, values: dict[str, Any], seconds: float, wait: bool = True) -> dict[str, Any]:
    """Calls the other side; raises grpc.RpcError where it does not answer within so many seconds.

    Args:
        channel: To the chief.
        name: Of the call.
        values: What to say.
        seconds: To wait for the answer.
        wait: Whether to wait for a chief that is not there, too.
    """
    send = channel.unary_unary(f"/{_SERVICE}/{name}", request_serializer=_encode, response_deserializer=_decode)
    return send(values, timeout=seconds, wait_for_ready=wait)


def check_address(text: str) -> str:
    """A HOST:PORT that can be one; raises UsageError for another."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 2**16):
        raise UsageError(f"--chief-address needs HOST:PORT, such as 127.0.0.1:8000, not {text!r}.")
    return text


def check_worker(text: str) -> str:
    """A name that a worker can have, which names a folder of its own; raises UsageError for another."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
        raise UsageError(
            "--worker needs a name of at most 64 letters, digits and . _ - that begins with a letter or a digit, "
            f"such as worker1, not {text!r}."
        )
    return text


def _encode(values: dict[str, Any]) -> bytes:
    return json.dumps(values).encode()


def _decode(message: bytes) -> dict[str, Any]:
    return json.loads(message)
