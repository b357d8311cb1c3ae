"""The normal form of the texts that a language model is built from."""

from kerasrec.language.text import STRAIGHT, normalize_lines, strip_gutenberg


def test_lines_are_in_one_form():
    texts = ["  Two\u00a0  words\t\n\n\n\u2003\ncafe\u0301\r\n", "end"]
    assert normalize_lines(texts) == ["Two words", "café", "end"]
    assert normalize_lines(["_Two_ * words\n***\n"], "Twords") == ["Two words"]


def test_quotes_can_be_made_straight():
    assert "“It’s ‘so’,” he—".translate(STRAIGHT) == "\"It's 'so',\" he—"


def test_what_project_gutenberg_prints_around_a_book_is_removed():
    book = "Chapter 1\n\nIt was late. The End of it.\n"
    frames = [
        (
            "The Project Gutenberg EBook\n*** START OF THIS PROJECT GUTENBERG EBOOK X ***\n",
            "*** END OF THIS ...\n",
        ),
        (
            "*** START OF X ***\nBy the Online Distributed Proofreading Team at https://x\n",
            "***END OF X\nlicence",
        ),
        ("", "End of the Project Gutenberg EBook of X\n\n*** END OF X ***\nSTART: FULL LICENSE\n"),
        ("", ""),
    ]
    for before, after in frames:
        assert strip_gutenberg(before + book + after).strip() == book.strip()
