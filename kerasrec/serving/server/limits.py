"""What a request may ask for at most."""

from dataclasses import dataclass

from kerasrec.errors import UsageError


@dataclass(frozen=True)
class Limits:
    """Limits of one request. What a picture may hold is checked by the model itself.

    Attributes:
        message_bytes: The largest message that is accepted, over gRPC and REST.
        images: Most pictures, or lines, of a request: the sizes of its inputs' first dimension.
        deadline_seconds: The longest that a request is worked on; a client may ask for less.
    """

    message_bytes: int = 64 * 2**20
    images: int = 32
    deadline_seconds: float = 60.0

    def __post_init__(self) -> None:
        for name in ("message_bytes", "images", "deadline_seconds"):
            value = getattr(self, name)
            if not value > 0:
                raise UsageError(f"Expected a limit {name} above 0, but received {value}. Give a larger one.")
