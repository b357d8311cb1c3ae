import warnings

import pytest

from kerasrec.images.silence import silence_warnings


def test_it_is_silent_inside_and_not_after():
    with silence_warnings():
        warnings.warn("unheard", UserWarning, stacklevel=1)
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


def test_who_leaves_first_does_not_end_the_silence_of_the_other():
    before = list(warnings.filters)
    first, second = silence_warnings(), silence_warnings()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    warnings.warn("unheard", UserWarning, stacklevel=1)
    second.__exit__(None, None, None)
    assert warnings.filters == before


def test_an_error_inside_ends_it_too():
    before = list(warnings.filters)
    with pytest.raises(ValueError, match="7"), silence_warnings():
        raise ValueError(7)
    assert warnings.filters == before
