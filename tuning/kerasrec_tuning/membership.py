"""The search that a call belongs to: a chief answers only workers of its own search, once the search is loaded."""

from collections.abc import Callable
from typing import Any

import grpc

_KEY = "search"


class SearchIdSender(grpc.UnaryUnaryClientInterceptor):
    """Adds the id of the search to each call of a worker.

    Attributes:
        search: The id of the search, as received from the chief; "" before that.
    """

    def __init__(self) -> None:
        self.search = ""

    def intercept_unary_unary(self, continuation: Callable[..., Any], client_call_details: Any, request: Any) -> Any:
        """Adds the id of the search to a call."""
        return continuation(client_call_details._replace(metadata=[(_KEY, self.search)]), request)


class SearchIdChecker(grpc.ServerInterceptor):
    """Lets only calls with the id of the search through, and "Hello", the first call of a worker.

    Attributes:
        search: The id of the search; None while it is being loaded: other calls are then told to ask again.
    """

    def __init__(self) -> None:
        self.search: str | None = None

    def intercept_service(self, continuation: Callable[..., Any], handler_call_details: Any) -> Any:
        """Returns the handler of a call."""
        if handler_call_details.method.endswith("/Hello"):
            return continuation(handler_call_details)
        if self.search is None:
            return _refusal(grpc.StatusCode.UNAVAILABLE, "the search is being loaded")
        if dict(handler_call_details.invocation_metadata).get(_KEY) != self.search:
            return _refusal(grpc.StatusCode.FAILED_PRECONDITION, "it runs another search than this worker")
        return continuation(handler_call_details)


def _refusal(code: grpc.StatusCode, reason: str) -> grpc.RpcMethodHandler:
    return grpc.unary_unary_rpc_method_handler(lambda request, context: context.abort(code, reason))
