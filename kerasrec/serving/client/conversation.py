"""The requests to a server and the handling of its answers, without sending or waiting.

A conversation is a generator: it yields a call with its request, receives the response through `send` or the error
through `throw`, and returns a result. The blocking client and the asyncio client share it, and differ only in waiting.
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

Outcome: TypeAlias = Reading | BadImage | ServerTimeout
"""The reading of an image, or why there is none: the image cannot be read, or the server took too long for it alone."""


@dataclass(frozen=True)
class VersionStatus:
    """The state of a model's version: START, LOADING, AVAILABLE, UNLOADING or END, and its error if it failed."""

    version: int
    state: str
    error: str = ""


def read_pictures(
    connection: Connection, loaded: Sequence[Picture | BadImage], ink: str = "auto"
) -> Conversation[list[Outcome]]:
    """Reads images in one request; an image that could not be loaded keeps its error in its place."""
    good = [picture for picture in loaded if isinstance(picture, Picture)]
    outcomes = iter((yield from _read(connection, good, wire.READERS[ink])) if good else [])
    return [next(outcomes) if isinstance(each, Picture) else each for each in loaded]


def _read(
    connection: Connection,
    pictures: Sequence[Picture],
    signature: str,
    is_repeated: bool = False,
    is_slow_halved: bool = True,
) -> Conversation[list[Outcome]]:
    """Reads images together; if the server refuses them or is late, reads each half separately.

    A single image that is refused is sent once more: a server that merges requests refuses all of them for one bad one.
    The second half is not halved further if the server was late for every image of the first: it may not answer at all.
    """
    request = PredictRequest()
    request.model_spec.name = connection.model
    request.model_spec.signature_name = signature
    if connection.version is not None:
        request.model_spec.version.value = connection.version
    if connection.label is not None:
        request.model_spec.version_label = connection.label
    request.inputs[wire.IMAGE_BYTES].CopyFrom(write_strings([picture.content for picture in pictures]))
    try:
        response = yield PREDICT, request
    except Refusal as refusal:
        if len(pictures) == 1 and is_repeated:
            return [BadImage(f"{pictures[0].name} was refused by {connection.target}: {refusal}")]
        if len(pictures) == 1:
            return (yield from _read(connection, pictures, signature, is_repeated=True))
        half = len(pictures) // 2
        first = yield from _read(connection, pictures[:half], signature)
        return first + (yield from _read(connection, pictures[half:], signature))
    except ServerTimeout as error:
        if len(pictures) == 1 or not is_slow_halved:
            return [ServerTimeout(f"{picture.name} was not read: {error}") for picture in pictures]
        half = len(pictures) // 2
        first = yield from _read(connection, pictures[:half], signature)
        is_alive = any(not isinstance(outcome, ServerTimeout) for outcome in first)
        return first + (yield from _read(connection, pictures[half:], signature, is_slow_halved=is_alive))
    try:
        return list(to_readings(response.outputs, len(pictures)))
    except ValueError as error:
        raise WrongServer(
            f"Model {connection.model!r} at {connection.target} was not written by `kerasrec export`: {error}. Choose "
            "another model."
        ) from error


def fetch_status(connection: Connection) -> Conversation[tuple[VersionStatus, ...]]:
    """Returns the states of a model's versions in ascending order, or of one version if the connection names one.

    If a label is given, TensorFlow Serving reports all versions.
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
    """Returns why a server is not ready to read with the model, or "" if it is ready.

    Checks the server's health, a service that TensorFlow Serving has off by default, and the model's status.
    """
    try:
        health = yield CHECK_HEALTH, HealthCheckRequest()
        if health.status != SERVING:
            return f"{connection.target} is starting or shutting down."
    except WrongServer:
        pass  # without a health service, the model's status decides
    except (ServerUnavailable, ServerTimeout, ServerBusy) as error:
        return str(error)
    try:
        versions = yield from fetch_status(connection)
    except (ServerUnavailable, ServerTimeout, ServerBusy, UnknownModel) as error:
        return str(error)
    if any(each.state == STATES[AVAILABLE] for each in versions):
        return ""
    states = ", ".join(f"{each.version} is {each.state} {each.error}".rstrip() for each in versions)
    return f"No version of model {connection.model!r} at {connection.target} is available: {states or 'it has none'}."
