import grpc
import pytest

from kerasrec_tuning.membership import AnswersItsSearch, SaysItsSearch


@pytest.fixture
def own():
    return AnswersItsSearch()


@pytest.fixture
def server(own, address):
    """Answers every call with its own message, if it is let through."""

    class Echo(grpc.GenericRpcHandler):
        def service(self, handler_call_details):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request)

    from concurrent.futures import ThreadPoolExecutor

    server = grpc.server(ThreadPoolExecutor(2), handlers=[Echo()], interceptors=[own])
    server.add_insecure_port(address)
    server.start()
    yield address
    server.stop(None).wait()


def ask(address, name, search=""):
    says = SaysItsSearch()
    says.search = search
    with grpc.insecure_channel(address) as channel:
        return grpc.intercept_channel(channel, says).unary_unary(f"/kerasrec.Search/{name}")(b"said", timeout=10)


def refusal(*question):
    with pytest.raises(grpc.RpcError) as caught:
        ask(*question)
    return caught.value.code().name, caught.value.details()


def test_the_calls_of_the_own_search_are_let_through(own, server):
    own.search = "s1"
    assert ask(server, "Alive", "s1") == b"said"


def test_other_calls_are_turned_away_but_the_first(own, server):
    own.search = "s1"
    assert refusal(server, "Alive", "s2") == ("FAILED_PRECONDITION", "it leads another search than that of this worker")
    assert refusal(server, "Alive") == ("FAILED_PRECONDITION", "it leads another search than that of this worker")
    assert ask(server, "Hello") == b"said"


def test_before_the_search_is_loaded_calls_are_to_be_repeated(own, server):
    assert refusal(server, "Alive", "s1") == ("UNAVAILABLE", "the search is being loaded")
    assert ask(server, "Hello") == b"said"
