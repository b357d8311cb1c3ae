"""`kerasrec evaluate` as a user calls it, with a recognizer of random weights."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

import kerasrec as kerasrec_api
from kerasrec.alphabet import Alphabet
from kerasrec.errors import UsageError
from kerasrec.models import LineResNet
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings

FILES = [
    "alignment.png",
    "confidence.png",
    "confusions.csv",
    "confusions.png",
    "lines.png",
    "metrics.json",
    "worst.png",
]


def unwrap(message):
    """Returns a message without its frame, on one line."""
    return " ".join(message.replace("│", " ").split())


@pytest.fixture(scope="module")
def made(own_data, tmp_path_factory):
    """The folder of a run whose recognizer reads some text in every line; do not change it."""
    _, glyphs, _, text = own_data
    spec = LineSpec(max_length=6)
    settings = TrainSettings(glyphs=glyphs, text=text, characters="ab ", spec=spec)
    recognizer = Recognizer.build(LineResNet(8, 16, 1), Alphabet("ab "), spec)
    rng = np.random.default_rng(1)
    for variable in recognizer.model.trainable_variables:
        inputs = np.prod(variable.shape[:-1]) if len(variable.shape) > 1 else 100
        variable.assign(rng.normal(0, (2 / inputs) ** 0.5, variable.shape))
    recognizer.model.get_layer("classes").bias.assign([-1, -9, -9, -9, 0, 0, 0])  # letters before blanks
    run = Run.create(tmp_path_factory.mktemp("runs") / "run", settings)
    recognizer.save(run.recognizer_file)
    run.folder.joinpath("metrics.json").write_text("those of the training")
    return run.folder


@pytest.fixture
def run(made, tmp_path):
    return shutil.copytree(made, tmp_path / "run")


@pytest.fixture
def evaluate(kerasrec, run):
    return lambda *arguments: kerasrec("evaluate", run, "--precision", "float32", *arguments)


@pytest.fixture
def own(tmp_path):
    """A folder of three images of lines with their texts."""
    folder = tmp_path / "own"
    folder.mkdir()
    for number, text in enumerate(("ab", "ba ab", "b"), 1):
        image = np.full((56, 60 * len(text)), 255, np.uint8)
        image[10:40, 20:-20:20] = 0
        Image.fromarray(image).save(folder / f"line{number}.png")
        (folder / f"line{number}.gt.txt").write_text(f"{text}\n")
    return folder


def test_error_rates_are_printed_and_pictures_written(evaluate, run):
    result = evaluate("--lines", 40)
    assert (result.exit_code, result.stderr) == (0, "")
    printed = result.stdout.splitlines()
    assert printed[0].startswith("40 lines, ")
    for start in ("CER ", "lab CER ", "WER ", "perfect lines ", "characters in the line ", "overlap of neighbours "):
        assert any(line.startswith(start) for line in printed), start
    assert printed[-1] == f"Pictures and tables are in {run / 'evaluation'}."
    assert sorted(file.name for file in (run / "evaluation").iterdir()) == FILES
    assert (run / "metrics.json").read_text() == "those of the training"


def test_only_json_goes_to_stdout(evaluate, run, tmp_path):
    result = evaluate("--lines", 40, "--json", "--out", tmp_path / "there")
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert figures["lines"] == 40
    assert figures["intervals"]["cer"][0] <= figures["cer"] <= figures["intervals"]["cer"][1]
    assert figures == json.loads((tmp_path / "there" / "metrics.json").read_text(encoding="utf-8"))
    assert result.stderr == f"\nPictures and tables are in {tmp_path / 'there'}.\n"
    assert not (run / "evaluation").exists()


def test_the_same_lines_are_read_every_time(evaluate):
    first, again, beam = (evaluate("--lines", 30, "--json", *more).stdout for more in ([], [], ["--beam", 4]))
    assert first == again != beam


def test_a_read_only_run_is_evaluated_without_pictures(evaluate, run, tmp_path):
    (run / "evaluation").touch()
    result = evaluate("--lines", 10)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("10 lines, ")
    assert "Pictures and tables were not written: " in result.stdout
    assert "Or choose another folder with --out." in result.stdout
    assert "evaluation/metrics.json could not be written: " in result.stdout
    result = evaluate("--lines", 10, "--out", run / "metrics.json")
    assert result.exit_code == 1
    assert result.stdout.startswith("10 lines, ")
    assert result.stderr.startswith(f"Error: {run / 'metrics.json' / 'metrics.json'} could not be written: ")


def test_own_lines_are_read(evaluate, own, run):
    result = evaluate("--own", own, "--json")
    assert (result.exit_code, result.stderr.strip()) == (0, f"Pictures and tables are in {run / 'evaluation'}.")
    figures = json.loads(result.stdout)
    assert (figures["lines"], figures["characters"], figures["places"]) == (3, 8, None)
    assert (run / "evaluation" / "lines.png").exists()


def test_the_ink_of_own_lines_can_be_stated(evaluate, own, run):
    stated, found, wrong = (
        json.loads(evaluate("--own", own, "--json", "--ink", ink).stdout) for ink in ("dark", "auto", "light")
    )
    assert stated == found != wrong
    assert kerasrec_api.evaluate(run, own, ink="light").to_json() == wrong
    with pytest.raises(UsageError, match="ink must be one of auto, dark, light, but is 'red'"):
        kerasrec_api.evaluate(run, own, ink="red")


def test_differences_can_be_ignored(evaluate, own):
    options = ("--ignore-case", "--ignore-punctuation", "--fold-accents")
    plain = json.loads(evaluate("--own", own, "--json", *options).stdout)
    for number, text in enumerate(("ÁB", "b.A – ab", "B"), 1):
        (own / f"line{number}.gt.txt").write_text(text, encoding="utf-8")
    folded = json.loads(evaluate("--own", own, "--json", *options).stdout)
    assert folded["cer"] == plain["cer"] and folded["ignored"] == {"case": True, "punctuation": True, "accents": True}
    result = evaluate("--own", own, *options)
    assert result.stdout.startswith("ignoring case, punctuation, accents:\n3 lines")
    assert json.loads(evaluate("--own", own, "--json").stdout)["characters"] == 11


def test_rates_are_given_for_each_group_of_a_table(evaluate, own):
    rows = ["image,text,writer", "line1.png,ab,anna", "line2.png,ba ab,ben", "line3.png,b,ben"]
    (own / "lines.csv").write_text("\n".join(rows))
    groups = json.loads(evaluate("--own", own / "lines.csv", "--json").stdout)["groups"]["group"]
    assert {name: group["lines"] for name, group in groups.items()} == {"anna": 1, "ben": 2}
    by_name = json.loads(evaluate("--own", own, "--json", "--group-by", "line|[12]").stdout)["groups"]["group"]
    assert by_name["line"]["lines"] == 3


def test_an_own_line_that_cannot_be_opened_is_reported_and_left_out(evaluate, own):
    (own / "line2.png").write_bytes(b"no image")
    result = evaluate("--own", own, "--json")
    assert result.exit_code == 1
    assert "line2.png is not an image, or its header is damaged." in result.stderr
    assert json.loads(result.stdout)["lines"] == 2
    for number in (1, 3):
        (own / f"line{number}.png").write_bytes(b"")
    result = evaluate("--own", own)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Error: None of the 3 images in {own} can be read." in result.stderr


def test_an_own_line_of_several_pages_is_reported_and_left_out(evaluate, own):
    page = Image.open(own / "line2.png").convert("RGB")
    page.save(own / "line2.png", save_all=True, append_images=[page.rotate(180)])
    result = evaluate("--own", own, "--json")
    assert result.exit_code == 1
    assert "line2.png has 2 pages, but must be one line." in " ".join(result.stderr.split())
    assert json.loads(result.stdout)["lines"] == 2


def test_characters_outside_the_alphabet_are_reported(evaluate, own):
    (own / "line1.gt.txt").write_text("日b日", encoding="utf-8")
    result = evaluate("--own", own, "--json")
    assert result.exit_code == 0
    assert "2 of 9 characters of the texts are not in the recognizer's alphabet, and count as errors: '日'." in (
        result.stderr
    )
    assert json.loads(result.stdout)["characters"] == 9


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--ink", "dark"], 2, "--ink has an effect only with --own"),
        (["--group-by", "x"], 2, "--group-by has an effect only with --own"),
        (["--own", "nowhere"], 2, "'nowhere' does not exist."),
        (["--lines", 0], 2, "Invalid value for '--lines': Input should be greater than or equal to 1"),
        (["--beam", -1], 2, "Invalid value for '--beam': Input should be greater than or equal to 0"),
        (["--precision", "int8"], 2, "'int8' is not one of 'auto'"),
    ],
)
def test_an_invalid_value_is_refused(evaluate, run, arguments, code, message):
    result = evaluate(*arguments)
    assert result.exit_code == code
    assert message in unwrap(result.stderr)
    assert not (run / "evaluation").exists()


def test_an_own_line_without_its_text_is_reported_and_left_out(evaluate, own, tmp_path):
    (own / "line2.gt.txt").unlink()
    result = evaluate("--own", own, "--json")
    assert result.exit_code == 1 and json.loads(result.stdout)["lines"] == 2
    assert "line2.png: it has no text line2.gt.txt." in unwrap(result.stderr)
    (tmp_path / "empty").mkdir()
    result = evaluate("--own", tmp_path / "empty")
    assert result.exit_code == 2
    assert "empty has no images" in result.stderr


def test_own_lines_with_an_empty_text_another_encoding_and_a_name_of_ocropus(evaluate, own):
    (own / "line1.gt.txt").write_text("\n")
    (own / "line2.gt.txt").write_text("ba ab", encoding="utf-16")
    (own / "line3.png").rename(own / "line3.bin.png")
    result = evaluate("--own", own, "--json")
    assert result.exit_code == 1 and json.loads(result.stdout)["lines"] == 1
    assert "line1.png: its text is empty." in unwrap(result.stderr)
    assert "line2.gt.txt: is not UTF-8 text: byte 0" in unwrap(result.stderr)
    assert "iconv -f UTF-16" in result.stderr and "LATIN1" not in result.stderr
    (own / "line3.gt.txt").write_text("")
    result = evaluate("--own", own)
    assert result.exit_code == 2
    assert f"None of the lines in {own} can be used. {own}/line1.png: its text is empty." in unwrap(result.stderr)


def test_a_folder_that_is_not_a_run_is_refused(kerasrec, run, tmp_path):
    (tmp_path / "empty").mkdir()
    result = kerasrec("evaluate", tmp_path / "empty")
    assert (result.exit_code, "empty holds no settings.json, so it is not a run." in result.stderr) == (1, True)
    result = kerasrec("evaluate", tmp_path / "nowhere")
    assert (result.exit_code, "does not exist" in unwrap(result.stderr)) == (2, True)
    result = kerasrec("evaluate", run / "settings.json")
    assert (result.exit_code, "is a file" in unwrap(result.stderr)) == (2, True)


def test_a_damaged_run_and_one_of_another_version_are_refused(evaluate, run):
    settings = json.loads((run / "settings.json").read_text(encoding="utf-8"))
    (run / "settings.json").write_text(json.dumps({**settings, "format": 99}))
    result = evaluate("--lines", 5)
    assert (result.exit_code, "run has format 99 of kerasrec " in result.stderr) == (1, True)
    (run / "settings.json").write_text(json.dumps({**settings, "hyperparameters": [1]}))
    result = evaluate("--lines", 5)
    assert (result.exit_code, "settings.json does not hold the settings of a run" in result.stderr) == (1, True)
    (run / "settings.json").write_text(json.dumps({**settings, "batch_size": -1}))
    result = evaluate("--lines", 5)
    assert result.exit_code == 1
    assert "settings.json does not hold the settings of a run (batch_size must be above 0, not -1.)" in result.stderr
    content = (run / "recognizer.keras").read_bytes()
    (run / "recognizer.keras").write_bytes(content[: len(content) // 2])
    result = evaluate("--lines", 5)
    assert (result.exit_code, "recognizer.keras is not a recognizer of kerasrec" in result.stderr) == (1, True)
    (run / "recognizer.keras").unlink()
    result = evaluate("--lines", 5)
    assert result.exit_code == 1
    assert f"Continue with `kerasrec train --out {run} --resume`." in result.stderr
