"""Turns gRPC's status codes and messages into errors with a remedy."""

import re

import grpc

from kerasrec.errors import (
    BadTLS,
    ServerBusy,
    ServerError,
    ServerTimeout,
    ServerUnavailable,
    UnknownModel,
    WrongServer,
    plain_reason,
)
from kerasrec.serving import wire
from kerasrec.serving.client.connection import Connection

_LONGEST_TEXT = 500  # characters of a server's message that are repeated
_WRONG_MODEL = re.compile(
    r"input size does not match|Signature input alias|Expects arg\[|tensor parsing error|Serving signature key"
)
_NO_INK = re.compile(rf'Serving signature key "({wire.DARK_INK}|{wire.LIGHT_INK})" not found')
_NOT_REACHABLE = re.compile(
    r"^errors resolving|^DNS resolution failed|Connection refused|timed out|No route to host|is unreachable|"
    r"No such file or directory"  # of a socket
)
_IS_BUSY = re.compile(
    r"batch scheduling queue .*is full|server is busy with|has no memory for more requests|receives too many requests"
)


class Refusal(ServerError):
    """A server refused the images of a request, their number or their size; the message is its reason."""


def explain(error: grpc.RpcError, connection: Connection, is_closed: bool = False) -> ServerError:
    """Returns the error for a failed call.

    Args:
        error: The error that gRPC raised.
        connection: The settings of the client.
        is_closed: Whether the client was closed meanwhile. Like a server that shuts down, it cancels running calls.
    """
    code, text = error.code(), error.details() or ""
    if code is grpc.StatusCode.CANCELLED and is_closed:
        explained = explain_closing(connection)
    elif code is grpc.StatusCode.UNAVAILABLE:
        explained = _explain_unavailable(text, connection)
    else:
        explained = _explain(code, _clean(text), connection)
    explained.__cause__ = error
    return explained


def explain_closing(connection: Connection) -> ServerError:
    """Returns the error of a request that was running when its client was closed."""
    return ServerError(f"The request to {connection.target} was cancelled because the client was closed.")


def _explain(code: grpc.StatusCode, text: str, connection: Connection) -> ServerError:
    target = connection.target
    match code:
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return ServerTimeout(
                f"{target} did not answer within {connection.timeout:g} s. It is unreachable or overloaded: check the "
                "server, raise the timeout, or send fewer images at a time."
            )
        case grpc.StatusCode.NOT_FOUND:
            return _unknown(text, connection)
        case grpc.StatusCode.UNIMPLEMENTED:
            return WrongServer(f"{target} is a gRPC server, but not a model server ({text}). Check the port.")
        case grpc.StatusCode.FAILED_PRECONDITION if missing := _NO_INK.search(text):
            return WrongServer(
                f"Model {connection.model!r} at {target} was exported without the signature {missing[1]}, which older "
                "versions of kerasrec did not have. Export it again with this version, or let the model find out "
                "whether ink is dark or light."
            )
        case grpc.StatusCode.INVALID_ARGUMENT | grpc.StatusCode.FAILED_PRECONDITION if _WRONG_MODEL.search(text):
            return WrongServer(
                f"Model {connection.model!r} at {target} was not written by `kerasrec export`: {_end(text)} "
                "Choose another model."
            )
        case grpc.StatusCode.INVALID_ARGUMENT:
            return _unknown(text, connection) if "version label" in text else Refusal(_end(text))
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return _explain_exhausted(text, connection)
        case grpc.StatusCode.CANCELLED:
            return ServerUnavailable(f"{target} is shutting down and cancelled the request. Try again later.")
        case grpc.StatusCode.INTERNAL if "deserializing response" in text:
            return WrongServer(f"{target} does not answer with TensorFlow Serving's messages. Check the port.")
    return ServerError(f"{target} failed with {code.name}: {_end(text)} Check the server's log.")


def _unknown(text: str, connection: Connection) -> UnknownModel:
    what = f"model {connection.model!r}"
    if connection.version is not None:
        what = f"version {connection.version} of {what}"
    if connection.label is not None:
        what = f"label {connection.label!r} of {what}"
    is_model = connection.version is None and connection.label is None
    remedy = (
        "Name a model that it serves, with --model or in Python with model=; `kerasrec serve` calls a model like its "
        "folder, and prints the name."
        if is_model
        else "`kerasrec status` shows the versions of a model."
    )
    return UnknownModel(f"{connection.target} does not serve {what} ({text}). {remedy}")


def _explain_exhausted(text: str, connection: Connection) -> ServerError:
    if "larger than max" in text:
        return Refusal(_end(text))
    if "timeout" in text:
        return ServerTimeout(
            f"{connection.target} is overloaded: {_end(text)} Raise the timeout, or send fewer images at a time."
        )
    return _busy(text, connection)


def _busy(text: str, connection: Connection) -> ServerBusy:
    return ServerBusy(f"{connection.target} is too busy: {_end(text)} Try again later, or send fewer images at a time.")


def _explain_unavailable(details: str, connection: Connection) -> ServerError:
    target, text = connection.target, _clean(details)
    if _NOT_REACHABLE.search(details):  # first, because gRPC's message has the host's name, which can be any word
        reason = text.rpartition(": ")[2]
        return ServerUnavailable(
            f"No server answers at {target} ({reason}). Start it with `kerasrec serve`, or check the host and the gRPC "
            "port, which is 8500 by default and not the REST port."
        )
    if _IS_BUSY.search(text):
        return _busy(text, connection)
    if "server is shutting down" in text:
        return ServerUnavailable(f"{target} is shutting down and accepts no more requests. Try again later.")
    if "handshake" in text or "Hostname Verification" in text or "CERTIFICATE_VERIFY_FAILED" in text:
        return _explain_tls(text, target)
    if "HTTP/2" in text or "http1" in text:
        return WrongServer(
            f"{target} is not a gRPC server: {_end(text)} It may be the REST port; the gRPC port is 8500 by default."
        )
    if "Socket closed" in text or "reset by peer" in text:
        hint = "a client certificate" if connection.tls else "TLS"
        return ServerUnavailable(f"{target} closed the connection. It is shutting down, or it requires {hint}.")
    return ServerUnavailable(f"{target} is unavailable: {_end(text)} Try again later, or check the host and the port.")


def _explain_tls(text: str, target: str) -> BadTLS:
    if "WRONG_VERSION_NUMBER" in text:
        return BadTLS(f"{target} does not use TLS. Connect without TLS, or check the port.")
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return BadTLS(
            f"The certificate of {target} is not signed by the given CA ({text}). Give the CA that signed it."
        )
    if "Hostname Verification" in text:
        return BadTLS(f"The certificate of {target} is for another host. Connect with a name from the certificate.")
    return BadTLS(f"The TLS handshake with {target} failed: {_end(text)} Check the certificates of client and server.")


def _end(text: str) -> str:
    """Ends a server's message like a sentence, so that another can follow.

    >>> _end("Bad luck"), _end("Exceeded!"), _end("")
    ('Bad luck.', 'Exceeded!', 'no reason given.')
    """
    if not text:
        return "no reason given."
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _clean(text: str) -> str:
    r"""Removes graph nodes, brackets and gRPC's own prefixes from a message.

    >>> _clean("assertion failed: [At most] [5] [px.]\\n\\t [[{{node Assert}}]]")
    'At most 5 px.'
    >>> _clean("failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Connection refused")
    'Connection refused'
    """
    text = plain_reason(text).partition("\n")[0].partition(" [[{{")[0].strip()
    asserted = re.search(r"assertion failed: (\[.*\])", text)
    if asserted:
        text = " ".join(re.findall(r"\[(.*?)\](?= \[|$)", asserted[1]))
    text = re.sub(r"^failed to connect to all addresses; last error: [A-Z_]+: (ipv[46]:\S+: )?", "", text)
    text = re.sub(r"^errors resolving .*?: \[(.*)\]$", r"\1", text)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
