"""Which search a call belongs to: a chief answers the workers of its own search alone, and once it has loaded it."""

from collections.abc import Callable
from typing import Any

import grpc

_KEY = "search"


class SaysItsSearch(grpc.UnaryUnaryClientInterceptor):
    """Makes each call of a worker say which search it is at.

    Attributes:
        search: The search's id, as the chief told it; "" before that.
    """

    def __init__(self) -> None:
        self.search = ""

    def intercept_unary_unary(self, continuation: Callable[..., Any], client_call_details: Any, request: Any) -> Any:
        """Adds the search to a call."""
        return continuation(client_call_details._replace(metadata=[(_KEY, self.search)]), request)


class AnswersItsSearch(grpc.ServerInterceptor):
    """Lets the calls of a search's workers through, and of others the first one alone, "Hello".

    Attributes:
        search: The search's id; None while it is being loaded, and workers of before are told to ask again.
    """

    def __init__(self) -> None:
        self.search: str | None = None

    def intercept_service(self, continuation: Callable[..., Any], handler_call_details: Any) -> Any:
        """Gives what answers a call."""
        if handler_call_details.method.endswith("/Hello"):
            return continuation(handler_call_details)
        if self.search is None:
            return _refusal(grpc.StatusCode.UNAVAILABLE, "the search is being loaded")
        if dict(handler_call_details.invocation_metadata).get(_KEY) != self.search:
            return _refusal(grpc.StatusCode.FAILED_PRECONDITION, "it leads another search than that of this worker")
        return continuation(handler_call_details)


def _refusal(code: grpc.StatusCode, reason: str) -> grpc.RpcMethodHandler:
    return grpc.unary_unary_rpc_method_handler(lambda request, context: context.abort(code, reason))
