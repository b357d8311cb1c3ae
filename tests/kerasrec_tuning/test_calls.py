from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from kerasrec.errors import UsageError
from kerasrec_tuning.calls import call, check_address, check_worker, rpc_handler


@pytest.fixture
def channel(address):
    def fail(request):
        raise ValueError("No luck.")

    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((rpc_handler({"Echo": lambda request: {"echo": request}, "Fail": fail}),))
    server.add_insecure_port(address)
    server.start()
    with grpc.insecure_channel(address) as channel:
        yield channel
    server.stop(None).wait()


def test_a_call_carries_plain_values(channel):
    values = {"text": "ärger\n", "numbers": [1, 2.5, None], "yes": True}
    assert call(channel, "Echo", values, 10.0) == {"echo": values}


def test_a_failure_returns_its_message(channel):
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, "Fail", {}, 10.0)
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.ABORTED, "No luck.")


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "chief.example.org:1", "0.0.0.0:65535", "[::1]:8000"])
def test_an_address_is_a_host_and_a_port(text):
    assert check_address(text) == text


@pytest.mark.parametrize("text", ["", "8000", ":8000", "host", "host:", "host:http", "host:0", "host:65536", "host:-1"])
def test_an_invalid_address_is_refused(text):
    with pytest.raises(UsageError, match=f"--chief-address must be HOST:PORT, such as 127.0.0.1:8000, but is '{text}'"):
        check_address(text)


@pytest.mark.parametrize("text", ["a", "worker1", "node-7.example.org", "w_1"])
def test_a_valid_name_of_a_worker_is_returned(text):
    assert check_worker(text) == text


@pytest.mark.parametrize("text", ["", ".", "..", "../..", "/", "a/b", "-a", "a b", "a\n", 65 * "a"])
def test_a_name_that_could_be_another_folder_is_refused(text):
    with pytest.raises(UsageError, match="--worker must be a name of at most 64 letters"):
        check_worker(text)
