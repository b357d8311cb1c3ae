"""The model card: what a version is, where it comes from and how good it is, for people and for programs."""

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
    "ctc": "the most probable token of each output; neighbours that are the same are one, token 0 (the blank) is none",
    "cross_entropy": "the most probable token of each output is a character; tokens 0 to 3 are none",
    "autoregressive": "the most probable token of each output is a character, up to token 2; tokens 0 to 3 are none",
}
"""How each objective's outputs become text."""

_SIGNATURES = {
    wire.SERVING_DEFAULT: {
        "inputs": {wire.IMAGE_BYTES: "string (N,): the bytes of PNG, JPEG or WebP pictures of one line each"},
        "outputs": {
            wire.TEXT: "string (N,), UTF-8",
            wire.CONFIDENCE: "float32 (N,): the probability of the best path",
            wire.CHARACTER_COUNT: "int32 (N,)",
            wire.CHARACTER_CONFIDENCE: "float32 (N, L): 0 beyond the characters of a line, as below",
            wire.CHARACTER_START: "float32 (N, L): pixels of the picture, from the left",
            wire.CHARACTER_END: "float32 (N, L): pixels of the picture, from the left",
        },
    },
    wire.LOG_PROBS: {
        "inputs": {
            wire.IMAGES: "float32 (B, 28, W, 1): lines, ink 255 on 0",
            wire.WIDTHS: "int32 (B,): the columns of each line that count",
        },
        "outputs": {
            wire.LOG_PROBS: "float32 (B, T, K): K log-probabilities for each of T outputs, read as the objective says",
            wire.FRAMES: "int32 (B,): the outputs of each line that count",
        },
    },
}


def write_card(version: Path, parts: Parts, checked: Checked) -> None:
    """Writes the card of a version: `model_card.json`, and the same to read as `README.md`.

    Args:
        version: Its folder, named with its number.
        parts: Of the recognizer that was exported.
        checked: What the version's check found.
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
        "signatures": _SIGNATURES,
    }


def _write_page(card: dict[str, Any]) -> Iterator[str]:
    made = ", ".join(f"{name} {number}" for name, number in card["made_with"].items())
    yield f"# {card['model']}, version {card['version']}"
    yield ""
    yield "Reads one line of handwriting from the bytes of a picture. Neither Keras nor kerasrec is needed to run it."
    yield ""
    yield f"- Exported {card['exported']} with {made}."
    yield f"- {card['parameters']:,} parameters, float32. " + _join(card["hyperparameters"])
    yield f"- Trained for `{card['objective']}`: {_OBJECTIVES[card['objective']]}."
    check = card["check"]
    yield (
        f"- Checked in a process without Keras and kerasrec: {check['pictures']} pictures gave the same texts as the "
        f"recognizer, and confidences at most {check['difference']:.1e} apart."
    )
    yield from ("", "## Accuracy", "", *_write_metrics(card["metrics"], card["training"] or {}))
    yield from ("", "## Trained on", "", *_write_training(card["training"]))
    yield from ("", "## Alphabet", "", f"{len(card['alphabet'])} characters:", "", "```", card["alphabet"], "```")
    yield from ("", "## Lines it was made for", "", _join(card["spec"]))
    yield from ("", "## Signatures")
    for signature, sides in card["signatures"].items():
        yield from ("", f"`{signature}`", "", "| | name | what |", "| --- | --- | --- |")
        yield from (f"| {side} | `{name}` | {what} |" for side, all in sides.items() for name, what in all.items())


def _write_metrics(metrics: dict[str, Any] | None, training: dict[str, Any]) -> Iterator[str]:
    if metrics is None:
        yield "Not measured: `kerasrec evaluate RUN --out RUN` measures a run, and the next export tells."
        return
    unseen = "glyphs" if training.get("split") == "lab" else "glyphs and sentences"
    yield f"On {metrics['lines']:,} synthetic lines of {unseen} that training never saw:"
    yield from ("", "| | | 95% interval |", "| --- | --- | --- |")
    for name, title in _RATES.items():
        low, high = metrics["intervals"][name]
        yield f"| {title} | {metrics[name]:.2%} | {low:.2%} to {high:.2%} |"


def _write_training(settings: dict[str, Any] | None) -> Iterator[str]:
    if settings is None:
        yield "Not known: it was exported from a recognizer's file, without its run."
    else:
        glyphs, text = settings["glyphs"], settings["text"]
        yield f"Synthetic lines of `{glyphs}` glyphs and `{text}` text. `{CARD}` holds all settings."


def _join(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items()) + "."
