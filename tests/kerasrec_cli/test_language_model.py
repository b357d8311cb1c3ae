"""`kerasrec language-model build`, and reading and evaluating with the model that it writes."""

import json
import zipfile

import pytest

from kerasrec.language.model import LanguageModel


@pytest.fixture(scope="module")
def saved(tmp_path_factory, saved_archive):
    """A folder with a run whose recognizer reads the digits 0 to 3, and a folder `lines` of images of them."""
    folder = tmp_path_factory.mktemp("saved")
    with zipfile.ZipFile(saved_archive) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def books(tmp_path):
    """Two text files."""
    (tmp_path / "one.txt").write_text("The cat sat\non the mat.\n\n" * 20, encoding="utf-8")
    (tmp_path / "two.txt").write_text("*** START OF X ***\n“It’s a  hat.”\n*** END OF X ***\nLICENCE", encoding="utf-8")
    return [tmp_path / "one.txt", tmp_path / "two.txt"]


def digits(folder, text):
    """Saves a language model of a text, and returns its file."""
    file = folder / "digits.klm"
    LanguageModel.build([text] * 3).save(file)
    return file


def test_a_model_is_built_from_texts_and_described(kerasrec, books, tmp_path):
    out = tmp_path / "new" / "cats.klm"
    result = kerasrec("language-model", "build", *books, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    first, *rows, bits, _, last = result.stdout.splitlines()
    assert first == "characters          453 in 41 lines"
    assert [row.split()[2] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[0] == "n-grams of  1       16"
    assert bits.startswith("bits per character  0.")
    assert last == f"The language model is {out} (0.00 MB)."
    assert LanguageModel.load(out).characters == " .ITacehmnost’“”"
    assert [file.name for file in out.parent.iterdir()] == ["cats.klm"]


def test_quotes_characters_and_order_can_be_chosen(kerasrec, books, tmp_path):
    out = tmp_path / "cats.klm"
    options = ("--straight-quotes", "--order", 3, "--characters", "\"'Itsaht")
    result = kerasrec("language-model", "build", books[1], "--out", out, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "bits per character  not measured, as the text has fewer than 20 lines" in result.stdout
    model = LanguageModel.load(out)
    assert (model.characters, model.order) == (" \"'Iahst", 3)


def test_lines_are_read_with_a_language_model(kerasrec, saved, tmp_path):
    image = saved / "lines" / "line2.png"

    def read(*options):
        result = kerasrec("read", saved / "run", image, *options)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout.split("\t")[1:]

    file = digits(tmp_path, "1213")
    plain, beam = read(), read("--beam", 16)
    assert plain[0] == beam[0] == "12133"
    assert read("--language-model", file, "--lm-weight", 0, "--lm-bonus", 0) == beam
    strong = ("--language-model", file, "--lm-weight", 4, "--lm-bonus", 6)
    assert read(*strong)[0] == "1213"
    assert read(*strong) == read(*strong, "--beam", 16)
    assert read("--language-model", "english", "--lm-weight", 0) == beam
    words = tmp_path / "words.txt"
    words.write_text("1213 3", encoding="utf-8")
    assert read("--words", words, "--word-bonus", 0) == beam
    assert read("--words", words, "--word-bonus", 9)[0] == "1213"
    assert read("--words", words, "--word-bonus", 9, *strong)[0] == "1213"


def test_own_lines_are_evaluated_with_a_language_model(kerasrec, saved, tmp_path):
    def evaluate(*options):
        out = ("--json", "--out", tmp_path / "out", "--precision", "float32")
        result = kerasrec("evaluate", saved / "run", "--own", saved / "lines", *out, *options)
        assert result.exit_code == 0
        return json.loads(result.stdout)["cer"]

    file = digits(tmp_path, "0 0 0")
    assert evaluate() == 0
    assert evaluate("--language-model", file, "--lm-weight", 0) == 0
    assert evaluate("--language-model", file, "--lm-weight", 30) > 0.3


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["{text}"], 2, "Missing option '--out'"),
        (["--out", "new.klm"], 2, "Missing argument 'FILES"),
        (["{text}", "--out", "{folder}/new.npz"], 2, "--out must be named NAME.klm, but is"),
        (["{text}", "--out", "{folder}/new.klm", "--order", "0"], 2, "'--order': Input should be greater than"),
        (["{folder}/absent.txt", "--out", "{folder}/new.klm"], 1, "absent.txt does not exist"),
        (["{folder}", "--out", "{folder}/new.klm"], 1, "is a folder, not a text file"),
        (["{folder}/binary.txt", "--out", "{folder}/new.klm"], 1, "binary.txt is not UTF-8 text"),
        (["{folder}/empty.txt", "--out", "{folder}/new.klm"], 1, "A language model needs text, but there is none"),
        (["{text}", "--out", "{folder}/new.klm", "--characters", "Z"], 1, "A language model needs text"),
        (["{text}", "--out", "{text}/new.klm"], 1, "one.txt/new.klm could not be written"),
    ],
)
def test_a_model_that_cannot_be_built_is_refused(kerasrec, books, tmp_path, arguments, code, message):
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe")
    before = sorted(tmp_path.iterdir())
    filled = [each.format(text=books[0], folder=tmp_path) for each in arguments]
    result = kerasrec("language-model", "build", *filled)
    assert result.exit_code == code
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr and sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["read", "evaluate"])
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["--language-model", "klingon"],
            2,
            "There is no language model 'klingon'. Give english, or a file (NAME.klm)",
        ),
        (["--language-model", "{folder}/bad.klm"], 1, "bad.klm is not a language model of kerasrec"),
        (["--language-model", "{folder}"], 1, "is not a language model of kerasrec"),
        (["--language-model", "english", "--beam", "0"], 2, "A language model needs a beam search, but --beam is 0."),
        (["--language-model", "english", "--lm-weight", "-1"], 2, "Invalid value for '--lm-weight'"),
        (["--language-model", "english", "--lm-weight", "inf"], 2, "needs a weight of at least 0"),
        (["--language-model", "english", "--lm-bonus", "inf"], 2, "a bonus that is a number"),
        (["--lm-weight", "0.5"], 2, "--lm-weight has an effect only with --language-model. Leave out --lm-weight."),
        (["--lm-bonus", "0.5"], 2, "--lm-bonus has an effect only with --language-model. Leave out --lm-bonus."),
        (["--word-bonus", "0.5"], 2, "--word-bonus has an effect only with --words. Leave out --word-bonus."),
        (["--words", "{folder}/blank.txt"], 1, "blank.txt has no words."),
        (["--words", "{folder}/bad.klm", "--word-bonus", "-1"], 2, "Invalid value for '--word-bonus'"),
        (["--words", "{folder}/bad.klm", "--beam", "0"], 2, "--words needs a beam search, but --beam is 0."),
    ],
)
def test_a_language_model_that_cannot_be_used_is_refused(kerasrec, saved, tmp_path, command, arguments, code, message):
    (tmp_path / "bad.klm").write_text("no model")
    (tmp_path / "blank.txt").write_text("...")
    lines = [saved / "lines" / "line2.png"] if command == "read" else ["--own", saved / "lines"]
    result = kerasrec(command, saved / "run", *lines, *(each.format(folder=tmp_path) for each in arguments))
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr
