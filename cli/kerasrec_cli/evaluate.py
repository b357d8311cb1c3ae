"""`kerasrec evaluate`: measures a recognizer on lines whose text is known."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kerasrec.errors import CannotWrite, KerasrecError, UsageError
from kerasrec.language.defaults import BONUS, WEIGHT, WORD_BONUS
from kerasrec_cli import failure, language_options, options, quiet

if TYPE_CHECKING:
    from kerasrec.evaluation import Evaluation, Readings
    from kerasrec.language.packaged import LanguageModelLike
    from kerasrec.recognizer.line_reader import LineReader
    from kerasrec.training.run import Run

EXAMPLES = """Examples:

kerasrec evaluate runs/first

kerasrec evaluate runs/first --beam 16 --lines 500 --json > beam.json

kerasrec evaluate runs/first --own lines --language-model english --lm-weight 0.8

kerasrec evaluate runs/first --own lines --group-by "^[0-9]+" --out own-lines
"""


def evaluate(
    context: typer.Context,
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            callback=options.check_recognizer,
            help="The folder of a run; with --own also a .keras file, or a recognizer of the package.",
        ),
    ],
    lines: Annotated[int, typer.Option(metavar="N", min=1, help="Number of test lines to draw and read.")] = 2000,
    own: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            help="Read your own lines instead: a folder of images of one line each, with the text of NAME.png in "
            "NAME.gt.txt; or a table (.csv, .tsv) of paths and texts.",
        ),
    ] = None,
    ink: options.Ink = "auto",
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="With --own, a regular expression that finds a line's writer or page in the name of its image; rates "
            "are given for each.",
        ),
    ] = None,
    map_: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="With --own, replace texts in the true texts: a UTF-8 file with a text, a tab and its replacement in "
            "each line.",
        ),
    ] = None,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="Do not count upper or lower case.")] = False,
    ignore_punctuation: Annotated[
        bool, typer.Option("--ignore-punctuation", help="Do not count punctuation marks.")
    ] = False,
    fold_accents: Annotated[
        bool,
        typer.Option("--fold-accents", help="Do not count accents, ligatures, and typographic quotes and dashes."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for metrics.json, the worst lines and other pictures, and a table of the confusions.",
            show_default="RUN/evaluation",
        ),
    ] = None,
    beam: language_options.Beam = 0,
    language_model: language_options.LanguageModelName = None,
    lm_weight: language_options.LmWeight = WEIGHT,
    lm_bonus: language_options.LmBonus = BONUS,
    words: language_options.Words = None,
    word_bonus: language_options.WordBonus = WORD_BONUS,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Data type of the computations; auto measures whether bfloat16 or float32 is faster here."),
    ] = "auto",
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Measures how well a run's recognizer reads lines that it was not trained on.

    The lines are drawn with the run's settings from the test glyphs and sentences, or are your own with --own.

    Prints error rates of characters (CER), words (WER) and lines, with 95% intervals,
    and by length, repeats and overlap; also the confusions, the error of the character positions,
    and how reliable the confidence is.
    """
    if own is None and (option := options.first_given(context, ("ink", "group_by", "map_"))):
        raise UsageError(f"{option} has an effect only with --own. Leave out {option}.")
    if own is None and not run.is_dir():
        what = "is a file" if run.exists() else "comes with the package"
        raise UsageError(f"{run} {what}, so that its test lines are not known. Give the folder of a run, or --own.")
    lm = language_options.open_model(context, language_model, beam, lm_weight, lm_bonus, words, word_bonus)
    quiet.start_tensorflow()
    from kerasrec.evaluation import describe
    from kerasrec.evaluation import evaluate as measure
    from kerasrec.evaluation.folding import Folding
    from kerasrec.training.run import Run

    recognizer, bad = quiet.load_recognizer(run, precision), list[KerasrecError]()
    recognizer.check_beam(beam, lm)
    if own is not None:
        readings = _read_own(recognizer, own, beam, lm, ink, group_by, map_, bad)
    else:
        readings = _read_test_lines(Run.open(run), recognizer, lines, beam, lm, data_dir)
    folding = Folding(ignore_case, ignore_punctuation, fold_accents)
    readings = folding.fold(readings)
    evaluation = measure(readings)
    facts = {"ignored": asdict(folding)} if folding.describe() else {}
    if as_json:
        typer.echo(json.dumps(evaluation.to_json() | facts, indent=2, ensure_ascii=False))
    else:
        if folding.describe():
            typer.echo(f"{folding.describe()}:")
        typer.echo("\n".join(describe(evaluation)))
    folder = out or (run / "evaluation" if run.is_dir() else Path("evaluation"))
    typer.echo(_write(folder, out is not None, recognizer, readings, evaluation, facts), err=as_json)
    if bad:
        raise typer.Exit(1)


def _read_test_lines(
    run: "Run",
    recognizer: "LineReader",
    lines: int,
    beam: int,
    language_model: "LanguageModelLike | None",
    data_dir: Path,
) -> "Readings":
    from kerasrec.evaluation.report import read_source
    from kerasrec.training.splits import check_record, load_splits

    splits = load_splits(run.settings(), data_dir, run)
    check_record(run, splits)
    if not splits.has_test:
        typer.echo("This run has no test lines: these are its validation lines, which chose the best epoch.", err=True)
    return read_source(recognizer, splits.test(), lines, beam, language_model)


def _read_own(
    recognizer: "LineReader",
    source: Path,
    beam: int,
    language_model: "LanguageModelLike | None",
    ink: str,
    group_by: str | None,
    substitutions: Path | None,
    bad: list[KerasrecError],
) -> "Readings":
    """Reads the user's own lines; one that cannot be used is reported, left out and added to `bad`."""
    from kerasrec.evaluation.own_lines import read_folder
    from kerasrec.lines.own.files import read_substitutions

    def report(error: KerasrecError) -> None:
        failure.report(error)
        bad.append(error)

    replaced = None if substitutions is None else read_substitutions(substitutions)
    return read_folder(recognizer, source, beam, ink, report, group_by, replaced, language_model)


def _write(
    folder: Path,
    is_chosen: bool,
    recognizer: "LineReader",
    readings: "Readings",
    evaluation: "Evaluation",
    facts: dict[str, Any],
) -> str:
    """Writes metrics and pictures and returns where they are; a run in a read-only folder can still be evaluated."""
    from kerasrec.evaluation.report import write_report

    try:
        write_report(folder, recognizer, readings, evaluation, facts=facts)
    except CannotWrite as error:
        if is_chosen:
            raise
        return f"\nPictures and tables were not written: {error} Or choose another folder with --out."
    return f"\nPictures and tables are in {folder}."
