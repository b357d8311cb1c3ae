"""Options become the settings of a search and the command that is saved."""

import pytest
import typer

from kerasrec.errors import UsageError
from kerasrec_cli.main import app
from kerasrec_cli.tune_settings import open_folder, refuse_other_options


def context_of(*arguments):
    search = typer.main.get_command(app).commands["tune"].commands["search"]
    return search.make_context("search", [str(each) for each in arguments])


def open_with(*arguments):
    context = context_of(*arguments)
    return open_folder(context, dict(context.params))


def test_options_become_settings(tmp_path):
    folder = open_with(
        "line_cnn", "--trials", 7, "--fix", "conv_dim=16", "--max-memory", 900, "--out", tmp_path / "new"
    )
    settings = folder.settings()
    assert (settings.train.model, settings.trials, settings.minutes, settings.lines) == ("line_cnn", 7, 2.0, None)
    assert (settings.space["conv_dim"].values, settings.max_memory_mb, settings.train.spec.fixed_width) == (
        *((16,), 900),
        True,
    )


def test_the_command_is_saved_without_its_folders(tmp_path):
    folder = open_with("line_cnn", "--fix", "conv_dim=16", "--fix", "lr=0.001", "--out", tmp_path / "new")
    assert folder.command() == "kerasrec tune search line_cnn --fix conv_dim=16 --fix lr=0.001"


def test_only_the_number_of_trials_may_change(tmp_path):
    open_with("--trials", 3, "--out", tmp_path / "new")
    assert open_with("--out", tmp_path / "new").settings().trials == 3
    assert open_with("--trials", 5, "--out", tmp_path / "new").settings().trials == 5
    assert open_with("--resume", "--trials", 6, "--out", tmp_path / "new").settings().trials == 6
    with pytest.raises(UsageError, match="seed is 42 there and 1 here"):
        open_with("--seed", 1, "--out", tmp_path / "new")


def test_a_search_on_own_lines_starts_from_the_defaults_for_them(own_lines, tmp_path):
    options = ("--lines", own_lines, "--group-by", "^w[0-9]", "--range", "batch_size=4,8")
    settings = open_with(*options, "--out", tmp_path / "new").settings()
    assert settings.train.lines == {str(own_lines): 1.0} and settings.train.group_by == "^w[0-9]"
    assert (settings.train.spec.height, settings.train.characters) == (40, " 01234567eiln")
    assert (settings.default["stride"], settings.default["batch_size"]) == (4, 8)
    assert settings.trial_settings(settings.default).hyperparameters["stride"] == 4
    with pytest.raises(UsageError, match="--group-by has an effect only on your own lines"):
        open_with("--group-by", "^w", "--out", tmp_path / "other")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--resume", "--seed", 1],
            "A resumed search keeps its settings: leave out --seed",
        ),
        (["--worker", "a", "--trials", 3], "A worker has the settings of its search: leave out --trials"),
    ],
)
def test_options_of_a_new_search_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        refuse_other_options(context_of(*arguments))
