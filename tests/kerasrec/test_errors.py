"""The errors' base classes and exit codes."""

import pytest

from kerasrec import errors

ALL = [value for value in vars(errors).values() if isinstance(value, type)]
SPECIFIC = [error for error in ALL if error is not errors.KerasrecError]


@pytest.mark.parametrize("error", SPECIFIC, ids=lambda error: error.__name__)
def test_an_error_is_also_a_builtin_exception(error):
    ours, builtin = error.__bases__
    assert ours in (errors.KerasrecError, errors.ServerError)
    assert builtin.__module__ == "builtins"
    assert builtin is not Exception


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_only_a_usage_error_exits_with_2(error):
    assert error.exit_code == (2 if error is errors.UsageError else 1)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("data/a.npz is damaged [[1, 2]].\nSecond line.", "data/a.npz is damaged [[1, 2]].\nSecond line."),
        (
            "{{function_node __wrapped__IteratorGetNext_device_/job:localhost/device:CPU:0}} corrupted record at 0 "
            "[Op:IteratorGetNext] name: ",
            "corrupted record at 0",
        ),
        (
            "Graph execution error:\n\nDetected at node a/Assert defined at (most recent call last):\n"
            '  File "/home/me/a.py", line 7, in <module>\n\n  File "/home/me/a.py", line 6, in f\n\n'
            "assertion failed: [at most] [1]\n\t [[{{node a/Assert}}]] [Op:__inference_f_57]",
            "assertion failed: [at most] [1]",
        ),
        (
            "{{function_node __wrapped__Next}} OSError: No space left\nTraceback (most recent call last):\n\n"
            '  File "/home/me/a.py", line 7, in f\n\nOSError: No space left\n\n\n\t [[{{node PyFunc}}]]',
            "OSError: No space left",
        ),
        (
            "Exception encountered when calling Dense.call().\n\n\x1b[1mIn[0] and In[1] differ\x1b[0m\n\n"
            "Arguments received by Dense.call():\n  - inputs=tf.Tensor(shape=(1, 2))",
            "In[0] and In[1] differ",
        ),
    ],
)
def test_a_message_of_tensorflow_loses_its_nodes_and_stacks(message, reason):
    assert errors.plain_reason(message) == reason


def test_the_message_is_unchanged():
    assert str(errors.DataUnavailable("No network: place gzip.zip by hand.")) == "No network: place gzip.zip by hand."
