"""The options of a beam search and its language model, shared by the commands that read lines."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from kerasrec.errors import UsageError
from kerasrec.language.defaults import WORD_BONUS
from kerasrec_cli import options

if TYPE_CHECKING:
    from kerasrec.language.model import LanguageModel
    from kerasrec.language.packaged import LanguageModelLike

Beam = Annotated[
    int,
    typer.Option(
        metavar="WIDTH",
        min=0,
        help="Beam search with WIDTH candidates: slower, but a little more accurate. 0 takes the most probable "
        "token of each frame. With --language-model it is 16.",
    ),
]
LanguageModelName = Annotated[
    str | None,
    typer.Option(
        "--language-model",
        metavar="NAME|FILE",
        help='Search with a language model: "english", or a .klm file of `kerasrec language-model build`.',
        show_default="none",
    ),
]
LmWeight = Annotated[
    float,
    typer.Option(metavar="W", min=0, help="How much the language model counts beside the recognizer, which counts 1."),
]
LmBonus = Annotated[
    float,
    typer.Option(
        metavar="B", help="What each character adds to the score of a text: a higher bonus gives longer texts."
    ),
]


Words = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Favour the words of a UTF-8 text file, such as the names in a collection; also with a language model.",
    ),
]
WordBonus = Annotated[
    float, typer.Option(metavar="B", min=0, help="What each character of these words adds to the score of a text.")
]


def open_model(
    context: typer.Context,
    name: str | None,
    beam: int,
    weight: float,
    bonus: float,
    words: Path | None = None,
    word_bonus: float = WORD_BONUS,
) -> "LanguageModelLike | None":
    """Opens the language model and the words that the options choose; None without any.

    Raises:
        UsageError: There is no such model, or an option has no effect or cannot work.
        BadLanguageModel: The file is damaged, or is not a language model.
        BadText: The words cannot be read.
    """
    model = _open_language_model(context, name, beam, weight, bonus)
    if words is None:
        if options.is_given(context, "word_bonus"):
            raise UsageError("--word-bonus has an effect only with --words. Leave out --word-bonus.")
        return model
    _check_beam(context, beam, "--words")
    from kerasrec.language.words import WordList

    return WordList.load(words, word_bonus, model)


def _open_language_model(
    context: typer.Context, name: str | None, beam: int, weight: float, bonus: float
) -> "LanguageModel | None":
    if name is None:
        if option := options.first_given(context, ("lm_weight", "lm_bonus")):
            raise UsageError(f"{option} has an effect only with --language-model. Leave out {option}.")
        return None
    _check_beam(context, beam, "A language model")
    from kerasrec.language.packaged import open_language_model

    return cast("LanguageModel", open_language_model(name, weight, bonus))


def _check_beam(context: typer.Context, beam: int, what: str) -> None:
    """Raises UsageError if something needs a beam search, but the options ask for none."""
    if not beam and options.is_given(context, "beam"):
        raise UsageError(f"{what} needs a beam search, but --beam is 0. Leave out --beam, or give a width.")
