"""The options of a beam search and its language model, shared by the commands that read lines."""

from typing import TYPE_CHECKING, Annotated

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options

if TYPE_CHECKING:
    from kerasrec.language.model import LanguageModel

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


def open_model(
    context: typer.Context, name: str | None, beam: int, weight: float, bonus: float
) -> "LanguageModel | None":
    """Opens the language model that the options choose; None without one.

    Raises:
        UsageError: There is no such model, or an option has no effect or cannot work.
        BadLanguageModel: The file is damaged, or is not a language model.
    """
    if name is None:
        for given in ("lm_weight", "lm_bonus"):
            if options.is_given(context, given):
                option = options.flag(context, given)
                raise UsageError(f"{option} has an effect only with --language-model. Leave out {option}.")
        return None
    if not beam and options.is_given(context, "beam"):
        raise UsageError("A language model needs a beam search, but --beam is 0. Leave out --beam, or give a width.")
    from kerasrec.language.packaged import open_language_model

    return open_language_model(name, weight, bonus)
