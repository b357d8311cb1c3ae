import pytest

from kerasrec.errors import KerasrecError
from kerasrec_tuning import errors


@pytest.mark.parametrize(
    ("kind", "builtin", "exit_code"),
    [
        (errors.NoTrialCompleted, RuntimeError, 1),
        (errors.MissingTuner, ImportError, 2),
        (errors.LostTrials, RuntimeError, 1),
        (errors.ChiefUnavailable, ConnectionError, 1),
    ],
)
def test_each_error_is_a_builtin_with_an_exit_code(kind, builtin, exit_code):
    assert issubclass(kind, KerasrecError) and issubclass(kind, builtin)
    assert kind.exit_code == exit_code
