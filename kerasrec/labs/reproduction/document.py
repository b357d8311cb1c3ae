"""The document of all runs: tables and a plot, generated from the committed results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Template

from kerasrec.labs.reproduction.result import CHARACTER_MEASURES, MEASURES, Result, Training
from kerasrec.labs.reproduction.runs import RUNS
from kerasrec.labs.reproduction.standing import SPLIT_TITLES, Standing
from kerasrec.plots.comparison import Comparison, comparison
from kerasrec.storage import write_atomically

PICTURE = Path("images", "reproduction.png")
"""The path of the plot, relative to the document's folder."""

_TITLES = {
    "lab_accuracy": "lab accuracy of lines, higher is better",
    "lab_cer": "lab CER of lines, lower is better",
    "character_accuracy": "accuracy of single characters, higher is better",
}
_TEMPLATE = Path(__file__).with_suffix(".md")


def write_document(path: Path, results: Mapping[str, Result]) -> None:
    """Writes the document, and its plot beside it.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    comparison(path.parent / PICTURE, [(title, _compare(measure, results)) for measure, title in _TITLES.items()])
    text = document(f"docs/{path.name}", results)
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def document(name: str, results: Mapping[str, Result]) -> str:
    """Returns the text of the document in Markdown; `name` is its path in the repository."""
    standings = [Standing(run, results.get(each)) for each, run in RUNS.items()]
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        {measure: _published_table(standings, measure) for measure in _TITLES},
        name=name,
        picture=PICTURE.as_posix(),
        notes=_items([f"{each.run.name}: {each.run.note}" for each in standings if each.run.note]),
        short=_items([text for each in standings for text in each.short] or ["None."]),
        shortened=_items([text for each in standings for text in _shortened(each)] or ["None."]),
        meanings=_items([f"*{each.title}*: {each.meaning}" for each in (MEASURES | CHARACTER_MEASURES).values()]),
        all_measures=_all_measures(standings),
        leak=_leak(standings),
        commands=_commands(standings),
    )


def _compare(measure: str, results: Mapping[str, Result]) -> list[Comparison]:
    standings = [Standing(run, results.get(name)) for name, run in RUNS.items() if run.measure == measure]
    return [
        Comparison(
            f"{each.run.name}, {each.epochs} epochs" if each.shortened else each.run.name,
            [figure.span if figure else None for figure in (each.run.course, each.run.rerun)],
            [_measured(each, split) for split in SPLIT_TITLES],
        )
        for each in standings
    ]


def _measured(standing: Standing, split: str) -> float | None:
    training = standing.trainings.get(split)
    return training.test[standing.run.measure] if training else None


def _shortened(standing: Standing) -> Sequence[str]:
    return standing.shortened if standing.trainings else [f"{standing.run.name}: not run yet"]


def _items(texts: Sequence[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _published_table(standings: Sequence[Standing], measure: str) -> str:
    chosen = [each for each in standings if each.run.measure == measure]
    here = [f"here, {SPLIT_TITLES[split]}" for split in chosen[0].run.splits]
    return _table(("run", "description", "published", "rerun", *here, "epochs"), map(_published_row, chosen))


def _published_row(standing: Standing) -> list[str]:
    measured = [_with_interval(standing, split, standing.run.measure, "**{}**") for split in standing.run.splits]
    return [f"`{standing.run.name}`", standing.run.about, *standing.published, *measured, standing.epochs]


def _all_measures(standings: Sequence[Standing]) -> str:
    head = ("run", "split", *(measure.title for measure in MEASURES.values()))
    return _table(head, [row for each in standings if each.measures is MEASURES for row in _measure_rows(each)])


def _measure_rows(standing: Standing) -> Iterator[list[str]]:
    for split in standing.trainings:
        cells = [_with_interval(standing, split, measure) for measure in MEASURES]
        yield [f"`{standing.run.name}`", SPLIT_TITLES[split], *cells]


def _with_interval(standing: Standing, split: str, measure: str, style: str = "{}") -> str:
    """Returns a measure of a split's test, and below it the bounds of its interval if it has one."""
    figure, training = style.format(standing.figure(split, "test", measure)), standing.trainings.get(split)
    bounds = training.intervals.get(measure) if training else None
    return f"{figure}<br>{bounds[0]:.2%} to {bounds[1]:.2%}" if bounds else figure


def _leak(standings: Sequence[Standing]) -> str:
    """Returns the table of validation beside test, on both splits."""
    head = ("run", "measure", *(f"{name}, {part}" for name in SPLIT_TITLES.values() for part in ("validation", "test")))
    rows = [
        [f"`{each.run.name}`", each.measure.title, *_leak_cells(each)]
        for each in standings
        if each.measures is MEASURES and each.trainings
    ]
    return _table(head, rows)


def _leak_cells(standing: Standing) -> list[str]:
    name = standing.run.measure
    return [standing.figure(split, part, name) for split in SPLIT_TITLES for part in ("validation", "test")]


def _commands(standings: Sequence[Standing]) -> str:
    """Returns the table of commands, times and machines."""
    head = "command, split, seed, glyphs, epochs, best epoch, minutes, examples/s, precision, machine, load".split(", ")
    trained = [(each, split, training) for each in standings for split, training in each.trainings.items()]
    machines = list(dict.fromkeys(_machine(training) for _, _, training in trained))
    rows = [_command_row(*each, machines) for each in trained]
    return "\n\n".join([_table(head, rows), *(f"Machine {n}: {text}." for n, text in enumerate(machines, 1))])


def _command_row(standing: Standing, split: str, training: Training, machines: Sequence[str]) -> list[str]:
    return [
        f"`{training.command}`",
        SPLIT_TITLES[split],
        f"{training.settings['seed']}",
        " / ".join(f"{count:,}" for count in training.glyphs.values()),
        f"{training.epochs} of {standing.run.epochs}",
        f"{training.best_epoch}",
        f"{training.seconds / 60:,.1f}",
        f"{training.examples / training.seconds:,.0f}",
        training.policy,
        f"{machines.index(_machine(training)) + 1}",
        "" if training.load is None else f"{training.load}",
    ]


def _machine(training: Training) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in training.versions.items())
    return f"{training.machine}; {versions}"
