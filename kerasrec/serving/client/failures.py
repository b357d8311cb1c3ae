"""From gRPC's status codes and texts to errors that say what to do."""

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
)
from kerasrec.serving.client.connection import Connection

_LONGEST_TEXT = 500  # characters of a server's words that are passed on
_OF_ANOTHER_KIND = re.compile(
    r"input size does not match|Signature input alias|Expects arg\[|tensor parsing error|Serving signature key"
)


class Refusal(ServerError):
    """A server refused the pictures of a request, or their number or size; the message is its reason."""


def explain(error: grpc.RpcError, connection: Connection) -> ServerError:
    """Finds the error that belongs to a failed call.

    Args:
        error: What gRPC raised.
        connection: Which server was asked for what.
    """
    code, text = error.code(), _clean(error.details() or "")
    explained = _explain(code, text, connection)
    explained.__cause__ = error
    return explained


def _explain(code: grpc.StatusCode, text: str, connection: Connection) -> ServerError:
    target = connection.target
    match code:
        case grpc.StatusCode.UNAVAILABLE:
            return _explain_unavailable(text, connection)
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return ServerTimeout(
                f"{target} did not answer within {connection.timeout:g} s. It is out of reach or overloaded: check it, "
                "raise the timeout, or send fewer images at a time."
            )
        case grpc.StatusCode.NOT_FOUND:
            return _unknown(text, connection)
        case grpc.StatusCode.UNIMPLEMENTED:
            return WrongServer(f"{target} speaks gRPC, but not as TensorFlow Serving does ({text}). Check the port.")
        case grpc.StatusCode.INVALID_ARGUMENT | grpc.StatusCode.FAILED_PRECONDITION if _OF_ANOTHER_KIND.search(text):
            return WrongServer(
                f"Model {connection.model!r} at {target} is none that `kerasrec export` wrote: {text} Name another one."
            )
        case grpc.StatusCode.INVALID_ARGUMENT:
            return _unknown(text, connection) if "version label" in text else Refusal(text)
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return _explain_exhausted(text, connection)
        case grpc.StatusCode.CANCELLED:
            return ServerError(f"The request to {target} was cancelled, since the client was closed meanwhile.")
        case grpc.StatusCode.INTERNAL if "deserializing response" in text:
            return WrongServer(f"{target} answers with something else than TensorFlow Serving's messages.")
    return ServerError(f"{target} failed with {code.name}: {text} Look into the server's log.")


def _unknown(text: str, connection: Connection) -> UnknownModel:
    what = f"model {connection.model!r}"
    if connection.version is not None:
        what = f"version {connection.version} of {what}"
    if connection.label is not None:
        what = f"label {connection.label!r} of {what}"
    return UnknownModel(
        f"{connection.target} does not serve {what} ({text}). `kerasrec status` shows the versions of a model."
    )


def _explain_exhausted(text: str, connection: Connection) -> ServerError:
    if "larger than max" in text:
        return Refusal(f"{text}.")
    if "timeout" in text:
        return ServerTimeout(f"{connection.target} is overloaded: {text}. Raise the timeout, or send less at a time.")
    return ServerBusy(f"{connection.target} has too much to do: {text} Try later, or send less at a time.")


def _explain_unavailable(text: str, connection: Connection) -> ServerError:
    target = connection.target
    if "queue" in text:
        return ServerBusy(f"{target} has too much to do: {text}. Try later, or send less at a time.")
    if "WRONG_VERSION_NUMBER" in text:
        return BadTLS(f"{target} does not use TLS. Connect without, or check the port.")
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return BadTLS(
            f"The certificate of {target} is not signed by the CA given ({text}). Name the CA that signed it."
        )
    if "Hostname Verification" in text:
        return BadTLS(f"The certificate of {target} is for another host. Use a name that stands in the certificate.")
    if "handshake" in text:
        return BadTLS(f"TLS with {target} failed: {text} Check the certificates of both sides.")
    if "HTTP/2" in text or "http1" in text:
        return WrongServer(
            f"{target} is no gRPC server: {text}. Is it the port of REST or of a page? gRPC's is 8500 by default."
        )
    if "Socket closed" in text or "reset by peer" in text:
        hint = "the client's own certificate" if connection.tls else "TLS"
        return ServerUnavailable(f"{target} closed the connection. It is going down, or it asks for {hint}.")
    reason = text.rpartition(": ")[2]
    return ServerUnavailable(
        f"No server answers at {target} ({reason}). Start it with `kerasrec serve`, or check host and port."
    )


def _clean(text: str) -> str:
    r"""Takes the node of the graph, brackets and gRPC's own framing out of a message.

    >>> _clean("assertion failed: [At most] [5] [px.]\\n\\t [[{{node Assert}}]]")
    'At most 5 px.'
    >>> _clean("failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Connection refused")
    'Connection refused'
    """
    text = text.partition("\n")[0].partition(" [[{{")[0].strip()
    asserted = re.search(r"assertion failed: (\[.*\])", text)
    if asserted:
        text = " ".join(re.findall(r"\[(.*?)\](?= \[|$)", asserted[1]))
    text = re.sub(r"^failed to connect to all addresses; last error: [A-Z_]+: (ipv[46]:\S+: )?", "", text)
    text = re.sub(r"^errors resolving .*?: \[(.*)\]$", r"\1", text)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
