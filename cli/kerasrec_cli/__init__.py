"""The command line of kerasrec: one file per command, put together in `main`."""
