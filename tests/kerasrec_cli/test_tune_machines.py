"""Where a search runs. tests/kerasrec_tuning has searches on several machines."""


def test_a_worker_without_a_chief_gives_up_soon(kerasrec, tmp_path):
    result = kerasrec("tune", "search", "--worker", "a", "--chief-address", "127.0.0.1:9", "--lost-after", "3")
    assert result.exit_code == 1
    assert "Worker a is waiting for the chief at 127.0.0.1:9, for at most 3 s." in result.output
    assert "127.0.0.1:9" in result.output.splitlines()[-1]
