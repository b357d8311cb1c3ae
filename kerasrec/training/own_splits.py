"""Lines of one's own in three splits, alone or mixed with composed ones."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from kerasrec.alphabet import Alphabet, describe_characters
from kerasrec.errors import BadText, UsageError
from kerasrec.lines.line_draws import LINE_VARIATIONS
from kerasrec.lines.mixed import MixedLines
from kerasrec.lines.own import OwnLine, OwnLines, PreparedLines, Problem
from kerasrec.lines.own.division import divide
from kerasrec.lines.source import LineSource
from kerasrec.training.composed_splits import ComposedSplits
from kerasrec.training.fingerprint import Fingerprint, of_own
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings, as_share, is_composed
from kerasrec.training.usable_lines import describe_problems, load_lines


@dataclass(frozen=True)
class OwnSplits:
    """The lines that a run trains, validates and tests on, if some are one's own.

    Validation and test lines are one's own only; no group of lines is in two splits.

    Attributes:
        settings: The settings of the run.
        alphabet: The alphabet of the labels.
        trained: The training lines of each source of one's own.
        validated: The validation lines.
        tested: The test lines; there may be none.
        composed: The lines of each composed source.
        earlier: Pictures that the run to start from, or one before it, was trained on.
        problems: The lines that are left out, and why.
    """

    settings: TrainSettings
    alphabet: Alphabet
    trained: dict[str, PreparedLines]
    validated: PreparedLines
    tested: PreparedLines
    composed: dict[str, ComposedSplits]
    earlier: frozenset[str]
    problems: list[Problem]

    @classmethod
    def load(cls, settings: TrainSettings, data_dir: Path, run: Run | None = None) -> Self:
        """Finds, prepares and divides the lines; those of a run that has begun stay in its splits.

        Raises:
            UsageError: A source does not exist, too few lines are left to divide, or lines to validate or test on are
                trained on, too.
            BadText: Lines cannot be used, and the settings are strict.
            CannotWrite: The prepared lines cannot be written.
        """
        problems: list[Problem] = []
        sources = {name: _load(name, settings, problems) for name in settings.lines if not is_composed(name)}
        held_out = [
            _load(value, settings, problems) if as_share(value) is None else None
            for value in (settings.validation, settings.test)
        ]
        if problems and settings.strict:
            raise BadText(f"{_count(problems)} cannot be used:\n" + "\n".join(map(str, problems)))
        shares = [as_share(value) or 0.0 for value in (settings.validation, settings.test)]
        joined = PreparedLines.join(list(sources.values()))
        known, earlier = _earlier_splits(joined.lines, _find_record(settings, run))
        *parts, left = divide(joined.lines, shares, settings.seed, known)
        validated, tested = (
            joined.select(part) if separate is None else separate
            for part, separate in zip(parts, held_out, strict=True)
        )
        if not len(validated):
            raise UsageError(f"There are no lines to validate on in {settings.validation}.")
        trained = _select_from_each(sources, left)
        _check_disjoint(PreparedLines.join(list(trained.values())), validated, tested, earlier, settings)
        return cls(
            settings,
            Alphabet() if settings.characters is None else Alphabet(settings.characters),
            trained,
            validated,
            tested,
            {name: _compose(name, settings, data_dir) for name in settings.lines if is_composed(name)},
            earlier,
            problems,
        )

    def train(self) -> LineSource:
        """Returns the training lines."""
        seed = 3 * self.settings.seed
        sources: list[LineSource] = []
        for name in self.settings.lines:
            own = name not in self.composed
            sources.append(self._vary(self.trained[name], seed) if own else self.composed[name].train())
        return sources[0] if len(sources) == 1 else MixedLines(sources, list(self.settings.lines.values()))

    def validation(self) -> LineSource:
        """Returns the lines by which the best epoch is chosen."""
        return self._draw(self.validated, 3 * self.settings.seed + 1)

    def test(self) -> LineSource:
        """Returns the lines on which results are reported: those of the validation if there are no test lines."""
        return self._draw(self.tested if self.has_test else self.validated, 3 * self.settings.seed + 2)

    @property
    def has_test(self) -> bool:
        """Whether there are test lines; otherwise those of the validation take their place."""
        return len(self.tested) > 0

    @property
    def unseen(self) -> str:
        """What the test has that training has not."""
        return "lines it never saw" if self.has_test else "its validation lines, as there are no test lines"

    def describe(self) -> list[str]:
        """Describes the lines and what was left out of them, as lines of text."""
        lines = [f"{self.settings.model} on {', '.join(self.settings.lines)}, {self.settings.spec.height} px high"]
        total = sum(self.settings.lines.values())
        for name, share in self.settings.lines.items():
            mixed = f"  {share / total:.1%} of the lines" if len(self.settings.lines) > 1 else ""
            if name in self.composed:
                composed = self.composed[name]
                count, sentences = composed.glyph_counts()["train"], composed.sentence_counts()["train"]
                lines.append(
                    f"  train      {count:>8,} {composed.drawn_with}  {sentences:>7,} sentences  {name}{mixed}"
                )
            else:
                lines.append(f"  train      {_describe(self.trained[name])}  {name}{mixed}")
        lines.append(f"  validation {_describe(self.validated)}")
        lines.append(f"  test       {_describe(self.tested)}")
        if (missing := self._find_missing()) and self.settings.start_from is None:
            what = f"{len(missing):,} characters of the alphabet, which are in no training line"
            lines.append(f"  never trained: {what}: {describe_characters(missing)}")
        lines.extend(f"  left out: {problem}" for problem in describe_problems(self.problems))
        if (few := len(self.validated)) < 30:
            lines.append(f"  With only {few} validation lines, val CER is rough, and the best epoch partly luck.")
        return lines

    def record(self) -> str:
        """Lists the lines of each split, as a table in CSV."""
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["split", "group", "image"])
        trained = PreparedLines.join(list(self.trained.values()))
        for name, lines in (("train", trained), ("validation", self.validated), ("test", self.tested)):
            writer.writerows([name, line.group, _identity(line)] for line in lines.lines)
        writer.writerows(
            ["earlier", "", image] for image in sorted(self.earlier - {_identity(x) for x in trained.lines})
        )
        return table.getvalue()

    def fingerprint(self) -> Fingerprint:
        """Returns the fingerprint of the lines, and of what composed ones are made of."""
        parts = [*self.trained.values(), self.validated, self.tested]
        found = of_own(line for part in parts for line in part.lines)
        for composed in self.composed.values():
            found |= composed.fingerprint()
        return found

    def _find_missing(self) -> list[str]:
        """Finds the characters of the alphabet that no training line has or can be composed of."""
        trained = {c for part in self.trained.values() for line in part.lines for c in line.text}
        drawable = {c for composed in self.composed.values() for c in composed.bank.drawable + " "}
        return [c for c in self.alphabet.characters if c not in trained | drawable]

    def _vary(self, prepared: PreparedLines, seed: int) -> OwnLines:
        settings = self.settings
        kinds = [kind for kind in LINE_VARIATIONS if kind not in settings.without]
        return OwnLines(prepared, self.alphabet, settings.spec, seed, True, settings.augment, kinds)

    def _draw(self, prepared: PreparedLines, seed: int) -> OwnLines:
        # Shuffled, so that a part of the lines, if there are more than are read, is a random one.
        return OwnLines(prepared, self.alphabet, self.settings.spec, seed, is_shuffled=True)


def _load(source: str, settings: TrainSettings, problems: list[Problem]) -> PreparedLines:
    """Prepares the lines of a source that can be trained on, and adds the others to the problems."""
    usable, found = load_lines(source, settings)
    problems.extend(found)
    if not len(usable):
        raise UsageError(f"None of the lines in {source} can be used. {found[0] if found else ''}")
    return usable


def _identity(line: OwnLine) -> str:
    """The file of a picture, by which it is known again."""
    return str(line.image.resolve())


def _find_record(settings: TrainSettings, run: Run | None) -> Path | None:
    """Finds the table of the splits of a run that has begun, or of the run to start from; None if there is none."""
    if run is not None and run.splits_file.is_file():
        return run.splits_file
    file = None if settings.start_from is None else Run(Path(settings.start_from).parent).splits_file
    return file if file is not None and file.is_file() else None


def _earlier_splits(lines: Sequence[OwnLine], file: Path | None) -> tuple[dict[str, int], frozenset[str]]:
    """Finds what an earlier run did with the lines, from the table of its splits.

    Returns:
        The part of each group that it divided: 0 for validation, 1 for test, 2 for training, to which a group belongs
        that has any line of it; and all pictures that it, or a run before it, was trained on.
    """
    if file is None:
        return {}, frozenset()
    with file.open(encoding="utf-8", errors="surrogateescape", newline="") as table:
        splits = {row["image"]: row["split"] for row in csv.DictReader(table)}
    order = {"validation": 0, "test": 1, "train": 2, "earlier": 2}
    known = dict[str, int]()
    for line in lines:
        if split := splits.get(_identity(line)):
            known[line.group] = max(order[split], known.get(line.group, 0))
    return known, frozenset(image for image, split in splits.items() if order[split] == 2)


def _check_disjoint(
    trained: PreparedLines,
    validated: PreparedLines,
    tested: PreparedLines,
    earlier: frozenset[str],
    settings: TrainSettings,
) -> None:
    """Raises UsageError if a picture, or a group that was asked for, is trained on and held out."""
    known = {_identity(line) for line in trained.lines} | earlier
    groups = {line.group for line in trained.lines} if settings.group_by else set()
    for name, held_out in (("validation", validated), ("test", tested)):
        shared = [line for line in held_out.lines if _identity(line) in known or line.group in groups]
        if shared:
            raise UsageError(
                f"{len(shared):,} of {len(held_out):,} {name} lines, or their groups, are trained on too, such as "
                f"{shared[0].image}. Give lines for {name} that no run before was trained on."
            )


def _describe(lines: PreparedLines) -> str:
    groups = len({line.group for line in lines.lines})
    return f"{len(lines):>8,} lines" + (f"  in {groups:,} groups" if groups < len(lines) else "")


def _count(problems: Sequence[Problem]) -> str:
    return f"{len(problems):,} line{'s' if len(problems) > 1 else ''}"


def _select_from_each(sources: dict[str, PreparedLines], numbers: Sequence[int]) -> dict[str, PreparedLines]:
    """Selects lines of sources, which are numbered one after the other."""
    selected, first = {}, 0
    for name, lines in sources.items():
        own = [number - first for number in numbers if first <= number < first + len(lines)]
        if not own:
            raise UsageError(f"No lines of {name} are left to train on. Lower --validation and --test, or add lines.")
        selected[name] = lines.select(own)
        first += len(lines)
    return selected


def _compose(glyphs: str, settings: TrainSettings, data_dir: Path) -> ComposedSplits:
    return ComposedSplits.load(replace(settings, glyphs=glyphs, lines={}), data_dir)
