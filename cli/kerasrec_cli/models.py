"""`kerasrec models`."""


def models() -> None:
    """To be written."""
