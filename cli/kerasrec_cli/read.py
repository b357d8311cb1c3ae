"""`kerasrec read`."""


def read() -> None:
    """To be written."""
