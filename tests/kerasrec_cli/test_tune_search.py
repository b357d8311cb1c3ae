"""`kerasrec tune search`: wrong usage, its output, and that a kill loses only the running trial."""

import pytest

# KerasTuner 1.4 calls `threading.currentThread`, which Python names differently today.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated")


def refused(result, *words):
    assert result.exit_code == 2, result.output
    text = " ".join(result.output.replace("│", " ").split())
    for word in words:
        assert word in text, text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["line_cmn"], ["line_cmn"]),
        (["--strategy", "luck"], ["luck"]),
        (["--fix", "widht=32"], ["widht"]),
        (["--fix", "width=thin"], ["thin"]),
        (["--range", "lr=3e-3:1e-4"], ["learning_rate is empty", "0.003"]),
        (["--range", "batch_size="], ["batch_size"]),
        (["--trials", "0"], ["'--trials'"]),
        (["--lines-per-trial", "100", "--minutes-per-trial", "1"], ["minutes"]),
        (["--chief", "--worker", "a"], ["--chief or --worker, not both"]),
        (["--chief-address", "localhost:9"], ["add --chief or --worker NAME"]),
        (["--worker", ""], ["--worker must be a name"]),
        (["--worker", "../.."], ["--worker must be a name", "'../..'"]),
        (["--chief", "--lost-after", "0"], ["'--lost-after'"]),
        (["--chief", "--lost-after", "nan"], ["'--lost-after'"]),
        (["--worker", "a", "--trials", "3"], ["A worker has the settings of its search", "--trials"]),
        (["--resume", "--seed", "3"], ["A resumed search keeps its settings", "--seed"]),
    ],
)
def test_wrong_usage_is_explained_and_creates_nothing(kerasrec, own_data, tmp_path, arguments, words):
    out = tmp_path / "search"
    data = [] if {"--worker", "--resume"} & set(arguments) else own_data
    refused(kerasrec("tune", "search", *arguments, *data, "--out", out), *words)
    assert not out.exists()


def test_a_folder_of_another_search_is_refused_with_the_differences(kerasrec, search_folder):
    refused(
        kerasrec("tune", "search", "line_resnet", "--epoch-lines", "77", "--out", search_folder.path),
        "holds another search",
        "77",
    )


@pytest.fixture
def search_folder(tmp_path):
    from kerasrec.training.settings import TrainSettings
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.ranges import narrow
    from kerasrec_tuning.settings import SearchSettings

    settings = SearchSettings(TrainSettings(model="line_resnet"), narrow("line_resnet", [], []), trials=3, minutes=2.0)
    return SearchFolder.create(tmp_path / "search", settings, "kerasrec tune search", "a machine")


TINY = [
    *("--fix", "width=8", "--fix", "context_dim=16", "--fix", "context_blocks=1", "--fix", "context_kernel=3"),
    *("--fix", "precision=float32", "--fix", "schedule=cosine", "--fix", "dropout=0", "--range", "batch_size=4,8,16"),
    *("--strategy", "random", "--lines-per-trial", "32", "--validation-lines", "8", "--max-length", "4"),
]
"""Options of a search whose trials take a few seconds."""


@pytest.fixture
def out(tmp_path):
    return tmp_path / "search"


@pytest.fixture
def quick(monkeypatch):
    """Makes trials end at once without training, or raise an error: `quick(error)`."""
    from kerasrec_tuning import search
    from kerasrec_tuning.training import Outcome

    def make(error=None):
        def train_trial(settings, hyperparameters, *rest):
            if error is not None:
                raise error
            return Outcome(0.1 + hyperparameters["learning_rate"], 1.5, 2.0, 32)

        monkeypatch.setattr(search, "train_trial", train_trial)

    return make


def test_a_search_prints_its_best_trial_and_train_uses_it(kerasrec, own_data, out):
    done = kerasrec("tune", "search", *TINY, "--trials", 2, *own_data, "--out", out)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("random search for line_resnet on ") and lines[0].endswith("2 trials of 32 lines each")
    assert "Trial 0: the default" in lines
    assert sum(line.split() == lines[3].split() for line in lines) == 2  # the table of each training
    assert lines[3].split()[:2] == ["epoch", "lines"]
    assert any(line.startswith("2 of 2 trials done. Best val CER so far: ") for line in lines)
    assert lines[-1] == f"Train with it: kerasrec train line_resnet --hyperparameters {out / 'best.json'}"
    train = ("--epochs", 1, "--epoch-lines", 16, "--validation-lines", 8, "--test-lines", 8, "--max-length", 4)
    trained = kerasrec(*lines[-1].split()[4:], *own_data, *train, "--out", out.parent / "run")
    assert trained.exit_code == 0, trained.stderr


def test_the_same_command_continues_and_so_does_resume(kerasrec, own_data, out, quick):
    from kerasrec_tuning.folder import SearchFolder

    command = ("tune", "search", *TINY, "--trials", 3, *own_data, "--out", out)
    quick(KeyboardInterrupt())
    stopped = kerasrec(*command)
    assert stopped.exit_code == 130
    assert stopped.stdout.splitlines()[-1] == f"Stopped. Continue with: kerasrec tune search --out {out} --resume"
    assert [trial.status for trial in SearchFolder(out).trials()] == ["running"]
    quick()
    assert kerasrec(*command).exit_code == 0
    before = SearchFolder(out).trials()
    assert [trial.status for trial in before] == ["completed"] * 3
    again = kerasrec("tune", "search", "--out", out, "--resume")
    assert again.exit_code == 0 and "The best of 3 trials is trial " in again.stdout
    assert SearchFolder(out).trials() == before


def test_a_search_continues_with_more_trials(kerasrec, own_data, out, quick):
    from kerasrec_tuning.folder import SearchFolder

    quick()
    command = ("tune", "search", *TINY, *own_data, "--out", out)
    assert kerasrec(*command, "--trials", 2).exit_code == 0
    before = SearchFolder(out).trials()
    assert kerasrec(*command, "--trials", 3).exit_code == 0
    assert kerasrec("tune", "search", "--out", out, "--resume", "--trials", 4).exit_code == 0
    assert len(SearchFolder(out).trials()) == 4
    assert SearchFolder(out).trials()[:2] == before


def test_the_command_is_saved_without_options_of_this_machine(kerasrec, own_data, out, quick):
    from kerasrec_tuning.folder import SearchFolder

    quick()
    kerasrec("tune", "search", "line_resnet", "--trials", 1, *TINY, *own_data, "--out", out)
    command = SearchFolder(out).command()
    assert command.startswith("kerasrec tune search line_resnet --strategy random --fix width=8 --fix context_dim=16 ")
    assert "--range batch_size=4,8,16 --trials 1 --lines-per-trial 32" in command
    assert "--out" not in command and "--data-dir" not in command


def test_a_default_that_no_trial_beats_is_the_best(kerasrec, own_data, out, quick):
    quick()
    done = kerasrec("tune", "search", *TINY, "--range", "lr=1e-3,2e-3", "--trials", 2, *own_data, "--out", out)
    assert "That is the default: no other trial was better with the same budget." in done.stdout


def test_the_gain_over_the_default_is_printed(kerasrec, own_data, out, quick):
    quick()
    ranges = ("--range", "lr=1e-3,1e-4,2e-4,3e-4,4e-4")
    done = kerasrec("tune", "search", *TINY, *ranges, "--trials", 2, *own_data, "--out", out)
    assert "The default has 10.10% with the same budget: the best makes 1% fewer errors." in done.stdout


def test_a_default_that_is_better_but_too_slow_is_not_called_worse(kerasrec, own_data, out, monkeypatch):
    from kerasrec_tuning import search
    from kerasrec_tuning.training import Outcome

    def train_trial(settings, hyperparameters, *rest):
        is_default = hyperparameters == settings.default
        return Outcome(0.1 if is_default else 0.2, 9.0 if is_default else 1.0, 2.0, 32)

    monkeypatch.setattr(search, "train_trial", train_trial)
    done = kerasrec("tune", "search", *TINY, "--trials", 2, "--max-ms-per-line", 2, *own_data, "--out", out)
    expected = "The default has 10.00% with the same budget: it is better, but reads too slowly to win."
    assert expected in done.stdout.splitlines()


def test_a_search_that_ends_early_says_why(kerasrec, own_data, out, quick):
    quick()
    small = ("--strategy", "grid", "--fix", "lr=1e-3", "--trials", 9)
    done = kerasrec("tune", "search", *TINY, *small, *own_data, "--out", out)
    assert "Only 3 of 9 trials were run: no other point is left, or all are refused." in done.stdout.splitlines()


def test_missing_data_leaves_no_search(kerasrec, own_data, out, quick):
    from kerasrec_tuning.folder import SearchFolder

    quick()
    refused(kerasrec("tune", "search", *TINY, "--trials", 1, "--glyphs", "strock", "--out", out), "strock")
    assert not out.exists()
    assert kerasrec("tune", "search", *TINY, "--trials", 1, *own_data, "--out", out).exit_code == 0
    assert len(SearchFolder(out).trials()) == 1


def test_a_search_that_another_process_runs_is_refused(kerasrec, own_data, out, quick):
    from kerasrec_tuning.folder import SearchFolder

    quick()
    command = ("tune", "search", *TINY, "--trials", 1, *own_data, "--out", out)
    assert kerasrec(*command).exit_code == 0
    with SearchFolder.open(out).locked():
        refused(kerasrec(*command), "Another process is running the search in", "Wait for it to end")


def test_a_search_without_a_completed_trial_fails(kerasrec, own_data, out, quick):
    quick(MemoryError())
    done = kerasrec("tune", "search", *TINY, "--trials", 2, *own_data, "--out", out)
    assert done.exit_code == 1
    assert done.stdout.count("failed: It needs more memory than is available.") == 2
    assert done.stderr == (
        "Error: None of 2 trials completed. The last one failed: It needs more memory than is available.\n"
    )


def test_refused_points_are_reported(kerasrec, own_data, out, quick):
    quick()
    done = kerasrec("tune", "search", *TINY, "--trials", 2, "--max-mflops", "0.01", *own_data, "--out", out)
    assert done.exit_code == 1
    assert "Refused, and not counted: learning_rate=0.001 batch_size=4\n  It needs " in done.stdout
    assert "No trial was run, because every point was refused. The first reason: It needs " in done.stderr


def test_missing_packages_are_named_with_the_install_command(kerasrec, out, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in ("keras_tuner", "scipy") else find(name)
    )
    refused(
        kerasrec("tune", "search", "--out", out),
        "A bayesian search needs keras-tuner, scipy. Install with: pip install 'kerasrec[tune]'",
    )
    refused(
        kerasrec("tune", "search", "--strategy", "grid", "--out", out),
        "A grid search needs keras-tuner. Install with: pip install",
    )


@pytest.mark.parametrize("option", ["--resume", "--chief"])
def test_another_model_than_that_of_the_search_is_refused(kerasrec, search_folder, option):
    done = kerasrec("tune", "search", "line_cnn", option, "--out", search_folder.path)
    refused(done, "line_resnet", "line_cnn")


def test_a_port_that_is_taken_is_reported(kerasrec, search_folder):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = kerasrec(
            "tune", "search", "--resume", "--chief", "--chief-address", address, "--out", search_folder.path
        )
    refused(done, f"The chief cannot listen on {address}")


def test_help_loads_nothing_heavy():
    import subprocess
    import sys

    code = (
        "from kerasrec_cli.main import app\n"
        "app(['tune', 'search', '--help'], standalone_mode=False)\n"
        "import sys\n"
        "heavy = {'tensorflow', 'keras', 'keras_tuner', 'grpc', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["SIGINT", "SIGKILL"])
def test_a_kill_loses_only_the_running_trial(start, own_data, out, ending):
    import signal

    from kerasrec_tuning.folder import SearchFolder

    # A trial that would last for minutes is stopped in the middle; after that the same search ends soon.
    command = ["tune", "search", *TINY, "--trials", 2, *own_data, "--out", out]
    process, folder = start(*command), SearchFolder(out)
    process.wait_for(lambda: [trial.status for trial in folder.trials()] == ["completed", "running"])
    process.send_signal(signal.Signals[ending])
    assert process.end() == (130 if ending == "SIGINT" else -signal.SIGKILL)
    before = folder.trials()
    again = start(*command)
    assert again.end() == 0, again.output()
    after = folder.trials()
    assert after[0] == before[0]
    assert [trial.status for trial in after] == ["completed"] * 2
    assert "Trial 0" not in again.output()
    assert not (out / "running").exists()


@pytest.mark.slow
def test_a_chief_and_a_worker_search_together(start, own_data, out):
    import socket

    from kerasrec_tuning.folder import SearchFolder

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    machines = ("--chief-address", address, "--lost-after", 120)
    chief = start("tune", "search", *TINY, "--trials", 2, *own_data, "--out", out, "--chief", *machines)
    worker = start("tune", "search", "--worker", "w1", *machines, "--out", out.parent / "scratch")
    assert worker.end() == 0, worker.output()
    assert chief.end() == 0, chief.output()
    chief_log, worker_log = chief.output().splitlines(), worker.output().splitlines()
    assert "Trial 0 on w1: the default" in chief_log and "2 of 2 trials done" in chief.output()
    assert worker_log[0] == f"Worker w1 is waiting for the chief at {address}, for at most 120 s."
    assert worker_log[-1] == "The chief has no more trials."
    assert any(line.split()[:2] == ["epoch", "lines"] for line in worker_log)  # the progress of its trainings
    trials = SearchFolder(out).trials()
    assert [(trial.status, trial.worker, trial.lines) for trial in trials] == [("completed", "w1", 32)] * 2
    assert (out / "best.json").exists()
