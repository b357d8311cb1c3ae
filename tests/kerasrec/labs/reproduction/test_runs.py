import pytest

from kerasrec.labs.reproduction.result import CHARACTER_MEASURES, MEASURES
from kerasrec.labs.reproduction.runs import CHARACTER_RUNS, LINE_RUNS, RUNS, Figure
from kerasrec.training.architecture import build_architecture, check_settings
from kerasrec.training.settings import TrainSettings

CUT, CTC = ("cross_entropy", True), (None, False)
PUBLISHED = {  # model, overlap, window, stride; how the outputs are asked; epochs; course and rerun
    "line-cnn-simple": ("line_cnn_simple", (0, 0), 28, 28, CTC, 10, "90%", "82%"),
    "line-cnn-simple-cut": ("line_cnn_simple", (0, 0), 28, 20, CUT, 10, "< 60%", "40%"),
    "line-cnn-simple-overlap": ("line_cnn_simple", (0.25, 0.25), 28, 20, CUT, 10, "80s %", "53%"),
    "line-cnn-simple-variable": ("line_cnn_simple", (0, 0.33), 28, 20, CUT, 10, "~60%", "49%"),
    "line-cnn-overlap": ("line_cnn", (0.25, 0.25), 28, 20, CUT, 10, "80s %", "42%"),
    "line-cnn-ctc-overlap": ("line_cnn", (0.25, 0.25), 28, 20, CTC, 10, "~18%", "7.30%"),
    "line-cnn-ctc-variable": ("line_cnn", (0, 0.33), 28, 18, CTC, 10, "~15%", "7.96%"),
    "line-cnn-lstm-ctc-variable": ("line_cnn_lstm", (0, 0.33), 28, 18, CTC, 10, "better", "6.01%"),
    "line-cnn-transformer": ("line_cnn_transformer", (0, 0.33), 20, 12, CTC, 40, "17.49%", "58.35%"),
    "line-cnn-transformer-faulty": ("line_cnn_transformer", (0, 0.33), 20, 12, CTC, 40, "17.49%", "58.35%"),
}
FRAMES = {"line_cnn_simple": {28: 32, 20: 44}, "line_cnn": {20: 55, 18: 55}, "line_cnn_lstm": {18: 55}}


def test_the_runs_of_lines_are_those_that_were_published():
    assert [run.name for run in LINE_RUNS] == list(PUBLISHED)
    for run in LINE_RUNS:
        settings = run.settings
        window, stride = (settings.hyperparameters[f"window_{name}"] for name in ("width", "stride"))
        overlap = (settings.spec.min_overlap, settings.spec.max_overlap)
        asked = (settings.objective, settings.limit_output_length)
        told = (settings.model, overlap, window, stride, asked, run.epochs, run.course.text, run.rerun.text)
        assert told == PUBLISHED[run.name], run.name


@pytest.mark.parametrize("run", LINE_RUNS, ids=lambda run: run.name)
def test_lines_are_trained_as_in_the_labs(run):
    settings = run.settings
    training = (settings.epoch_lines, settings.same_lines, settings.batch_size, settings.optimizer)
    assert training == (10_000, True, 128, "adam")
    assert settings.patience == (0 if run.epochs > 10 else 10)  # in the labs a lower loss counts, here a lower CER
    assert (settings.learning_rate, settings.schedule, settings.augment, settings.clip_norm) == (1e-3, "constant", 0, 0)
    assert (settings.spec.glyph_per, settings.spec.overlap_per, settings.spec.fixed_width) == (
        "character",
        "line",
        True,
    )
    assert (settings.glyphs, settings.text, settings.split, settings.seed) == ("emnist", "brown", "lab", 42)
    assert run.splits == ("lab", "disjoint")


@pytest.mark.parametrize("run", LINE_RUNS, ids=lambda run: run.name)
def test_a_run_can_be_trained(run):
    check_settings(run.settings)
    architecture = build_architecture(run.settings)
    known = FRAMES.get(run.settings.model, {12: 111})
    assert architecture.frames(896) == known[run.settings.hyperparameters["window_stride"]]
    assert getattr(architecture, "start_end_tokens", None) is {"line-cnn-transformer": True}.get(
        run.name, False if run.name.endswith("faulty") else None
    )


def test_the_runs_of_characters_have_the_labs_epochs_and_one_split():
    models = ("mlp", "cnn", "resnet")
    assert [run.name for run in CHARACTER_RUNS] == [f"{glyphs}-{m}" for glyphs in ("mnist", "emnist") for m in models]
    for run in CHARACTER_RUNS:
        glyphs, _, model = run.name.partition("-")
        assert (run.settings.glyphs, run.settings.model) == (glyphs, f"character_{model}")
        assert (run.epochs, run.splits) == (5, ("lab",))
    figures = {run.name: (run.course or run.rerun).text for run in CHARACTER_RUNS if run.course or run.rerun}
    assert figures == {"mnist-cnn": "98.7%", "emnist-cnn": "80.6%", "emnist-resnet": "77.6%"}


def test_each_run_has_a_measure_of_its_kind_and_a_unique_name():
    assert len(RUNS) == len(LINE_RUNS) + len(CHARACTER_RUNS)
    for run in RUNS.values():
        assert run.measure in (MEASURES if isinstance(run.settings, TrainSettings) else CHARACTER_MEASURES)


def test_a_figure_is_a_number_or_a_span_or_neither():
    assert Figure.number(0.073, 2) == Figure("7.30%", (0.073, 0.073))
    spans = {figure.text: figure.span for run in LINE_RUNS for figure in (run.course, run.rerun)}
    assert (spans["80s %"], spans["< 60%"], spans["better"]) == ((0.8, 0.9), (0.0, 0.6), None)
