"""Runs the command line: `python -m kerasrec`, for where the `kerasrec` script is not on the path."""

from kerasrec_cli.main import run

if __name__ == "__main__":
    run()
