"""Limits the connections of a server, so that clients that send nothing do not take all of its files."""

import sys

IDLE_SECONDS = 10.0
"""The longest time in which a client must send the header of a request, over REST, or greet, over gRPC."""

_MOST = 4096
_OTHER_FILES = 224  # for models, certificates, libraries and the log


def most_connections() -> int:
    """Returns how many clients REST and gRPC may each have: half of the files that the process may open."""
    if sys.platform == "win32":
        return _MOST
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if files == resource.RLIM_INFINITY else min(max((files - _OTHER_FILES) // 2, 8), _MOST)
