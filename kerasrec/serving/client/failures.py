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
_OUT_OF_REACH = re.compile(
    r"^errors resolving|^DNS resolution failed|Connection refused|timed out|No route to host|is unreachable|"
    r"No such file or directory"  # of a socket
)
_QUEUE_IS_FULL = re.compile(r"batch scheduling queue .*is full")


class Refusal(ServerError):
    """A server refused the pictures of a request, or their number or size; the message is its reason."""


def explain(error: grpc.RpcError, connection: Connection, is_closed: bool = False) -> ServerError:
    """Finds the error that belongs to a failed call.

    Args:
        error: What gRPC raised.
        connection: Which server was asked for what.
        is_closed: Whether the client was closed meanwhile, which cancels what runs, as a server that goes down does.
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
    """The error of a request that ran when its own client was closed."""
    return ServerError(f"The request to {connection.target} was cancelled, since the client was closed meanwhile.")


def _explain(code: grpc.StatusCode, text: str, connection: Connection) -> ServerError:
    target = connection.target
    match code:
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
                f"Model {connection.model!r} at {target} is none that `kerasrec export` wrote: {_end(text)} "
                "Name another one."
            )
        case grpc.StatusCode.INVALID_ARGUMENT:
            return _unknown(text, connection) if "version label" in text else Refusal(_end(text))
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return _explain_exhausted(text, connection)
        case grpc.StatusCode.CANCELLED:
            return ServerUnavailable(f"{target} is going down, and cancelled the request. Try later.")
        case grpc.StatusCode.INTERNAL if "deserializing response" in text:
            return WrongServer(f"{target} answers with something else than TensorFlow Serving's messages.")
    return ServerError(f"{target} failed with {code.name}: {_end(text)} Look into the server's log.")


def _unknown(text: str, connection: Connection) -> UnknownModel:
    what = f"model {connection.model!r}"
    if connection.version is not None:
        what = f"version {connection.version} of {what}"
    if connection.label is not None:
        what = f"label {connection.label!r} of {what}"
    is_model = connection.version is None and connection.label is None
    remedy = "Name one that it serves." if is_model else "`kerasrec status` shows the versions of a model."
    return UnknownModel(f"{connection.target} does not serve {what} ({text}). {remedy}")


def _explain_exhausted(text: str, connection: Connection) -> ServerError:
    if "larger than max" in text:
        return Refusal(_end(text))
    if "timeout" in text:
        return ServerTimeout(
            f"{connection.target} is overloaded: {_end(text)} Raise the timeout, or send fewer at a time."
        )
    return _busy(text, connection)


def _busy(text: str, connection: Connection) -> ServerBusy:
    return ServerBusy(f"{connection.target} has too much to do: {_end(text)} Try later, or send fewer at a time.")


def _explain_unavailable(details: str, connection: Connection) -> ServerError:
    target, text = connection.target, _clean(details)
    if _OUT_OF_REACH.search(details):  # first, since gRPC's words hold the name of the host, whatever that is
        reason = text.rpartition(": ")[2]
        return ServerUnavailable(
            f"No server answers at {target} ({reason}). Start it with `kerasrec serve`, or check host and port: gRPC's "
            "is 8500 by default, REST's is another one."
        )
    if _QUEUE_IS_FULL.search(text):
        return _busy(text, connection)
    if "server is shutting down" in text:
        return ServerUnavailable(f"{target} is going down, and takes no more requests. Try later.")
    if "handshake" in text or "Hostname Verification" in text or "CERTIFICATE_VERIFY_FAILED" in text:
        return _explain_tls(text, target)
    if "HTTP/2" in text or "http1" in text:
        return WrongServer(
            f"{target} is no gRPC server: {_end(text)} Is it the port of REST or of a page? gRPC's is 8500 by default."
        )
    if "Socket closed" in text or "reset by peer" in text:
        hint = "the client's own certificate" if connection.tls else "TLS"
        return ServerUnavailable(f"{target} closed the connection. It is going down, or it asks for {hint}.")
    return ServerUnavailable(f"{target} is unavailable: {_end(text)} Try later, or check host and port.")


def _explain_tls(text: str, target: str) -> BadTLS:
    if "WRONG_VERSION_NUMBER" in text:
        return BadTLS(f"{target} does not use TLS. Connect without, or check the port.")
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return BadTLS(
            f"The certificate of {target} is not signed by the CA given ({text}). Name the CA that signed it."
        )
    if "Hostname Verification" in text:
        return BadTLS(f"The certificate of {target} is for another host. Use a name that stands in the certificate.")
    return BadTLS(f"TLS with {target} failed: {_end(text)} Check the certificates of both sides.")


def _end(text: str) -> str:
    """Ends a server's words as a sentence, so that more can follow.

    >>> _end("Bad luck"), _end("Exceeded!"), _end("")
    ('Bad luck.', 'Exceeded!', 'it gives no reason.')
    """
    if not text:
        return "it gives no reason."
    return text if text.endswith((".", "!", "?")) else f"{text}."


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
