"""What is asked of a server and made of its answers, as steps that neither send nor wait.

A conversation is a generator: it yields a call with its request, is sent the response, and returns a result; a call
that failed is thrown into it. So the blocking client and the one of asyncio share all but the waiting.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, ServerBusy, ServerTimeout, ServerUnavailable, UnknownModel, WrongServer
from kerasrec.serving import wire
from kerasrec.serving.client.connection import Connection
from kerasrec.serving.client.encoded_images import Picture
from kerasrec.serving.client.failures import Refusal
from kerasrec.serving.client.protocol import (
    AVAILABLE,
    CHECK_HEALTH,
    GET_MODEL_STATUS,
    PREDICT,
    SERVING,
    STATES,
    Call,
    GetModelStatusRequest,
    HealthCheckRequest,
    PredictRequest,
)
from kerasrec.serving.client.responses import to_readings
from kerasrec.serving.client.tensors import write_strings

T = TypeVar("T")
Conversation: TypeAlias = Generator[tuple[Call, Any], Any, T]


@dataclass(frozen=True)
class VersionStatus:
    """The state of a model's version: START, LOADING, AVAILABLE, UNLOADING or END, and why it failed if it did."""

    version: int
    state: str
    error: str = ""


def read_pictures(
    connection: Connection, loaded: Sequence[Picture | BadImage]
) -> Conversation[list[Reading | BadImage]]:
    """Reads pictures in one request; what was bad before stays in its place."""
    good = [picture for picture in loaded if isinstance(picture, Picture)]
    outcomes = iter((yield from _read(connection, good)) if good else [])
    return [next(outcomes) if isinstance(each, Picture) else each for each in loaded]


def _read(
    connection: Connection, pictures: Sequence[Picture], is_repeated: bool = False
) -> Conversation[list[Reading | BadImage]]:
    """Reads pictures together, or each half alone where the server refuses them, which finds a bad one soon.

    What is refused alone is sent once more: a server that merges requests refuses them all for a bad one among them.
    """
    request = PredictRequest()
    request.model_spec.name = connection.model
    request.model_spec.signature_name = wire.SERVING_DEFAULT
    if connection.version is not None:
        request.model_spec.version.value = connection.version
    if connection.label is not None:
        request.model_spec.version_label = connection.label
    request.inputs[wire.IMAGE_BYTES].CopyFrom(write_strings([picture.content for picture in pictures]))
    try:
        response = yield PREDICT, request
    except Refusal as refusal:
        if len(pictures) == 1 and is_repeated:
            return [BadImage(f"{pictures[0].name} is refused by {connection.target}: {refusal}")]
        if len(pictures) == 1:
            return (yield from _read(connection, pictures, is_repeated=True))
        half = len(pictures) // 2
        first = yield from _read(connection, pictures[:half])
        return first + (yield from _read(connection, pictures[half:]))
    try:
        return list(to_readings(response.outputs, len(pictures)))
    except ValueError as error:
        raise WrongServer(
            f"Model {connection.model!r} at {connection.target} is none that `kerasrec export` wrote: {error}. Name "
            "another one."
        ) from error


def fetch_status(connection: Connection) -> Conversation[tuple[VersionStatus, ...]]:
    """Asks for the states of a model's versions, in ascending order; of one, if the connection names one.

    TensorFlow Serving answers for all versions where a label is given.
    """
    request = GetModelStatusRequest()
    request.model_spec.name = connection.model
    if connection.version is not None:
        request.model_spec.version.value = connection.version
    response = yield GET_MODEL_STATUS, request
    return tuple(
        VersionStatus(each.version, STATES.get(each.state, str(each.state)), each.status.error_message)
        for each in sorted(response.model_version_status, key=lambda each: each.version)
    )


def find_obstacle(connection: Connection) -> Conversation[str]:
    """Finds out what keeps a server from reading with the model; "" if nothing does.

    Asks for the server's health, which few servers of TensorFlow have switched on, and for the model's status.
    """
    try:
        health = yield CHECK_HEALTH, HealthCheckRequest()
        if health.status != SERVING:
            return f"{connection.target} is starting or going down."
    except WrongServer:
        pass  # without a health service the model's status tells
    except (ServerUnavailable, ServerTimeout, ServerBusy) as error:
        return str(error)
    try:
        versions = yield from fetch_status(connection)
    except (ServerUnavailable, ServerTimeout, ServerBusy, UnknownModel) as error:
        return str(error)
    if any(each.state == STATES[AVAILABLE] for each in versions):
        return ""
    states = ", ".join(f"{each.version} is {each.state} {each.error}".rstrip() for each in versions)
    return f"No version of model {connection.model!r} at {connection.target} is available: {states or 'there is none'}."
