"""Which lines are found in folders and tables, and what is said about the others."""

from pathlib import Path

import pytest
from PIL import Image

from kerasrec.errors import BadText, UsageError
from kerasrec.lines.own import OwnLine, find_lines
from kerasrec.lines.own.files import read_substitutions


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (40, 28), 255).save(path)
    return path


def test_pictures_are_paired_with_their_texts_in_natural_order(tmp_path):
    for name in ("l10.png", "l2.jpg", "l1.tif"):
        picture(tmp_path / name)
        (tmp_path / f"{Path(name).stem}.gt.txt").write_text(f"text of {name}\n", encoding="utf-8")
    lines, problems = find_lines(tmp_path)
    assert [(line.image.name, line.text) for line in lines] == [
        ("l1.tif", "text of l1.tif"),
        ("l2.jpg", "text of l2.jpg"),
        ("l10.png", "text of l10.png"),
    ]
    assert not problems


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfcaf\xc3\xa9", "café"),
        ("cafe\u0301\r\n".encode(), "café"),
        (b"  two\twords  \n\n", "two words"),
        (b"old\r", "old"),
    ],
)
def test_a_byte_order_mark_line_ends_and_combining_accents_make_no_difference(tmp_path, content, text):
    picture(tmp_path / "a.png")
    (tmp_path / "a.gt.txt").write_bytes(content)
    ((line,), problems) = find_lines(tmp_path)
    assert line.text == text and not problems


def test_every_line_that_cannot_be_used_is_named_with_the_reason(tmp_path):
    for name in ("good.png", "good.jpg", "empty.png", "latin.png", "two.png", "alone.png"):
        picture(tmp_path / name)
    contents = {"good": b"yes", "empty": b" \n", "latin": b"caf\xe9", "two": b"one\ntwo\n", "lost": b"no picture"}
    for name, content in contents.items():
        (tmp_path / f"{name}.gt.txt").write_bytes(content)
    lines, problems = find_lines(tmp_path)
    assert [line.text for line in lines] == ["yes"]
    reasons = {problem.file.name: problem.reason for problem in problems}
    assert reasons.keys() == {"good.png", "empty.png", "latin.gt.txt", "two.gt.txt", "alone.png", "lost.gt.txt"}
    assert reasons["good.png"] == "its text good.gt.txt belongs to good.jpg already"
    assert reasons["empty.png"] == "its text is empty"
    assert "not UTF-8" in reasons["latin.gt.txt"]
    assert reasons["two.gt.txt"] == "it has 2 lines of text; cut its picture into single lines"
    assert reasons["alone.png"] == "it has no text alone.gt.txt"
    assert reasons["lost.gt.txt"] == "it has no picture"


def test_text_from_right_to_left_is_left_out_by_name(tmp_path):
    for name, text in (("a", "abc"), ("b", "x \u05d0\u05d1"), ("c", "x\u0302")):
        picture(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.gt.txt").write_text(text, encoding="utf-8")
    lines, (problem,) = find_lines(tmp_path)
    assert [line.text for line in lines] == ["abc", "x\u0302"]
    assert str(problem) == (
        f"{tmp_path}/b.png: its text has '\u05d0' (U+05D0), but lines are read from left to right only"
    )


def test_pictures_that_ocropus_derives_share_the_text_of_their_line(tmp_path):
    picture(tmp_path / "0001.bin.png")
    (tmp_path / "0001.gt.txt").write_text("binarized")
    ((line,), _) = find_lines(tmp_path)
    assert line.text == "binarized"


def test_a_folder_without_texts_is_refused_with_the_name_of_the_first_missing_one(tmp_path):
    picture(tmp_path / "a.png")
    with pytest.raises(UsageError, match=r"None of the 1 pictures .* Write the text of a\.png to a\.gt\.txt"):
        find_lines(tmp_path)


@pytest.mark.parametrize("name", ["missing", "file.txt", "missing.csv"])
def test_what_is_neither_a_folder_nor_a_table_is_refused(tmp_path, name):
    (tmp_path / "file.txt").touch()
    with pytest.raises(UsageError, match=f"Expected a folder .* but .*{name}"):
        find_lines(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.csv", 'image,text,writer\nscans/a.png,"one, ""two""",anna\nscans/b.png,three,ben\n'),
        ("lines.csv", 'Text;File;Page\none, "two";scans/a.png;anna\nthree;scans/b.png;ben\n'),
        (
            "lines.tsv",
            '\ufeffpath\ttext\tgroup\r\nscans/a.png\tone, "two"\tanna\r\nscans/b.png\tthree\tben\r\n',
        ),
    ],
)
def test_a_table_has_paths_texts_and_groups(tmp_path, name, content):
    for each in ("a", "b"):
        picture(tmp_path / "scans" / f"{each}.png")
    (tmp_path / name).write_bytes(content.encode())
    lines, problems = find_lines(tmp_path / name)
    assert lines == [
        OwnLine(tmp_path / "scans" / "a.png", 'one, "two"', "anna"),
        OwnLine(tmp_path / "scans" / "b.png", "three", "ben"),
    ]
    assert not problems


def test_a_table_without_a_header_has_the_path_and_the_text_first(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "lines.csv").write_text("a.png,hello\nb.png,missing\na.png,again\na.png\n")
    lines, problems = find_lines(tmp_path / "lines.csv")
    assert [(line.image.name, line.text) for line in lines] == [("a.png", "hello")]
    assert [problem.reason for problem in problems] == [
        "it does not exist",
        "it is in row 3 of lines.csv again",
        "row 4 has 1 columns, not 2; a text with a delimiter needs quotes around it",
    ]


@pytest.mark.parametrize(("content", "message"), [("", "has no rows"), ("image,words\n", "columns image and text")])
def test_a_table_without_rows_or_columns_is_refused(tmp_path, content, message):
    (tmp_path / "lines.csv").write_text(content)
    with pytest.raises(BadText, match=message):
        find_lines(tmp_path / "lines.csv")


def test_groups_are_found_in_the_names_of_pictures(tmp_path):
    for name in ("w01_3.png", "w02_1.png"):
        picture(tmp_path / name)
        (tmp_path / f"{Path(name).stem}.gt.txt").write_text("x")
    assert [line.group.split("/")[-1] for line in find_lines(tmp_path)[0]] == ["w01_3", "w02_1"]
    assert [line.group for line in find_lines(tmp_path, "^w([0-9]+)")[0]] == ["01", "02"]
    assert [line.group for line in find_lines(tmp_path, "^w[0-9]+")[0]] == ["w01", "w02"]
    with pytest.raises(UsageError, match="matches no part of 'w01_3'"):
        find_lines(tmp_path, "page")
    with pytest.raises(UsageError, match="not a regular expression"):
        find_lines(tmp_path, "(")


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(UsageError, match="has no image"):
        find_lines(tmp_path)


def test_the_real_lines_have_their_texts(shared_data):
    lines, problems = find_lines(shared_data / "lines" / "uw3")
    assert len(lines) == 70 and not problems
    texts = {line.image.name: line.text for line in lines}
    assert texts["test_010001.png"].startswith("The problem, simplified")


def test_texts_are_substituted_as_a_file_says(tmp_path):
    for name, text in {"a": "“yes” — ſo", "b": "—"}.items():
        picture(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.gt.txt").write_text(text, encoding="utf-8")
    (tmp_path / "map.tsv").write_text('“\t"\n”\t"\nſ\ts\n\n—\t\n', encoding="utf-8")
    lines, problems = find_lines(tmp_path, substitutions=read_substitutions(tmp_path / "map.tsv"))
    assert [line.text for line in lines] == ['"yes" so']
    assert [problem.reason for problem in problems] == ["its text is empty"]
    (tmp_path / "map.tsv").write_text("no tab", encoding="utf-8")
    with pytest.raises(BadText, match="Line 1 of .*map.tsv must be a text, a tab and its replacement"):
        read_substitutions(tmp_path / "map.tsv")


def test_a_text_with_a_delimiter_needs_quotes(tmp_path):
    for name in ("a", "b"):
        picture(tmp_path / f"{name}.png")
    (tmp_path / "lines.csv").write_text("image,text\na.png,Hello, world\nb.png,fine\n")
    lines, (problem,) = find_lines(tmp_path / "lines.csv")
    assert [line.text for line in lines] == ["fine"]
    assert problem.reason == "row 2 has 3 columns, not 2; a text with a delimiter needs quotes around it"


def test_a_quote_without_its_end_is_named_and_swallows_no_rows(tmp_path):
    (tmp_path / "lines.csv").write_text('image,text\na.png,"Hello\nb.png,fine\n')
    with pytest.raises(BadText, match=r"cannot be read: unexpected end of data in line 3\. Check its quotes"):
        find_lines(tmp_path / "lines.csv")


def test_a_text_of_several_lines_in_a_table_is_a_problem(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "lines.csv").write_text('image,text\na.png,"one\ntwo"\n')
    assert find_lines(tmp_path / "lines.csv")[1][0].kind == "several lines"


@pytest.mark.parametrize(
    "content", ["sep=;\na.png;Ja, nein, doch\n", "a.png;Ja, nein, doch\nb.png;Ja\n", "a.png\tJa, nein, doch\n"]
)
def test_the_delimiter_is_found(tmp_path, content):
    picture(tmp_path / "a.png")
    (tmp_path / "lines.csv").write_text(content)
    assert [line.text for line in find_lines(tmp_path / "lines.csv")[0]] == ["Ja, nein, doch"]


def test_names_of_files_in_a_table_are_not_normalized(tmp_path):
    decomposed = "e\u0301.png"
    picture(tmp_path / decomposed)
    (tmp_path / "lines.csv").write_text(f"image,text\n{decomposed},e\u0301\n", encoding="utf-8")
    ((line,), problems) = find_lines(tmp_path / "lines.csv")
    assert line.text == "\u00e9" and not problems


def test_swapped_columns_are_problems_and_no_error(tmp_path):
    (tmp_path / "lines.csv").write_text(f"{'a long text ' * 50},a.png\n")
    assert find_lines(tmp_path / "lines.csv")[1][0].reason == "it does not exist"


def test_lines_of_subfolders_are_found_and_can_be_grouped_by_them(tmp_path):
    for name in ("page1/a", "page2/a", "page2/deeper/b", ".hidden/c"):
        picture(tmp_path / f"{name}.png").with_suffix(".gt.txt").write_text(name)
    lines, problems = find_lines(tmp_path)
    assert [line.text for line in lines] == ["page1/a", "page2/a", "page2/deeper/b"]
    assert len({line.group for line in lines}) == 3 and not problems
    lines, _ = find_lines(tmp_path, group_by="^([^/]+)/")
    assert [line.group for line in lines] == ["page1", "page2", "page2"]


def test_a_text_without_a_picture_is_found_in_a_subfolder_too(tmp_path):
    picture(tmp_path / "page1" / "a.png").with_suffix(".gt.txt").write_text("text")
    (tmp_path / "page1" / "lost.gt.txt").write_text("text")
    assert [problem.file.name for problem in find_lines(tmp_path)[1]] == ["lost.gt.txt"]
