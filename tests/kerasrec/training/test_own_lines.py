"""Training on lines of one's own: the settings that follow from them, the splits, and starting from another run."""

import io
import shutil
from pathlib import Path
from unittest.mock import patch

import keras
import numpy as np
import pytest

import kerasrec
from kerasrec.errors import BadRun, BadText, UsageError
from kerasrec.training import train as training
from kerasrec.training.loop import fit
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings
from kerasrec.training.splits import check_record, check_sources, load_splits
from kerasrec.training.train import make_settings

WORDS = ("ab cd", "bad cab", "a dab", "abba", "cad ba", "dad", "bab ca", "dab ab", "cab", "add")
SMALL = {
    "height": 28,
    "hyperparameters": {"width": 8, "context_dim": 16, "context_blocks": 1, "stride": 8},
    "batch_size": 8,
    "epoch_lines": 32,
    "epochs": 1,
    "learning_rate": 5e-3,
    "precision": "float32",
    "augment": 0.0,
}
TUNED = {name: value for name, value in SMALL.items() if name not in ("height", "hyperparameters")}


TEXTS = {f"w{i % 10}_{i:02}": WORDS[i * 7 % 10] for i in range(40)}


@pytest.fixture
def lines(tmp_path: Path, write_lines) -> Path:
    """40 lines of 10 writers."""
    return write_lines(tmp_path / "lines", TEXTS)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, write_lines) -> Path:
    """A run on 40 lines of their own, not to be changed."""
    folder = tmp_path_factory.mktemp("first")
    return run(folder / "run", lines={str(write_lines(folder / "lines", TEXTS)): 1.0}, **SMALL)[0].folder


def run(folder: Path, **settings) -> tuple[Run, str]:
    """Trains and tests a run, and returns it with what was shown; it has no report."""
    made, stream = Run.create(folder, make_settings(**settings)), io.StringIO()
    with patch.object(training, "write_report"):
        training.train_and_test(made, folder, stream=stream)
    return made, stream.getvalue()


def weights(folder: Path) -> dict[str, np.ndarray]:
    return {weight.path: np.array(weight) for weight in kerasrec.load(folder).model.weights}


def test_the_settings_follow_from_the_texts(lines):
    settings = make_settings(lines={str(lines): 1.0})
    assert settings.characters == " abcd" and settings.spec.max_length == 7
    assert settings.spec.height == 40 and settings.hyperparameters == {"stride": 4}
    assert settings.epochs == 50 and settings.epoch_lines == 1000
    assert make_settings(lines=lines) == make_settings(lines=[str(lines)]) == settings
    mixed = make_settings(lines={str(lines): 1.0, "strokes": 1.0})
    assert set(" abcd09") < set(mixed.characters)
    assert make_settings(lines={str(lines): 1.0}, characters="abc ").characters == "abc "
    assert make_settings(lines={str(lines): 1.0}, minutes=5).epochs is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lines": {"strokes": 1.0, "mnist": 1.0}}, "a folder or a table of your own"),
        ({"lines": {"missing": 1.0}}, "missing does not exist"),
        ({"characters": "from-lines"}, "Add --lines FOLDER"),
        ({"lines": {"LINES": 1.0}, "model": "line_cnn_simple"}, "lines of one width"),
        ({"lines": {"LINES": -1.0}}, "must be above 0, not -1"),
        ({"lines": {"LINES": 1.0}, "validation": "0"}, "validation must be above 0"),
        ({"lines": {"LINES": 1.0}, "test": "1.5"}, "test must be a share of the lines"),
        ({"start_from": "missing"}, "is not a folder"),
    ],
)
def test_settings_that_cannot_work_are_refused(lines, settings, message):
    if "LINES" in settings.get("lines", {}):
        settings = {**settings, "lines": {str(lines): settings["lines"]["LINES"]}}
    with pytest.raises((UsageError, BadRun), match=message):
        make_settings(**settings)


def test_writers_are_in_one_split_only(lines, tmp_path):
    splits = load_splits(make_settings(lines={str(lines): 1.0}, group_by="^w[0-9]+", **SMALL), tmp_path)
    rows = [row.split(",") for row in splits.record().splitlines()[1:]]
    writers = {split: {group for name, group, _ in rows if name == split} for split in ("train", "validation", "test")}
    assert [len(each) for each in writers.values()] == [8, 1, 1] and len(set.union(*writers.values())) == 10
    assert splits.validation().count == splits.test().count == 4
    assert "32 lines  in 8 groups" in "\n".join(splits.describe())


def test_lines_that_cannot_be_used_are_left_out_or_refused(lines, tmp_path, write_lines):
    write_lines(lines, {"dense": "abcdabcdabcd", "odd": "xyz"})
    narrow = {**SMALL, "characters": "abcd ", "max_length": 7}
    splits = load_splits(make_settings(lines={str(lines): 1.0}, **narrow), tmp_path)
    described = "\n".join(splits.describe())
    assert "1 with unknown characters, such as odd.png: its text has 'xyz', not in the alphabet" in described
    assert "1 with too long a text, such as dense.png" in described
    assert "12 characters, above 7" in "\n".join(map(str, splits.problems))
    with pytest.raises(BadText, match=r"2 lines cannot be used:\n.*(dense|odd)\.png"):
        load_splits(make_settings(lines={str(lines): 1.0}, strict=True, **narrow), tmp_path)


def test_texts_longer_than_their_frames_are_named(lines, tmp_path, write_lines):
    from PIL import Image

    write_lines(lines, {"dense": "dad dad dad"})
    Image.new("L", (60, 28), 0).save(lines / "dense.png")
    ink = np.zeros((28, 60), np.uint8)
    ink[6:20, 10:50:4] = 255
    Image.fromarray(ink).save(lines / "dense.png")
    splits = load_splits(make_settings(lines={str(lines): 1.0}, **SMALL), tmp_path)
    (problem,) = splits.problems
    assert problem.file.name == "dense.png" and "needs 11 frames, but its" in problem.reason


def test_a_run_validates_and_tests_on_its_own_lines(lines, tmp_path):
    made, told = run(tmp_path / "run", lines={str(lines): 1.0}, group_by="^w[0-9]+", **SMALL)
    assert "on lines it never saw" in told and "4 lines" in told and "With only 4 validation lines" in told
    tested = [row.split(",")[1] for row in (made.folder / "splits.csv").read_text().splitlines() if row[:4] == "test"]
    assert "\ngroup  lines " in told and f"\n{tested[0]}         4 " in told
    assert (made.folder / "splits.csv").read_text().count("\n") == 41
    assert made.recognizer().alphabet.characters == " abcd"


def test_folders_of_their_own_are_validated_and_tested_on(lines, tmp_path, write_lines):
    other = write_lines(tmp_path / "other", {"a": "é", "b": "ab"})
    settings = make_settings(lines={str(lines): 1.0}, validation=str(other), test="0", **SMALL)
    splits = load_splits(settings, tmp_path)
    assert settings.characters == " abcdé"
    assert splits.train().count == 40 and splits.validation().count == 2
    assert not splits.has_test and splits.unseen == "its validation lines, as there are no test lines"


def test_own_and_composed_lines_are_mixed(lines, tmp_path):
    splits = load_splits(make_settings(lines={str(lines): 0.25, "strokes": 0.75}, **SMALL), tmp_path)
    assert "75.0% of the lines" in "\n".join(splits.describe())
    drawn = splits.train()
    composed = sum(len(text) > 7 or not set(text) <= set("abcd ") for text in drawn.texts(drawn.labels(range(100))[0]))
    assert 60 <= composed <= 75


def test_a_resumed_run_ends_with_the_same_weights(lines, tmp_path):
    settings = make_settings(lines={str(lines): 0.5, "strokes": 0.5}, **{**SMALL, "epochs": 2})
    splits = load_splits(settings, tmp_path)
    whole, parts = (Run.create(tmp_path / name, settings) for name in ("whole", "parts"))
    fit(settings, whole, splits)

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    assert fit(settings, parts, splits, watch=lambda progress: [Interrupt()]).stopped
    fit(settings, parts, splits, resume=True)
    for one, other in zip(weights(whole.folder).values(), weights(parts.folder).values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_whose_lines_have_changed_is_refused(lines, tmp_path):
    settings = make_settings(lines={str(lines): 1.0}, **SMALL)
    made = Run.create(tmp_path / "run", settings)
    check_record(made, load_splits(settings, tmp_path))
    check_record(made, load_splits(settings, tmp_path))
    (lines / "w0_00.png").unlink()
    with pytest.raises(BadRun, match="The lines have changed since .* began"):
        check_record(made, load_splits(settings, tmp_path))


def test_a_run_starts_from_the_weights_and_the_alphabet_of_another(first, lines, tmp_path, write_lines):
    write_lines(lines, {"new": "é é"})
    tuned, told = run(
        tmp_path / "tuned", lines={str(lines): 1.0}, start_from=str(first), **{**TUNED, "learning_rate": 1e-9}
    )
    assert "alphabet: +é" in told
    before, after = weights(first), weights(tuned.folder)
    for (path, old), (_, new) in zip(before.items(), after.items(), strict=True):
        if old.shape == new.shape:
            np.testing.assert_allclose(old, new, atol=1e-6, err_msg=path)
        else:
            assert old.shape[-1] == 9 and new.shape[-1] == 10
            np.testing.assert_allclose(old, new[..., :9], atol=1e-6, err_msg=path)


def test_characters_can_change_their_order_and_be_lost(first, tmp_path, write_lines):
    settings = {**TUNED, "learning_rate": 1e-9, "characters": "dcb ", "test": "0"}
    other = write_lines(tmp_path / "other", {"one": "dbc", "two": "c b", "three": "bbc"})
    tuned, told = run(tmp_path / "tuned", lines={str(other): 1.0}, start_from=str(first), **settings)
    assert "alphabet: -a" in told
    (old,) = (value for path, value in weights(first).items() if path.endswith("classes/kernel"))
    (new,) = (value for path, value in weights(tuned.folder).items() if path.endswith("classes/kernel"))
    np.testing.assert_allclose(new[:, 4:], old[:, [8, 7, 6, 4]], atol=1e-6)  # " abcd" has the ids 4 to 8
    np.testing.assert_allclose(new[:, :4], old[:, :4], atol=1e-6)


def test_frozen_layers_keep_their_weights(first, lines, tmp_path):
    tuned, _ = run(tmp_path / "tuned", lines={str(lines): 1.0}, start_from=str(first), freeze="convolutions", **TUNED)
    before, after = weights(first), weights(tuned.folder)
    kept = {path.split("/")[-2] for path in before if np.array_equal(before[path], after[path])}
    assert {"stem", "down1", "block2_conv2", "squeeze"} <= kept and "classes" not in kept
    settings = tuned.settings()
    assert fit(settings, tuned, load_splits(settings, tmp_path, tuned), resume=True).is_over()
    with pytest.raises(UsageError, match="--freeze 99 leaves 0 of"):
        run(tmp_path / "none", lines={str(lines): 1.0}, start_from=str(first), freeze="99", **TUNED)


@pytest.mark.parametrize(
    "change",
    [{"model": "line_cnn"}, {"height": 48}, {"hyperparameters": {"width": 99}}, {"objective": "cross_entropy"}],
)
def test_a_run_keeps_the_model_that_it_starts_from(first, lines, change):
    with pytest.raises(UsageError, match="keeps its"):
        make_settings(lines={str(lines): 1.0}, start_from=str(first), **change)


def test_one_pair_alone_cannot_be_divided(tmp_path, write_lines):
    one = write_lines(tmp_path / "one", {"a": "abc"})
    settings = make_settings(lines={str(one): 1.0}, **SMALL)
    with pytest.raises(UsageError, match="cannot be divided into 3 parts .* 1 lines in 1 groups"):
        load_splits(settings, tmp_path)


def test_texts_are_substituted(lines, tmp_path):
    settings = make_settings(lines={str(lines): 1.0}, substitutions={"ab": "é", "dd": ""}, **SMALL)
    assert set(settings.characters) == set("abcdé ")
    splits = load_splits(TrainSettings.from_json(settings.to_json()), tmp_path)
    assert any("é" in line.text for line in splits.validated.lines) or any(
        "é" in line.text for part in splits.trained.values() for line in part.lines
    )


def test_kinds_of_variation_can_be_left_out(lines, tmp_path):
    settings = make_settings(lines={str(lines): 1.0}, without=("stretch",), **{**SMALL, "augment": 1.0})
    varied = load_splits(settings, tmp_path).train()(range(8))
    np.testing.assert_array_equal(varied["widths"], load_splits(settings, tmp_path).train().labels(range(8))[2])
    with pytest.raises(UsageError, match="without must be some of slant, .* not 'colour'"):
        make_settings(lines={str(lines): 1.0}, without=("colour",))


def test_lines_that_a_run_was_trained_on_are_not_tested_by_the_next(lines, tmp_path, write_lines):
    first, _ = run(tmp_path / "first", lines=lines, group_by="^w[0-9]+", **SMALL)
    write_lines(lines, {f"new{i}": "dad" for i in range(8)})
    tuned = Run.create(tmp_path / "tuned", make_settings(lines=lines, start_from=str(first.folder), **TUNED))
    splits = load_splits(tuned.settings(), tmp_path)
    before = {row.split(",")[2]: row.split(",")[0] for row in first.splits_file.read_text().splitlines()[1:]}
    now = {row.split(",")[2]: row.split(",")[0] for row in splits.record().splitlines()[1:]}
    assert before.items() <= now.items() and len(now) == 48
    check_record(tuned, splits)
    first.splits_file.unlink()
    assert set(load_splits(tuned.settings(), tmp_path, tuned).record().splitlines()) == set(
        splits.record().splitlines()
    )
    held_out = write_lines(tmp_path / "held_out", {"a": "dad"})
    trained = next(Path(image) for image, split in before.items() if split == "train")
    (held_out / "a.png").unlink()
    (held_out / "a.png").symlink_to(trained)
    with pytest.raises(UsageError, match="1 of 1 test lines, or their groups, are trained on too"):
        load_splits(make_settings(lines=lines, test=str(held_out), **SMALL), tmp_path)


def test_characters_that_no_line_has_are_named(lines, tmp_path):
    settings = make_settings(lines=lines, characters="abcdé ", **SMALL)
    described = load_splits(settings, tmp_path).describe()
    assert "  never trained: 1 characters of the alphabet, which are in no training line: 'é' (U+00E9)" in described
    mixed = make_settings(lines=[lines, "strokes"], **SMALL)
    assert not any("never trained" in line for line in load_splits(mixed, tmp_path).describe())


@pytest.mark.parametrize("change", ["text", "picture"])
def test_a_run_is_not_resumed_on_lines_with_another_content(lines, tmp_path, change):
    begun = Run.create(tmp_path / "run", make_settings(lines=lines, **SMALL))
    check_sources(begun, load_splits(begun.settings(), tmp_path, begun))
    check_sources(begun, load_splits(begun.settings(), tmp_path, begun))  # nothing has changed
    if change == "text":
        (lines / "w3_13.gt.txt").write_text("cab cab")
    else:
        shutil.copy(lines / "w3_13.png", lines / "w4_14.png")
    named = rf"{lines} had 40 lines \([0-9a-f]{{12}}\), and now has 40 lines \([0-9a-f]{{12}}\)\. Put them back"
    with pytest.raises(BadRun, match=named):
        check_sources(begun, load_splits(begun.settings(), tmp_path, begun))


def test_a_table_of_ones_own_in_the_folder_of_a_run_is_kept(tmp_path, lines):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "splits.csv").write_text("mine")
    with pytest.raises(UsageError, match="already holds a splits.csv"):
        Run.create(folder, make_settings(lines=lines, **SMALL))
    assert (folder / "splits.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"freeze": "convolutions"}, "Add --from RUN"),
        ({"freeze": "half", "start_from": "run"}, "freeze must be convolutions or a number of layers, not 'half'"),
        ({"lines": {"a": 1.0, "b": 3000.0}}, "must be a thousandth or more"),
        ({"characters": "from-lines"}, "Add --lines FOLDER"),
    ],
)
def test_settings_without_effect_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        TrainSettings(**settings)
