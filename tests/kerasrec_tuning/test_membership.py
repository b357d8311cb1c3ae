import grpc
import pytest

from kerasrec_tuning.membership import SearchIdChecker, SearchIdSender


@pytest.fixture
def checker():
    return SearchIdChecker()


@pytest.fixture
def server(checker, address):
    """A server that answers every call that is let through with the same message."""

    class Echo(grpc.GenericRpcHandler):
        def service(self, handler_call_details):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request)

    from concurrent.futures import ThreadPoolExecutor

    server = grpc.server(ThreadPoolExecutor(2), handlers=[Echo()], interceptors=[checker])
    server.add_insecure_port(address)
    server.start()
    yield address
    server.stop(None).wait()


def ask(address, name, search=""):
    sender = SearchIdSender()
    sender.search = search
    with grpc.insecure_channel(address) as channel:
        return grpc.intercept_channel(channel, sender).unary_unary(f"/kerasrec.Search/{name}")(b"message", timeout=10)


def refusal(*question):
    with pytest.raises(grpc.RpcError) as caught:
        ask(*question)
    return caught.value.code().name, caught.value.details()


def test_calls_of_the_search_are_let_through(checker, server):
    checker.search = "s1"
    assert ask(server, "Alive", "s1") == b"message"


def test_other_calls_are_refused_except_hello(checker, server):
    checker.search = "s1"
    assert refusal(server, "Alive", "s2") == ("FAILED_PRECONDITION", "it runs another search than this worker")
    assert refusal(server, "Alive") == ("FAILED_PRECONDITION", "it runs another search than this worker")
    assert ask(server, "Hello") == b"message"


def test_calls_before_the_search_is_loaded_are_to_be_repeated(checker, server):
    assert refusal(server, "Alive", "s1") == ("UNAVAILABLE", "the search is being loaded")
    assert ask(server, "Hello") == b"message"
