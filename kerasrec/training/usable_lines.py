"""Which lines of one's own can be trained on with some settings, and what is wrong with the others."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.lines.own import PreparedLines, Problem, find_lines, prepare
from kerasrec.objectives import make_objective
from kerasrec.training.architecture import build_architecture
from kerasrec.training.settings import TrainSettings


def load_lines(source: str, settings: TrainSettings) -> tuple[PreparedLines, list[Problem]]:
    """Prepares the lines of a source that can be trained on with some settings, and finds the problem of each other."""
    lines, unusable = find_lines(Path(source), settings.group_by, settings.substitutions)
    prepared, unreadable = prepare(lines, settings.spec.height, settings.ink)
    usable, unfit = fit_lines(prepared, settings)
    return usable, [*unusable, *unreadable, *unfit]


def fit_lines(prepared: PreparedLines, settings: TrainSettings) -> tuple[PreparedLines, list[Problem]]:
    """Selects the lines whose texts are in the alphabet and have enough frames, and finds the problem of each other.

    Args:
        prepared: The lines.
        settings: The settings; the frames are those of their model.
    """
    alphabet = Alphabet() if settings.characters is None else Alphabet(settings.characters)
    texts = [line.text for line in prepared.lines]
    problems: dict[int, tuple[str, str]] = {}  # the reason and the kind for the number of a line
    for number, text in enumerate(texts):
        if unknown := "".join(sorted({c for c in text if c not in alphabet})):
            problems[number] = f"its text has {unknown!r}, not in the alphabet", "unknown characters"
        elif len(text) > (most := settings.spec.max_length):
            problems[number] = f"its text has {len(text)} characters, above {most}", "too long a text"
    architecture, readable = build_architecture(settings), [n for n in range(len(texts)) if n not in problems]
    objective = make_objective(settings.objective, architecture, settings.spec)
    labels, lengths = alphabet.encode_batch([texts[number] for number in readable])
    needed = np.asarray(objective.required_frames(labels, lengths))
    frames = np.asarray(architecture.frames(prepared.widths[readable]))
    for number, need, has in zip(readable, needed.tolist(), frames.tolist(), strict=True):
        if need > has:
            reason = f"its text needs {need} frames, but its {prepared.widths[number]} px at this height have {has}"
            problems[number] = reason, "too few frames"
    good = [number for number in range(len(texts)) if number not in problems]
    return prepared.select(good), [Problem(prepared.lines[n].image, *problems[n]) for n in sorted(problems)]


def describe_problems(problems: Iterable[Problem]) -> list[str]:
    """Counts problems by their kinds, the most frequent first, with an example of each."""
    kinds = dict[str, list[Problem]]()
    for problem in problems:
        kinds.setdefault(problem.kind, []).append(problem)
    return [
        f"{len(found):,} with {kind}, such as {found[0].file.name}: {found[0].reason}"
        for kind, found in sorted(kinds.items(), key=lambda item: -len(item[1]))
    ]
