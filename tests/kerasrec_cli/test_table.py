from kerasrec_cli.table import format_table


def test_columns_are_as_wide_as_their_widest_cell_and_aligned():
    lines = list(format_table(["name", "n", "what"], [["a", "1,000", "x"], ["long name", "7", ""]], left=1))
    assert lines == ["name           n  what", "a          1,000     x", "long name      7"]


def test_the_number_of_left_aligned_columns_can_be_chosen():
    assert list(format_table(["a", "b"], [["1", "2"], ["333", "444"]], left=2)) == ["a    b", "1    2", "333  444"]
