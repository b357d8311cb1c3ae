from kerasrec.labs.settings import LAB_TRAINING, lab_spec
from kerasrec.training.settings import TrainSettings


def test_the_settings_are_those_that_the_labs_published():
    settings = TrainSettings(model="line_cnn", spec=lab_spec(), **LAB_TRAINING)
    assert (settings.epochs, settings.epoch_lines, settings.validation_lines, settings.same_lines) == (
        *(10, 10_000, 2000),
        True,
    )
    assert (settings.optimizer, settings.learning_rate, settings.schedule, settings.batch_size) == (
        *("adam", 1e-3, "constant"),
        128,
    )
    assert (settings.clip_norm, settings.warmup, settings.augment, settings.split) == (0, 0, 0, "lab")


def test_the_lines_are_those_of_the_labs():
    spec = lab_spec(min_overlap=0.25, max_overlap=0.25)
    assert (spec.canvas_width, spec.fixed_width, spec.glyph_per, spec.overlap_per) == (896, True, "character", "line")
    assert (spec.min_overlap, spec.max_overlap) == (0.25, 0.25)
