"""Runs web applications on a local port."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest


@pytest.fixture(scope="session")
def listening() -> Callable[..., AbstractContextManager[int]]:
    """Runs an application: `with listening(app) as port:`."""
    import uvicorn

    @contextmanager
    def listen(app: object) -> Iterator[int]:
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off", timeout_keep_alive=60)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.005)
            yield server.servers[0].sockets[0].getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()

    return listen
