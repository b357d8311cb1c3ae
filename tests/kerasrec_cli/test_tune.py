def test_help_lists_the_commands(kerasrec):
    result = kerasrec("tune", "--help")
    assert result.exit_code == 0
    assert "search" in result.output and "show" in result.output


def test_without_a_command_the_help_is_shown(kerasrec):
    assert "show" in kerasrec("tune").output
