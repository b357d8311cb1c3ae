"""Conversations without a server: their requests, and how they handle answers and failures."""

import pytest

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, BadTLS, ServerBusy, ServerTimeout, ServerUnavailable, UnknownModel, WrongServer
from kerasrec.serving import wire
from kerasrec.serving.client.connection import Connection
from kerasrec.serving.client.conversation import VersionStatus, fetch_status, find_obstacle, read_pictures
from kerasrec.serving.client.encoded_images import Picture
from kerasrec.serving.client.failures import Refusal
from kerasrec.serving.client.protocol import (
    CHECK_HEALTH,
    GET_MODEL_STATUS,
    PREDICT,
    GetModelStatusResponse,
    HealthCheckResponse,
    PredictResponse,
)
from kerasrec.serving.client.testing import write_readings


def connection(**changes):
    defaults = {"model": "lines", "timeout": 5.0, "version": None, "label": None, "tls": None}
    return Connection("host:1", **{**defaults, **changes}, retries=0)


def hold(conversation, answer):
    """Runs a conversation with `answer(call, request)`, which returns or raises; returns its result and the calls."""
    calls = []
    try:
        question = next(conversation)
        while True:
            calls.append(question)
            try:
                response = answer(*question)
            except Exception as error:
                question = conversation.throw(error)
            else:
                question = conversation.send(response)
    except StopIteration as end:
        return end.value, calls


def sent(request):
    return list(request.inputs[wire.IMAGE_BYTES].string_val)


def read(call, request):
    """Reads the bytes as text; refuses more than eight images, and each that starts with "bad"."""
    assert call is PREDICT
    if len(sent(request)) > 8 or any(content.startswith(b"bad") for content in sent(request)):
        raise Refusal("not these.")
    return write_readings([Reading(content.decode(), 0.5, ()) for content in sent(request)])


def pictures(names):
    return [Picture(name, name.encode()) for name in names]


def test_a_request_has_the_model_and_the_images():
    readings, ((_, request),) = hold(read_pictures(connection(model="other"), pictures("ab")), read)
    assert [reading.text for reading in readings] == ["a", "b"]
    assert (request.model_spec.name, request.model_spec.signature_name) == ("other", "serving_default")
    assert request.model_spec.WhichOneof("version_choice") is None
    assert sent(request) == [b"a", b"b"]


@pytest.mark.parametrize(
    ("ink", "signature"), [("auto", "serving_default"), ("dark", "dark_ink"), ("light", "light_ink")]
)
def test_the_signature_of_the_ink_is_requested_again_for_each_half(ink, signature):
    _, calls = hold(read_pictures(connection(), pictures(["a", "bad", "c", "d"]), ink), read)
    assert {request.model_spec.signature_name for _, request in calls} == {signature}
    assert len(calls) > 3


@pytest.mark.parametrize(("choice", "field"), [({"version": 0}, "version"), ({"label": "stable"}, "version_label")])
def test_a_request_goes_to_the_version_or_label(choice, field):
    _, ((_, request),) = hold(read_pictures(connection(**choice), pictures("a")), read)
    assert request.model_spec.WhichOneof("version_choice") == field
    assert request.model_spec.version_label == choice.get("label", "")


def slow(limit, *hopeless):
    """Returns an answer that is late for more than `limit` images, and for some names."""

    def answer(call, request):
        names = [content.decode() for content in sent(request)]
        if len(names) > limit or set(names) & set(hopeless):
            raise ServerTimeout("host:1 did not answer within 5 s.")
        return read(call, request)

    return answer


def test_images_are_halved_until_the_server_is_in_time():
    names = [f"image {number}" for number in range(32)]
    outcomes, calls = hold(read_pictures(connection(), pictures(names)), slow(4))
    assert [outcome.text for outcome in outcomes] == names
    assert [len(sent(request)) for _, request in calls].count(4) == 8


@pytest.mark.parametrize("hopeless", ["a", "d", "h"])
def test_an_image_for_which_the_server_is_always_late_does_not_stop_the_others(hopeless):
    outcomes, _ = hold(read_pictures(connection(), pictures("abcdefgh")), slow(8, hopeless))
    assert [getattr(outcome, "text", None) for outcome in outcomes] == [
        None if name == hopeless else name for name in "abcdefgh"
    ]
    (late,) = (outcome for outcome in outcomes if isinstance(outcome, ServerTimeout))
    assert str(late) == f"{hopeless} was not read: host:1 did not answer within 5 s."


def test_a_server_that_never_answers_is_given_up_soon():
    outcomes, calls = hold(read_pictures(connection(), pictures("abcdefgh" * 4)), slow(0))
    assert all(isinstance(outcome, ServerTimeout) for outcome in outcomes)
    assert len(outcomes) == 32
    assert [len(sent(request)) for _, request in calls] == [32, 16, 8, 4, 2, 1, 1, 2, 4, 8, 16]


@pytest.mark.parametrize("bad", [set(), {0}, {31}, {3, 4}, {0, 7, 8, 31}, set(range(32))])
def test_bad_images_do_not_stop_the_others(bad):
    names = [f"bad {i}" if i in bad else f"good {i}" for i in range(32)]
    outcomes, calls = hold(read_pictures(connection(), pictures(names)), read)
    assert [isinstance(outcome, BadImage) for outcome in outcomes] == [i in bad for i in range(32)]
    assert [outcome.text for outcome in outcomes if isinstance(outcome, Reading)] == [
        name for name in names if name.startswith("good")
    ]
    assert all(f"bad {i} was refused by host:1: not these." == str(outcomes[i]) for i in bad)
    assert len(calls) < 96


def test_one_bad_image_is_found_with_few_requests():
    small = [f"bad {i}" if i == 5 else f"good {i}" for i in range(8)]
    _, calls = hold(read_pictures(connection(), pictures(small)), read)
    assert [len(sent(request)) for _, request in calls] == [8, 4, 4, 2, 1, 1, 1, 2]


def test_an_image_is_not_blamed_for_another_request_in_its_batch():
    faults = [Refusal("the neighbour's fault")] * 5

    def read_later(call, request):
        if faults:
            raise faults.pop()
        return read(call, request)

    outcomes, calls = hold(read_pictures(connection(), pictures("abcd")), read_later)
    assert [len(sent(request)) for _, request in calls] == [4, 2, 1, 1, 1, 1, 2]
    assert isinstance(outcomes[0], BadImage)  # refused alone, twice
    assert [outcome.text for outcome in outcomes[1:]] == ["b", "c", "d"]


def test_an_error_instead_of_an_image_stays_in_its_place_and_is_not_sent():
    error = BadImage("no file")
    outcomes, calls = hold(read_pictures(connection(), [error, *pictures("a"), error]), read)
    assert outcomes[::2] == [error, error]
    assert outcomes[1].text == "a"
    assert [sent(request) for _, request in calls] == [[b"a"]]
    assert hold(read_pictures(connection(), [error]), read) == ([error], [])


def test_other_failures_end_the_conversation():
    def fail(call, request):
        raise ServerBusy("full")

    with pytest.raises(ServerBusy, match="full"):
        hold(read_pictures(connection(), pictures("ab")), fail)


def test_an_answer_without_the_outputs_is_a_wrong_server():
    message = "'lines' at host:1 was not written by `kerasrec export`: it does not return text"
    with pytest.raises(WrongServer, match=message):
        hold(read_pictures(connection(), pictures("a")), lambda call, request: PredictResponse())


def states(**versions):
    response = GetModelStatusResponse()
    for name, state in versions.items():
        response.model_version_status.add(version=int(name[1:]), state=state).status.error_message = (
            "disk full" if state == 50 else ""
        )
    return response


def test_versions_come_in_order_with_their_states():
    found, ((call, request),) = hold(fetch_status(connection()), lambda *_: states(v10=20, v2=30, v3=50, v4=77))
    assert call is GET_MODEL_STATUS
    assert request.model_spec.name == "lines"
    assert not request.model_spec.HasField("version")
    assert found == (
        VersionStatus(2, "AVAILABLE"),
        VersionStatus(3, "END", "disk full"),
        VersionStatus(4, "77"),
        VersionStatus(10, "LOADING"),
    )


def test_the_status_of_one_version_is_requested():
    _, ((_, request),) = hold(fetch_status(connection(version=7)), lambda *_: states())
    assert request.model_spec.version.value == 7


def answer(health, status):
    def reply(call, request):
        outcome = health if call is CHECK_HEALTH else status
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return reply


SERVING, NOT_SERVING = HealthCheckResponse(status=1), HealthCheckResponse(status=2)


@pytest.mark.parametrize(
    ("health", "status", "obstacle"),
    [
        (SERVING, states(v1=50, v2=30), ""),
        (WrongServer("no health"), states(v1=30), ""),  # TensorFlow Serving without its health service
        (NOT_SERVING, states(v1=30), "host:1 is starting or shutting down."),
        (ServerUnavailable("not there"), states(v1=30), "not there"),
        (ServerTimeout("late"), states(v1=30), "late"),
        (SERVING, ServerUnavailable("gone"), "gone"),
        (SERVING, UnknownModel("no such model"), "no such model"),
        (SERVING, states(v1=20, v2=50), "is available: 1 is LOADING, 2 is END disk full."),
        (SERVING, states(), "No version of model 'lines' at host:1 is available: it has none."),
    ],
)
def test_the_obstacle_says_why_a_server_is_not_ready(health, status, obstacle):
    found, _ = hold(find_obstacle(connection()), answer(health, status))
    assert found == obstacle if obstacle in ("", found) else found.endswith(obstacle)


@pytest.mark.parametrize("error", [WrongServer("no gRPC"), BadTLS("no trust")])
def test_errors_that_waiting_does_not_cure_are_raised(error):
    with pytest.raises(type(error), match=str(error)):
        hold(find_obstacle(connection()), answer(error, error))
