"""The best hyperparameters of a search as a file that `kerasrec train` takes."""

from typing import Any

from kerasrec import __version__
from kerasrec.storage import write_json
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.trials import Trial


def best_card(folder: SearchFolder, best: Trial) -> dict[str, Any]:
    """What was found, and under which conditions, as plain values."""
    settings, default = folder.settings(), folder.default()
    train = settings.train
    return {
        "model": train.model,
        "hyperparameters": best.hyperparameters,
        "val_cer": best.val_cer,
        "ms_per_line": best.ms_per_line,
        "default_val_cer": default.val_cer if default else None,
        "default_ms_per_line": default.ms_per_line if default else None,
        "budget": {"minutes": settings.minutes} if settings.minutes is not None else {"lines": settings.lines},
        "trials": len(folder.trials()),
        "data": {
            "glyphs": train.glyphs,
            "text": train.text,
            "max_length": train.spec.max_length,
            "augment": train.augment,
        },
        "command": folder.command(),
        "machine": folder.machine(),
        "kerasrec": __version__,
    }


def write_best(folder: SearchFolder, best: Trial) -> None:
    """Writes the best hyperparameters into the search's folder."""
    write_json(folder.best_file, best_card(folder, best))
