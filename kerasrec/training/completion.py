"""Completes the settings of a run that trains on written lines, or starts from another recognizer."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadRun, UsageError
from kerasrec.lines.glyphs import GLYPHS
from kerasrec.lines.line_draws import LINE_VARIATIONS
from kerasrec.lines.own import OwnLine, find_lines
from kerasrec.recognizer.model_file import check_card, read_card
from kerasrec.training.run import Run
from kerasrec.training.settings import FROM_LINES, as_share, find_source, is_composed, is_written
from kerasrec.weights import find_file

# Defaults for lines of one's own, which are written smaller than glyphs. Small batches learn twice as much from as many
# lines: CTC needs thousands of steps before a model looks at its lines at all.
_OWN = {"height": 40, "epochs": 50}
_OWN_BATCH = 8
_WRITTEN = {"height": 40, "max_length": 60, "batch_size": 16}  # defaults for lines that are laid out as writing
_RESNET = {"stride": 4}
_TUNED = {"learning_rate": 3e-4, "warmup": 0.1}  # defaults for weights that are trained already
_EPOCH_LINES = (1000, 10_000)
_SHARED = ("height", "max_length")  # fields of the line spec that some architectures have, too


def complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """Adds what follows from the recognizer that a run starts from, from the texts of its lines, and from writing.

    Args:
        values: The settings that are given, by their names in `TrainSettings` and `LineSpec`.

    Raises:
        UsageError: Two settings contradict each other, or a source does not exist.
        BadRun: There is no recognizer to start from.
    """
    values = {**values, **({"lines": _shares(values["lines"])} if values.get("lines") else {})}
    start = read_start(values["start_from"]) if values.get("start_from") else None
    if start:
        values = _inherit(values, start)
    if values.get("lines"):
        values["lines"] = {
            find_source(os.path.normpath(name), GLYPHS): share for name, share in values["lines"].items()
        }
        if not (len(values["lines"]) == 1 and is_composed(next(iter(values["lines"])))):
            return _fit_to_lines(values, start)
        (values["glyphs"],) = values.pop("lines")
    if start is None and is_written(str(values.get("glyphs"))):
        return _fit_to_writing(values)
    if start and "characters" not in values:
        values["characters"] = start["alphabet"]
    return values


def _shares(lines: Any) -> dict[str, float]:
    """Returns the share of each source, given as such, as one source or as several."""
    if isinstance(lines, Mapping):
        return {str(name): share for name, share in lines.items()}
    sources = [lines] if isinstance(lines, str | os.PathLike) else lines
    return {os.fspath(source): 1.0 for source in sources}


def read_start(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads the card of a recognizer to start from, with its file.

    Args:
        path: A run folder, a `.keras` file or the name of a recognizer of the package.
    """
    folder = find_file(Path(path)) or Path(path).expanduser().absolute()
    is_file = folder.is_file() or folder.suffix == ".keras"
    file = folder if is_file else Run.open(folder).find_recognizer("Train it first, or give another run.")
    card = read_card(file)
    if "character_model" in card:
        raise BadRun(f"{path} reads single characters, not lines. Give a run of `kerasrec train`.")
    try:
        check_card(card)
    except (KeyError, TypeError) as error:
        raise BadRun(f"{file} is a recognizer that cannot be rebuilt: {error}. Give another run.") from error
    return {**card, "file": str(file)}


def describe_alphabet(known: str, characters: str) -> str:
    """Describes how an alphabet changes.

    >>> describe_alphabet("abc~", "abcé")
    'alphabet: +é -~'
    """
    added, lost = ([c for c in one if c not in other] for one, other in ((characters, known), (known, characters)))
    changes = [f"+{c}" for c in added] + [f"-{c}" for c in lost]
    return f"alphabet: {' '.join(changes) or 'as before'}"


def _inherit(values: dict[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """Takes the model, its hyperparameters and its line spec from the recognizer to start from."""
    hyperparameters = {name: value for name, value in start["settings"].items() if name not in _SHARED}
    inherited = {"model": start["model"], "objective": start.get("objective"), "height": start["spec"]["height"]}
    for name, value in inherited.items():
        if values.get(name) not in (None, value):
            raise UsageError(
                f"A run that starts from {start['file']} keeps its {name}, {value}. Leave out {name} {values[name]}."
            )
    for name, value in values.get("hyperparameters", {}).items():
        if hyperparameters.get(name) != value:
            raise UsageError(
                f"A run that starts from {start['file']} keeps its {name}, {hyperparameters.get(name)}. Leave out "
                f"{name}={value}."
            )
    grows = values.get("lines") and "max_length" not in start["settings"]  # to the longest text of the lines
    spec = {name: value for name, value in start["spec"].items() if not (grows and name == "max_length")}
    return {
        **_TUNED,
        **spec,
        **values,
        **inherited,
        "hyperparameters": hyperparameters,
        "start_from": start["file"],
    }


def _fit_to_lines(values: dict[str, Any], start: Mapping[str, Any] | None) -> dict[str, Any]:
    """Takes the alphabet and the greatest length from the texts of the lines; sets defaults for their number."""
    own = [name for name in values["lines"] if not is_composed(name)]
    for kind in values.get("without", ()):
        if kind not in LINE_VARIATIONS:
            raise UsageError(f"without must be some of {', '.join(LINE_VARIATIONS)}, not {kind!r}.")
    if not own:
        raise UsageError(
            f"lines must have a folder or a table of your own, but are {', '.join(values['lines'])}. "
            "Leave out --lines to train on composed lines only."
        )
    for name in ("validation", "test"):
        if name in values:
            values[name] = find_source(str(values[name]), ())  # an existing folder, even if its name is a number
    held_out = [values[name] for name in ("validation", "test") if as_share(str(values.get(name, 0))) is None]
    trained, others = _find(own, values), _find(held_out, values)
    if not trained:
        problems = [str(problem) for name in own for problem in find_lines(Path(name))[1]]
        raise UsageError(f"None of the lines in {', '.join(own)} can be used. {' '.join(problems[:3])}")
    values["characters"] = _characters(values, start, trained + others, is_mixed=len(own) < len(values["lines"]))
    longest = max(len(line.text) for line in trained + others)
    if start is None:
        values.setdefault("height", _OWN["height"])
        values.setdefault("max_length", longest)
        values = _with_narrow_frames(values)
    elif "max_length" not in start["settings"]:
        values.setdefault("max_length", max(longest, start["spec"]["max_length"]))
    values.setdefault("batch_size", _OWN_BATCH)
    values.setdefault("epoch_lines", min(max(len(trained), _EPOCH_LINES[0]), _EPOCH_LINES[1]))
    if values.get("epochs") is None and values.get("minutes") is None:
        values["epochs"] = _OWN["epochs"]
    return values


def _fit_to_writing(values: dict[str, Any]) -> dict[str, Any]:
    """Sets the defaults for lines that are laid out as writing, with fonts or glyphs."""
    return _with_narrow_frames({**_WRITTEN, **values})


def _with_narrow_frames(values: dict[str, Any]) -> dict[str, Any]:
    """Sets the defaults of the model for written lines, whose characters are narrow."""
    if values.get("model", "line_resnet") != "line_resnet":
        return values
    return {**values, "hyperparameters": {**_RESNET, **values.get("hyperparameters", {})}}


def _find(sources: Iterable[str], values: Mapping[str, Any]) -> list[OwnLine]:
    """Finds the lines of all sources that can be used."""
    group_by, substitutions = values.get("group_by"), values.get("substitutions")
    return [line for source in sources for line in find_lines(Path(source), group_by, substitutions)[0]]


def _characters(
    values: Mapping[str, Any], start: Mapping[str, Any] | None, lines: list[OwnLine], is_mixed: bool
) -> str:
    """The alphabet: as given, or that of the recognizer to start from, widened by the characters of the lines."""
    if values.get("characters") not in (None, FROM_LINES):
        return str(values["characters"])
    found = Alphabet.from_text("".join(line.text for line in lines)).characters
    known = start["alphabet"] if start else Alphabet().characters if is_mixed else ""
    return known + "".join(c for c in found if c not in known)
