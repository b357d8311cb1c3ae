"""`kerasrec tune search`: trials of hyperparameters, all with the same data and the same budget."""

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet
from kerasrec_cli import tune_options as given
from kerasrec_cli.tune_settings import open_folder, refuse_other_options, require_tuner

EXAMPLES = """Examples:

kerasrec tune search line_cnn_lstm --glyphs emnist --text brown --trials 20 --minutes-per-trial 2 --out tuning/runs/lstm

kerasrec tune search line_resnet --fix width=32 --range lr=1e-4:3e-3 --range batch_size=16,32 --lines-per-trial 50000

kerasrec tune search --out tuning/runs/lstm --resume

kerasrec tune search line_cnn --trials 40 --chief --chief-address 0.0.0.0:8000

kerasrec tune search --worker w1 --chief-address chief.example.org:8000
"""


def search(
    context: typer.Context,
    model: given.Model = "line_resnet",
    out: given.Out = None,
    resume: given.Resume = False,
    strategy: given.Strategy = "bayesian",
    fix: given.Fix = None,
    range_: given.Range = None,
    trials: given.Trials = 20,
    minutes_per_trial: given.MinutesPerTrial = None,
    lines_per_trial: given.LinesPerTrial = None,
    epoch_lines: given.EpochLines = 10_000,
    validation_lines: given.ValidationLines = 1000,
    max_ms_per_line: given.MaxMsPerLine = None,
    max_mflops: given.MaxMflops = None,
    max_parameters: given.MaxParameters = None,
    max_memory: given.MaxMemory = None,
    glyphs: options.Glyphs = "strokes",
    text: options.Text = "offline",
    keep_punctuation: options.KeepPunctuation = False,
    characters: options.Characters = None,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    max_length: options.MaxLength = 32,
    min_overlap: options.MinOverlap = 0.0,
    max_overlap: options.MaxOverlap = 0.33,
    overlap_per: options.OverlapPer = "line",
    glyph_per: options.GlyphPer = "occurrence",
    fixed_width: options.FixedWidth = False,
    augment: options.Augment = 0.5,
    seed: options.Seed = 42,
    weights_seed: given.WeightsSeed = 42,
    chief: given.Chief = False,
    worker: given.Worker = None,
    chief_address: given.ChiefAddress = "127.0.0.1:8000",
    lost_after: given.LostAfter = 60.0,
) -> None:
    """Searches for hyperparameters that reach a lower CER than the defaults under the same budget.

    Every trial is a training as `kerasrec train` does it, on the same lines and with the same budget. The first has
    the default hyperparameters, so that the others are compared with it. Points whose frames cannot hold the labels,
    or that exceed a limit, are refused before a trial is spent on them.

    Ctrl-C and kills lose the running trial alone: the same command goes on with the search.
    """
    values = dict(locals())  # by the options' names
    if chief and worker is not None:
        raise UsageError("One process is the chief or a worker, so give --chief or --worker, not both.")
    if not (chief or worker is not None) and (
        options.is_given(context, "chief_address") or options.is_given(context, "lost_after")
    ):
        raise UsageError("--chief-address and --lost-after are for many machines: give --chief or --worker NAME, too.")
    if resume or worker is not None:
        refuse_other_options(context)
    require_tuner("random" if resume or worker is not None else strategy)  # a search that exists has its own
    quiet.start_tensorflow()
    from kerasrec_cli.tune_machines import run_chief, run_here, run_worker
    from kerasrec_tuning.calls import check_address, check_worker

    check_address(chief_address)
    if worker is not None:
        asked_model = model if options.is_given(context, "model") else None
        return run_worker(check_worker(worker), chief_address, lost_after, asked_model, out, data_dir)
    folder = open_folder(context, values)
    if chief:
        return run_chief(folder, data_dir, chief_address, lost_after)
    run_here(folder, data_dir)
