"""Calls over gRPC take bounded memory and threads, also those whose request never arrives."""

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from kerasrec.serving.server import intake
from kerasrec.serving.server.batching import BatchSettings
from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.grpc_endpoint import GrpcEndpoint
from kerasrec.serving.server.intake import Intake
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.servable import ComputeSettings

LONG = 20  # seconds, longer than anything here takes
PREDICT = "/tensorflow.serving.PredictionService/Predict"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"


class Context:
    """The context of a call without a time limit."""

    def time_remaining(self):
        return None

    def cancel(self):
        raise AssertionError("cancelled too early")


def refused(receiver, message=b"0123456789"):
    with pytest.raises(ServingError) as caught, receiver.receive(iter([message]), Context()):
        pass
    assert caught.value.code.name == "UNAVAILABLE"
    return caught.value.text


def test_messages_share_memory_and_release_it(monkeypatch):
    monkeypatch.setattr(intake, "_MOST_BYTES", 15)
    receiver = Intake(5, Limits(message_bytes=10))
    with receiver.receive(iter([b"0123456789"]), Context()) as message:
        assert message == b"0123456789"
        assert "no memory for more requests" in refused(receiver)
        with receiver.receive(iter([b"01234"]), Context()) as small:
            assert small == b"01234"
    with receiver.receive(iter([b"0123456789"]), Context()) as message:
        assert message == b"0123456789"


def test_calls_beyond_the_most_are_refused():
    receiver = Intake(1, Limits())
    with receiver.receive(iter([b""]), Context()):
        assert refused(receiver).startswith("The server is busy with 1 requests, the most that it accepts.")
    with receiver.receive(iter([b"again"]), Context()) as message:
        assert message == b"again"


def test_few_messages_arrive_at_the_same_time(monkeypatch):
    monkeypatch.setattr(intake, "_MOST_ARRIVING_BYTES", 25)  # two messages of 10 bytes
    receiver, started, go_on = Intake(5, Limits(message_bytes=10)), threading.Semaphore(0), threading.Event()

    def arrive():
        started.release()
        go_on.wait(LONG)
        yield b"0123456789"

    def receive():
        with receiver.receive(arrive(), Context()) as message:
            return message

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(receive) for _ in range(3)]
        try:
            assert all(started.acquire(timeout=LONG) for _ in range(2))
            assert not started.acquire(timeout=0.2)
        finally:
            go_on.set()
        assert [each.result(LONG) for each in running] == [b"0123456789"] * 3


@pytest.fixture
def channel():
    """A channel to a server without models that takes 2 predictions, each of at most 3 s."""
    settings = ComputeSettings(Limits(deadline_seconds=3.0), BatchSettings(1, 0, 1, 1))
    endpoint = GrpcEndpoint(ServingCore(), "127.0.0.1", 0, settings)
    endpoint.start()
    endpoint.set_serving(True)
    with grpc.insecure_channel(f"127.0.0.1:{endpoint.port}") as channel:
        yield channel
    endpoint.stop(0)


def is_healthy(channel):
    return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=LONG).status == 1


@pytest.mark.parametrize("method", [PREDICT, STATUS])
def test_calls_whose_request_never_arrives_leave_threads_for_others_and_end(channel, method):
    never = threading.Event()

    def send_nothing():
        never.wait(LONG)
        return iter(())

    calls = [channel.stream_unary(method).future(iter(send_nothing, None)) for _ in range(60)]
    try:
        for call in calls:
            with pytest.raises(grpc.RpcError) as caught:
                call.result(LONG)
            assert caught.value.code().name in ("UNAVAILABLE", "CANCELLED")
            assert is_healthy(channel) or method == STATUS
        assert is_healthy(channel)
        with pytest.raises(grpc.RpcError, match="Missing ModelSpec"):
            channel.unary_unary(method)(b"", timeout=LONG)
    finally:
        never.set()
