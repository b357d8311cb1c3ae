"""The lines of a run in three splits: composed of glyphs and sentences, or lines of one's own."""

import json
from pathlib import Path
from typing import Protocol

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadRun
from kerasrec.lines.source import LineSource
from kerasrec.storage import write_atomically, write_json
from kerasrec.training.composed_splits import ComposedSplits
from kerasrec.training.fingerprint import Fingerprint
from kerasrec.training.own_splits import OwnSplits
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings


class Splits(Protocol):
    """The lines that a run trains, validates and tests on.

    Attributes:
        alphabet: The alphabet of the labels.
        settings: The settings of the run.
    """

    @property
    def alphabet(self) -> Alphabet: ...  # noqa: D102

    @property
    def settings(self) -> TrainSettings: ...  # noqa: D102

    def train(self) -> LineSource:
        """Returns the training lines."""
        ...

    def validation(self) -> LineSource:
        """Returns the lines by which the best epoch is chosen."""
        ...

    def test(self) -> LineSource:
        """Returns the lines on which results are reported."""
        ...

    @property
    def has_test(self) -> bool:
        """Whether there are test lines; otherwise those of the validation take their place."""
        ...

    @property
    def unseen(self) -> str:
        """What the test has that training has not."""
        ...

    def describe(self) -> list[str]:
        """Describes the lines and what was left out of them, as lines of text."""
        ...

    def record(self) -> str | None:
        """Lists the lines of each split, as a table in CSV; None if they follow from the settings."""
        ...

    def fingerprint(self) -> Fingerprint:
        """Returns what changes with the content of the user's files that the lines are made of."""
        ...


def load_splits(settings: TrainSettings, data_dir: Path, run: Run | None = None) -> Splits:
    """Loads the lines of a run; raises the errors of `ComposedSplits.load` and `OwnSplits.load`."""
    return OwnSplits.load(settings, data_dir, run) if settings.lines else ComposedSplits.load(settings, data_dir)


def check_record(run: Run, splits: Splits) -> None:
    """Writes the list of lines of a new run; that of an earlier run must be the same.

    Raises:
        BadRun: Lines were added, changed or removed since the run began, so that lines of the test may be trained on.
        CannotWrite: The run folder cannot be written to.
    """
    record, file = splits.record(), run.splits_file
    if record is None:
        return
    if not file.exists():
        write_atomically(file, lambda path: path.write_text(record, encoding="utf-8", errors="surrogateescape"))
        return
    written = file.read_text(encoding="utf-8", errors="surrogateescape")
    before, now = (set(text.splitlines()) for text in (written, record))
    if before != now:
        example = min(before ^ now)
        raise BadRun(
            f"The lines have changed since {run.folder} began: {len(before - now):,} of {len(before) - 1:,} are gone "
            f"or in another split, {len(now - before):,} are new, such as {example}. Put them back as they were, or "
            f"start a new run with --from {run.folder}."
        )


def check_sources(run: Run, splits: Splits) -> None:
    """Writes the fingerprint of what a new run is trained on; that of an earlier run must be the same.

    Raises:
        BadRun: The content of a text, a glyph folder, fonts or lines of one's own has changed since the run began.
        CannotWrite: The run folder cannot be written to.
    """
    now, file = splits.fingerprint(), run.sources_file
    if not file.exists():
        if now:
            write_json(file, now)
        return
    try:
        before = dict(json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise BadRun(f"{file} cannot be read ({error}): the run is damaged. Train again.") from error
    changed = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    if changed:
        then, here = (found.get(changed[0], "nothing") for found in (before, now))
        more = f", and {len(changed) - 1:,} more have changed" if len(changed) > 1 else ""
        raise BadRun(
            f"{run.folder} is trained on files that have changed since it began: {changed[0]} had {then}, and now has "
            f"{here}{more}. Put them back as they were, or start a new run with --from {run.folder}."
        )
