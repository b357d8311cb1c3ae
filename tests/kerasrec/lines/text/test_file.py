import os

import pytest

from kerasrec.errors import BadText
from kerasrec.lines.text.file import read_sentences


def test_a_line_is_a_sentence_and_empty_lines_are_skipped(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_bytes("\ufeffFirst line\r\n\n  \nSecond é\n".encode())
    assert read_sentences(path) == ["First line", "Second é"]


def test_a_letter_and_a_combining_accent_become_one_character(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("cafe\u0301", encoding="utf-8")
    assert read_sentences(path) == ["caf\u00e9"]


def test_bytes_that_are_not_utf8_are_reported_with_position_and_line(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"fine\nna\xefve\n")
    with pytest.raises(BadText, match=r"latin.txt is not UTF-8 text: byte 7 \(in line 2\) is 0xef.*iconv"):
        read_sentences(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognized(tmp_path, encoding):
    path = tmp_path / "wide.txt"
    path.write_text("na\u00efve\nlines", encoding=encoding)
    with pytest.raises(BadText, match=r"wide.txt is not UTF-8 text.*iconv -f UTF-16"):
        read_sentences(path)


@pytest.mark.parametrize("content", [b"", b"\n \n\t\n", b"\xef\xbb\xbf"])
def test_a_file_without_text_raises_an_error(tmp_path, content):
    (tmp_path / "empty.txt").write_bytes(content)
    with pytest.raises(BadText, match=rf"empty.txt \({len(content)} bytes\) has no text"):
        read_sentences(tmp_path / "empty.txt")


def test_a_missing_file_and_a_folder_raise_errors(tmp_path):
    with pytest.raises(BadText, match=r"text file .*absent.txt does not exist. Check its name"):
        read_sentences(tmp_path / "absent.txt")
    with pytest.raises(BadText, match="is a folder, not a text file"):
        read_sentences(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user without read permission")
def test_a_file_without_read_permission_raises_an_error(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("text")
    path.chmod(0)
    with pytest.raises(BadText, match="Permission denied.*Check its permissions"):
        read_sentences(path)


def test_a_name_that_is_too_long_raises_an_error(tmp_path):
    with pytest.raises(BadText, match="File name too long"):
        read_sentences(tmp_path / ("x" * 300))
