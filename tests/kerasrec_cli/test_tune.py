def test_its_commands_are_named(kerasrec):
    result = kerasrec("tune", "--help")
    assert result.exit_code == 0
    assert "search" in result.output and "show" in result.output


def test_alone_it_shows_its_help(kerasrec):
    assert "show" in kerasrec("tune").output
