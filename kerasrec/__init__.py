"""kerasrec reads a line of handwriting."""

__version__ = "0.1.0"
