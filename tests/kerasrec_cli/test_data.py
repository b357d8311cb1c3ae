import pytest


@pytest.mark.parametrize("command", ["preview", "stats"])
def test_help_has_examples_and_the_data_options(kerasrec, command):
    result = kerasrec("data", command, "--help")
    assert result.exit_code == 0
    assert f"kerasrec data {command}" in result.stdout
    for option in ("--glyphs", "--text", "--data-dir", "--max-overlap", "--seed"):
        assert option in result.stdout


def test_without_a_command_the_help_is_shown(kerasrec):
    result = kerasrec("data")
    assert "preview" in result.output
    assert "stats" in result.output
