def test_there_are_three_commands(kerasrec):
    result = kerasrec("character", "--help")
    assert result.exit_code == 0
    for name in ("train", "evaluate", "read"):
        assert f" {name} " in result.stdout
