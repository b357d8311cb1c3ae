import resource

import pytest

from kerasrec.serving.server.connections import most_connections


@pytest.mark.parametrize(("files", "most"), [(1024, 400), (65_536, 4096), (100, 8)])
def test_rest_and_grpc_have_half_of_the_files_that_a_process_may_open(monkeypatch, files, most):
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files, resource.RLIM_INFINITY))
    assert most_connections() == most
