"""`kerasrec tune search`: searches for hyperparameters, with the same data and the same budget for every trial."""

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet, train_options, tune_options
from kerasrec_cli.tune_settings import open_folder, refuse_other_options, require_tuner

EXAMPLES = """Examples:

kerasrec tune search line_cnn_lstm --glyphs emnist --text brown --trials 20 --minutes-per-trial 2 --out tuning/runs/lstm

kerasrec tune search line_resnet --fix width=32 --range lr=1e-4:3e-3 --range batch_size=16,32 --lines-per-trial 50000

kerasrec tune search --lines my-lines --group-by '^(.*)_' --minutes-per-trial 10 --out tuning/runs/mine

kerasrec tune search --out tuning/runs/lstm --resume

kerasrec tune search line_cnn --trials 40 --chief --chief-address 0.0.0.0:8000

kerasrec tune search --worker w1 --chief-address chief.example.org:8000
"""


def search(
    context: typer.Context,
    model: tune_options.Model = "line_resnet",
    out: tune_options.Out = None,
    resume: tune_options.Resume = False,
    strategy: tune_options.Strategy = "bayesian",
    fix: tune_options.Fix = None,
    range_: tune_options.Range = None,
    trials: tune_options.Trials = 20,
    minutes_per_trial: tune_options.MinutesPerTrial = None,
    lines_per_trial: tune_options.LinesPerTrial = None,
    epoch_lines: tune_options.EpochLines = 10_000,
    validation_lines: tune_options.ValidationLines = 1000,
    max_ms_per_line: tune_options.MaxMsPerLine = None,
    max_mflops: tune_options.MaxMflops = None,
    max_parameters: tune_options.MaxParameters = None,
    max_memory: tune_options.MaxMemory = None,
    lines: train_options.Lines = None,
    validation: train_options.Validation = "0.1",
    test: train_options.Test = "0.1",
    group_by: train_options.GroupBy = None,
    map_: train_options.Map = None,
    without: train_options.Without = None,
    ink: options.Ink = "auto",
    strict: train_options.Strict = False,
    glyphs: options.Glyphs = "strokes",
    text: options.Text = "offline",
    keep_punctuation: options.KeepPunctuation = False,
    characters: options.Characters = None,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    height: options.Height = 28,
    max_length: options.MaxLength = 32,
    min_overlap: options.MinOverlap = 0.0,
    max_overlap: options.MaxOverlap = 0.33,
    overlap_per: options.OverlapPer = "line",
    glyph_per: options.GlyphPer = "occurrence",
    fixed_width: options.FixedWidth = False,
    augment: options.Augment = 0.5,
    seed: options.Seed = 42,
    weights_seed: tune_options.WeightsSeed = 42,
    chief: tune_options.Chief = False,
    worker: tune_options.Worker = None,
    chief_address: tune_options.ChiefAddress = "127.0.0.1:8000",
    lost_after: tune_options.LostAfter = 60.0,
) -> None:
    """Searches for hyperparameters that reach a lower CER than the defaults with the same budget.

    Every trial trains as `kerasrec train` does, on the same lines and with the same budget.
    The first has the default hyperparameters, so that the others can be compared with it.
    Points whose frames cannot hold the labels, or that exceed a limit, are refused without a trial.

    Ctrl-C or a kill loses only the running trial: the same command continues the search.
    """
    values = dict(locals())  # by option name
    if chief and worker is not None:
        raise UsageError("A process is either the chief or a worker: give --chief or --worker, not both.")
    if not (chief or worker is not None) and options.first_given(context, ("chief_address", "lost_after")):
        raise UsageError("--chief-address and --lost-after are for many machines: add --chief or --worker NAME.")
    if resume or worker is not None:
        refuse_other_options(context)
    require_tuner("random" if resume or worker is not None else strategy)  # an existing search has its own strategy
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
