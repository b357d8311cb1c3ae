"""Makes the architecture that a run's settings name, and checks it against the objective."""

from dataclasses import fields

from kerasrec.errors import UsageError
from kerasrec.models import MODELS, Architecture
from kerasrec.objectives import make_objective
from kerasrec.training.settings import TrainSettings

_SPEC_FIELDS = ("height", "max_length")  # the fields of the line spec that some models also have


def build_architecture(settings: TrainSettings) -> Architecture:
    """Creates the architecture that the settings name.

    Raises:
        UsageError: The model or one of its hyperparameters is unknown, or a value is invalid.
    """
    if settings.model not in MODELS:
        raise UsageError(
            f"There is no model {settings.model!r}. Choose one of {', '.join(MODELS)}. If it is your own, first "
            "import the file that registers it; on the command line: kerasrec --import FILE ..."
        )
    kind = MODELS[settings.model]
    defaults = {field.name: field.default for field in fields(kind)}  # type: ignore[arg-type]
    for name, value in settings.hyperparameters.items():
        if name not in defaults:
            raise UsageError(f"{settings.model} has no hyperparameter {name!r}; it has {', '.join(defaults)}.")
        if type(value) is not type(defaults[name]) and (type(value), type(defaults[name])) != (int, float):
            kinds = "true or false" if type(defaults[name]) is bool else f"a number like {defaults[name]}"
            raise UsageError(f"{name} must be {kinds}, not {value!r}.")
        if name in _SPEC_FIELDS and value != getattr(settings.spec, name):
            raise UsageError(f"{name} is {getattr(settings.spec, name)} in the line spec, not {value}. Leave it out.")
    from_spec = {name: getattr(settings.spec, name) for name in _SPEC_FIELDS if name in defaults}
    return kind(**{**settings.hyperparameters, **from_spec})


def check_settings(settings: TrainSettings) -> None:
    """Checks all settings that can be checked without the data.

    Raises:
        UsageError: The model, one of its hyperparameters or its objective is invalid, or outputs are cut off for an
            objective that needs all of them.
    """
    architecture = build_architecture(settings)
    objective = make_objective(settings.objective, architecture, settings.spec)
    trained = settings.objective or architecture.objectives[0]
    if settings.limit_output_length and trained != "cross_entropy":
        raise UsageError(
            f"--limit-output-length cuts off outputs for cross_entropy, but {settings.model} is trained with "
            f"{trained}. Leave it out, or choose --objective cross_entropy."
        )
    objective.check(architecture, settings.spec, settings.limit_output_length)
