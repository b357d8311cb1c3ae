"""Status codes and messages of TensorFlow Serving and of gRPC itself become errors with a remedy."""

import grpc
import pytest

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
from kerasrec.serving.client.failures import Refusal, explain

CODES = grpc.StatusCode


class Failure(grpc.RpcError):
    def __init__(self, code, text):
        self.code, self.details = lambda: code, lambda: text


def explained(code, text, is_closed=False, **changes):
    options = {"model": "lines", "timeout": 2.5, "version": None, "label": None, "tls": None}
    connection = Connection("host:8500", **{**options, **changes}, retries=0)
    failure = Failure(code, text)
    error = explain(failure, connection, is_closed)
    assert error.__cause__ is failure
    return error


REFUSED = "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:8500: "


@pytest.mark.parametrize(
    ("code", "text", "kind", "words"),
    [
        (CODES.UNAVAILABLE, f"{REFUSED}Failed to connect to remote host: Connection refused", ServerUnavailable,
         "No server answers at host:8500 (Connection refused). Start it with"),
        (CODES.UNAVAILABLE, "errors resolving h:1: [field:hostname lookup error:failed for h:1: Domain name not found]",
         ServerUnavailable, "(Domain name not found)"),
        (CODES.UNAVAILABLE, "Socket closed", ServerUnavailable, "host:8500 closed the connection. It is shutting down"),
        (CODES.UNAVAILABLE, "recvmsg:Connection reset by peer", ServerUnavailable, "closed the connection"),
        (CODES.UNAVAILABLE, "GOAWAY received", ServerUnavailable,
         "host:8500 is unavailable: GOAWAY received. Try again"),
        (CODES.UNAVAILABLE, "The server is shutting down", ServerUnavailable,
         "host:8500 is shutting down and accepts no"),
        (CODES.UNAVAILABLE, "The batch scheduling queue to which this task was submitted is full", ServerBusy,
         "too busy: The batch scheduling queue to which this task was submitted is full. Try again later"),
        (CODES.UNAVAILABLE, f"{REFUSED}Tls handshake failed: WRONG_VERSION_NUMBER", BadTLS, "does not use TLS"),
        (CODES.UNAVAILABLE, f"{REFUSED}Tls handshake failed: CERTIFICATE_VERIFY_FAILED: unable", BadTLS, "signed by"),
        (CODES.UNAVAILABLE, f"{REFUSED}Custom verification check failed: Hostname Verification Check failed.", BadTLS,
         "for another host"),
        (CODES.UNAVAILABLE, f"{REFUSED}Ssl handshake failed: TLSV1_ALERT.", BadTLS,
         "handshake with host:8500 failed: Ssl handshake failed"),
        (CODES.UNAVAILABLE, f"{REFUSED}Failed parsing HTTP/2 (Expected SETTINGS frame", WrongServer,
         "not a gRPC server"),
        (CODES.DEADLINE_EXCEEDED, "Deadline Exceeded", ServerTimeout, "within 2.5 s. It is unreachable or overloaded"),
        (CODES.RESOURCE_EXHAUSTED, "Run() timeout exceeded while waiting in batching queue", ServerTimeout,
         "overloaded: Run() timeout exceeded while waiting in batching queue. Raise the timeout"),
        (CODES.RESOURCE_EXHAUSTED, "Concurrent RPC limit exceeded!", ServerBusy, "Concurrent RPC limit exceeded! Try"),
        (CODES.RESOURCE_EXHAUSTED, "SERVER: Received message larger than max (5 vs. 4)", Refusal, "(5 vs. 4)."),
        (CODES.UNAVAILABLE, "The server is busy with 400 requests, the most that it accepts.", ServerBusy,
         "too busy: The server is busy with 400 requests"),
        (CODES.UNAVAILABLE, "The server receives too many requests.", ServerBusy, "too busy: The server receives"),
        (CODES.UNAVAILABLE, "The server has no memory for more requests. Try again later.", ServerBusy, "too busy: "),
        (CODES.NOT_FOUND, "Servable not found for request: Latest(lines)", UnknownModel,
         "host:8500 does not serve model 'lines' (Servable not found for request: Latest(lines)). Name a model"),
        (CODES.FAILED_PRECONDITION, 'Serving signature key "serving_default" not found.', WrongServer,
         "'lines' at host:8500 was not written by `kerasrec export`: Serving signature key"),
        (CODES.FAILED_PRECONDITION, 'Serving signature key "dark_ink" not found.', WrongServer,
         "'lines' at host:8500 was exported without the signature dark_ink, which older versions of kerasrec did not "
         "have. Export it again with this version"),
        (CODES.INVALID_ARGUMENT, "input size does not match signature: 1!=2 len({image_bytes}) != len({a, b}).",
         WrongServer, "1!=2"),
        (CODES.INVALID_ARGUMENT, "Signature input alias: x(feed name: y:0) not found in request", WrongServer, "alias"),
        (CODES.INVALID_ARGUMENT, "Expects arg[0] to be float but string is provided", WrongServer, "to be float"),
        (CODES.INVALID_ARGUMENT, "Task size 33 is larger than maximum input batch size 32", Refusal, "Task size 33"),
        (CODES.UNIMPLEMENTED, "Method not found!", WrongServer, "but not a model server (Method not found!)"),
        (CODES.INTERNAL, "Exception deserializing response!", WrongServer, "does not answer with"),
        (CODES.INTERNAL, "Bad luck.", ServerError, "host:8500 failed with INTERNAL: Bad luck. Check"),
        (CODES.UNKNOWN, None, ServerError, "failed with UNKNOWN: no reason given. Check"),
        (CODES.INTERNAL, "Bad luck", ServerError, "host:8500 failed with INTERNAL: Bad luck. Check"),
        (CODES.RESOURCE_EXHAUSTED, "Too much", ServerBusy,
         "busy: Too much. Try again later, or send fewer images at a time."),
        (CODES.UNAVAILABLE, f"{REFUSED}Ssl handshake failed", BadTLS, "failed: Ssl handshake failed. Check"),
        (CODES.FAILED_PRECONDITION, "Serving signature key", WrongServer,
         "export`: Serving signature key. Choose another"),
        (CODES.INVALID_ARGUMENT, "Not these", Refusal, "Not these."),
        (CODES.UNAVAILABLE, f"{REFUSED}Failed parsing HTTP/2", WrongServer, "server: Failed parsing HTTP/2. It may"),
        (CODES.CANCELLED, "CANCELLED", ServerUnavailable, "host:8500 is shutting down and cancelled the request. Try"),
    ],
)  # fmt: skip
def test_a_failure_is_explained(code, text, kind, words):
    error = explained(code, text)
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize(
    "host", ["queue-host", "handshake", "http1", "server-is-shutting-down", "wrong.WRONG_VERSION_NUMBER", "is-full"]
)
def test_the_name_of_a_host_does_not_change_the_error(host):
    lookup = f"address lookup failed for {host}:8500: Domain name not found"
    error = explained(CODES.UNAVAILABLE, f"errors resolving {host}:8500: [field:hostname lookup error:{lookup}]")
    assert type(error) is ServerUnavailable
    assert "(Domain name not found)" in str(error)


def test_a_request_cancelled_by_its_own_client_says_so():
    error = explained(CODES.CANCELLED, "Channel closed!", is_closed=True)
    assert type(error) is ServerError
    assert str(error) == "The request to host:8500 was cancelled because the client was closed."


@pytest.mark.parametrize(
    ("changes", "text", "words"),
    [
        ({"version": 3}, "Servable not found for request: Specific(lines, 3)", "version 3 of model 'lines'"),
        ({"label": "beta"}, "Unrecognized servable version label: beta", "label 'beta' of model 'lines'"),
    ],
)
def test_the_error_names_an_unknown_version_or_label(changes, text, words):
    code = CODES.INVALID_ARGUMENT if "label" in changes else CODES.NOT_FOUND
    error = explained(code, text, **changes)
    assert type(error) is UnknownModel
    assert f"does not serve {words} ({text})" in str(error)


def test_a_client_with_tls_may_lack_its_own_certificate():
    from kerasrec.serving.client import TLS

    assert "requires a client certificate" in str(explained(CODES.UNAVAILABLE, "Socket closed", tls=TLS()))
    assert "requires TLS" in str(explained(CODES.UNAVAILABLE, "Socket closed"))


def test_an_assertion_in_the_graph_becomes_one_sentence():
    text = (
        "assertion failed: [Expected an image of at most 33554432 px, but received] [px high and wide:] [40000]"
        " [30000] [Cut it.]\n\t [[{{function_node __inference_1}}{{node Assert}}]]"
    )
    assert str(explained(CODES.INVALID_ARGUMENT, text)) == (
        "Expected an image of at most 33554432 px, but received px high and wide: 40000 30000 Cut it."
    )


def test_the_node_of_the_graph_is_left_out():
    text = "Unknown image file format. One of JPEG, PNG required. [[{{node map/while/DecodeImage}}]]"
    assert str(explained(CODES.INVALID_ARGUMENT, text)) == "Unknown image file format. One of JPEG, PNG required."


def test_a_long_text_is_cut():
    assert len(str(explained(CODES.INVALID_ARGUMENT, "x" * 10_000))) == 503
