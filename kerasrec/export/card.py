"""The model card: what a version is, how it was trained and how accurate it is, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from kerasrec import __version__
from kerasrec.export.check import Checked
from kerasrec.export.parts import Parts
from kerasrec.serving import wire
from kerasrec.storage import write_atomically, write_json

CARD = "model_card.json"
PAGE = "README.md"

_RATES = {"cer": "CER", "lab_cer": "lab CER", "wer": "WER", "perfect": "perfect lines"}
_OBJECTIVES = {
    "ctc": "take the most probable token of each output, merge repeats, then drop token 0 (the blank)",
    "cross_entropy": "take the most probable token of each output and drop tokens 0 to 3, which are not characters",
    "autoregressive": "take the most probable token of each output, stop at token 2 (the end of the text), and drop "
    "tokens 0 to 3, which are not characters",
}
"""How to decode the outputs of each objective."""

_READER_OUTPUTS = {
    wire.TEXT: "string (N,), UTF-8",
    wire.CONFIDENCE: "float32 (N,): the probability of the text",
    wire.CHARACTER_COUNT: "int32 (N,): the number of characters",
    wire.CHARACTER_CONFIDENCE: "float32 (N, L): the probability of each character; 0 past the last one",
    wire.CHARACTER_START: "float32 (N, L): pixels of the image, from the left; 0 past the last one",
    wire.CHARACTER_END: "float32 (N, L): pixels of the image, from the left; 0 past the last one",
}
_INK = {"auto": "dark or light", "dark": "ink darker than its paper", "light": "ink lighter than its paper"}
_READERS = {
    signature: {
        "inputs": {wire.IMAGE_BYTES: f"string (N,): PNG, JPEG or WebP images, one line each, {_INK[ink]}"},
        "outputs": _READER_OUTPUTS,
    }
    for ink, signature in wire.READERS.items()
}


def write_card(version: Path, parts: Parts, checked: Checked) -> None:
    """Writes the card of a version: `model_card.json` for programs, `README.md` for people.

    Args:
        version: The version's folder, which has its number as its name.
        parts: The parts of the recognizer that was exported.
        checked: The result of the version's check.
    """
    card = _describe(version, parts, checked)
    write_json(version / CARD, card)
    page = "\n".join(_write_page(card)) + "\n"
    write_atomically(version / PAGE, lambda file: file.write_text(page, encoding="utf-8"))


def _describe(version: Path, parts: Parts, checked: Checked) -> dict[str, Any]:
    architecture, aligned = parts.architecture, parts.objective.aligned
    return {
        "version": int(version.name),
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_with": {"kerasrec": __version__, **{name: installed(name) for name in ("tensorflow", "keras", "numpy")}},
        "model": parts.name,
        "objective": parts.objective_name,
        "hyperparameters": asdict(architecture),  # type: ignore[call-overload]
        "parameters": parts.model.count_params(),
        "frames": {"stride": architecture.stride, "offset": architecture.offset} if aligned else None,
        "alphabet": parts.alphabet.characters,
        "tokens": parts.alphabet.tokens,
        "spec": asdict(parts.spec),
        "training": parts.settings,
        "metrics": parts.metrics,
        "check": asdict(checked),
        "signatures": _READERS | {wire.LOG_PROBS: _describe_log_probs(parts.spec.height)},
    }


def _describe_log_probs(height: int) -> dict[str, dict[str, str]]:
    return {
        "inputs": {
            wire.IMAGES: f"float32 (B, {height}, W, 1): lines, ink 255 on 0",
            wire.WIDTHS: "int32 (B,): the width of each line; columns beyond it are ignored",
        },
        "outputs": {
            wire.LOG_PROBS: "float32 (B, T, K): log-probabilities of K tokens for each of T outputs",
            wire.FRAMES: "int32 (B,): the number of valid outputs of each line",
        },
    }


def _write_page(card: dict[str, Any]) -> Iterator[str]:
    made = ", ".join(f"{name} {number}" for name, number in card["made_with"].items())
    yield f"# {card['model']}, version {card['version']}"
    yield ""
    yield "Reads handwriting, one line per image, from the bytes of an image file. It needs neither Keras nor kerasrec."
    yield ""
    yield f"- Exported {card['exported']} with {made}."
    yield f"- {card['parameters']:,} parameters in float32. Hyperparameters: " + _join(card["hyperparameters"])
    yield f"- Trained for `{card['objective']}`. To decode `log_probs`, {_OBJECTIVES[card['objective']]}."
    check = card["check"]
    yield (
        f"- Checked in a process without Keras and kerasrec: {check['pictures']} images gave the same texts as the "
        f"recognizer, and confidences that differ by at most {check['difference']:.1e}."
    )
    yield from ("", "## Accuracy", "", *_write_metrics(card["metrics"], card["training"] or {}))
    yield from ("", "## Trained on", "", *_write_training(card["training"]))
    yield from ("", "## Alphabet", "", f"{len(card['alphabet'])} characters:", "", "```", card["alphabet"], "```")
    yield from ("", "## Line format", "", _join(card["spec"]))
    yield from ("", "## Signatures")
    for signature, sides in card["signatures"].items():
        yield from ("", f"`{signature}`", "", "| | name | description |", "| --- | --- | --- |")
        yield from (f"| {side} | `{name}` | {what} |" for side, all in sides.items() for name, what in all.items())


def _write_metrics(metrics: dict[str, Any] | None, training: dict[str, Any]) -> Iterator[str]:
    if metrics is None:
        yield "Not measured. Run `kerasrec evaluate RUN --out RUN`, then export again to have the accuracy here."
        return
    unseen = "glyphs" if training.get("split") == "lab" else "glyphs and sentences"
    yield f"Measured on {metrics['lines']:,} synthetic lines of {unseen} that were not used in training:"
    yield from ("", "| | | 95% interval |", "| --- | --- | --- |")
    for name, title in _RATES.items():
        low, high = metrics["intervals"][name]
        yield f"| {title} | {metrics[name]:.2%} | {low:.2%} to {high:.2%} |"


def _write_training(settings: dict[str, Any] | None) -> Iterator[str]:
    if settings is None:
        yield "Unknown: the recognizer was exported from its file, without its run."
    else:
        glyphs, text = settings["glyphs"], settings["text"]
        yield f"Synthetic lines of `{glyphs}` glyphs and `{text}` text. `{CARD}` has all the settings."


def _join(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items()) + "."
