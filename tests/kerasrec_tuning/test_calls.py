from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from kerasrec.errors import UsageError
from kerasrec_tuning.calls import call, check_address, check_worker, handler


@pytest.fixture
def channel(address):
    def fail(said):
        raise ValueError("No luck.")

    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((handler({"Echo": lambda said: {"said": said}, "Fail": fail}),))
    server.add_insecure_port(address)
    server.start()
    with grpc.insecure_channel(address) as channel:
        yield channel
    server.stop(None).wait()


def test_a_call_carries_plain_values(channel):
    values = {"text": "ärger\n", "numbers": [1, 2.5, None], "yes": True}
    assert call(channel, "Echo", values, 10.0) == {"said": values}


def test_a_failure_comes_back_in_words(channel):
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, "Fail", {}, 10.0)
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.ABORTED, "No luck.")


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "chief.example.org:1", "0.0.0.0:65535", "[::1]:8000"])
def test_an_address_is_a_host_and_a_port(text):
    assert check_address(text) == text


@pytest.mark.parametrize("text", ["", "8000", ":8000", "host", "host:", "host:http", "host:0", "host:65536", "host:-1"])
def test_what_is_no_address_is_named(text):
    with pytest.raises(UsageError, match=f"--chief-address needs HOST:PORT, such as 127.0.0.1:8000, not '{text}'"):
        check_address(text)


@pytest.mark.parametrize("text", ["a", "worker1", "node-7.example.org", "w_1"])
def test_a_worker_has_a_name(text):
    assert check_worker(text) == text


@pytest.mark.parametrize("text", ["", ".", "..", "../..", "/", "a/b", "-a", "a b", "a\n", 65 * "a"])
def test_what_could_be_another_folder_is_no_name_of_a_worker(text):
    with pytest.raises(UsageError, match="--worker needs a name of at most 64 letters"):
        check_worker(text)
