"""Limits of requests."""

from dataclasses import dataclass

from kerasrec.errors import UsageError


@dataclass(frozen=True)
class Limits:
    """The limits of a request. The size of each image is checked by the model itself.

    Attributes:
        message_bytes: The largest message, over gRPC and REST.
        images: The most images or lines in a request, the size of its inputs' first dimension.
        deadline_seconds: The longest time for a request; a client may set a shorter one.
    """

    message_bytes: int = 64 * 2**20
    images: int = 32
    deadline_seconds: float = 60.0

    def __post_init__(self) -> None:
        for name in ("message_bytes", "images", "deadline_seconds"):
            value = getattr(self, name)
            if not value > 0:
                raise UsageError(f"Expected {name} above 0, but received {value}. Give a larger one.")
