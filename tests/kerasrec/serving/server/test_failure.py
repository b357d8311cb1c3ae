"""Codes and messages of failures."""

from types import SimpleNamespace

import grpc
import pytest

from kerasrec.serving.server.failure import from_tensorflow, invalid, not_found, not_ready, shorten


def test_a_failure_has_a_code_and_a_message():
    assert (invalid("a").code, invalid("a").text, str(invalid("a"))) == (grpc.StatusCode.INVALID_ARGUMENT, "a", "a")
    assert not_found("a").code is grpc.StatusCode.NOT_FOUND
    assert not_ready("a").code is grpc.StatusCode.FAILED_PRECONDITION


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            "Graph execution error:\n\nassertion failed: [no image] [2]\n\t [[{{node map/while/Assert/Assert}}]]",
            "assertion failed: [no image] [2]",
        ),
        (
            "Unknown image file format.\n\t [[{{function_node f_1}}{{node DecodeImage}}]]\n\t [[Stateful/_1]]",
            "Unknown image file format.",
        ),
        (
            "2 root error(s) found.\n  (0) INVALID_ARGUMENT: no [2]\n\t [[{{node A}}]]\n\t [[B/_1]]\n"
            "  (1) INVALID_ARGUMENT: no [2]\n\t [[{{node A}}]]\n0 successful operations.\n0 derived errors ignored.",
            "no [2]",
        ),
        ("Matrix [[1, 2], [3, 4]] is singular", "Matrix [[1, 2], [3, 4]] is singular"),
        ("bad\n\nDetected at node 'x' defined at (most recent call last):\n File /home/me/train.py", "bad"),
    ],
)
def test_a_graphs_error_is_passed_on_without_its_nodes(message, text):
    assert from_tensorflow(SimpleNamespace(error_code=3, message=message)).text == text


@pytest.mark.parametrize(("number", "code"), [(3, "INVALID_ARGUMENT"), (4, "DEADLINE_EXCEEDED"), (77, "UNKNOWN")])
def test_a_graphs_code_becomes_a_grpc_code(number, code):
    assert from_tensorflow(SimpleNamespace(error_code=number, message="")).code.name == code


def test_a_long_message_is_cut_by_bytes_but_not_within_a_character():
    assert shorten("x" * 1024) == "x" * 1024
    assert shorten("x" * 1025) == "x" * 1024 + "...TRUNCATED"
    assert shorten("x" + "€" * 400) == "x" + "€" * 341 + "...TRUNCATED"
