"""Calls are read into one form, whatever their spelling; options that no rule knows are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.errors import TracingError
from difflab.trace import read_call

X = np.arange(3.0)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((X, 0.0, 1.0), {}), ((X, 0.0), {"a_max": 1.0}), ((X,), {"min": 0.0, "max": 1.0})],
)
def test_the_spellings_of_clip_are_one_call(args: Any, kwargs: Any) -> None:
    assert read_call(np.clip, args, kwargs) == ((X, 0.0, 1.0), {})


def test_an_absent_bound_is_none_in_its_place() -> None:
    assert read_call(np.clip, (X,), {"max": 1.0})[0][1:] == (None, 1.0)


def test_options_that_change_nothing_leave_no_trace() -> None:
    unset = {"out": None, "dtype": None, "initial": None, "where": None}
    assert read_call(np.sum, (X,), unset | {"axis": None})[1] == {"axis": None}
    assert read_call(np.reshape, (X, 3), {"copy": True})[1] == {"shape": 3}


@pytest.mark.parametrize(
    ("function", "args", "options"),
    [
        (np.sum, (X,), {"where": X > 0}),
        (np.sum, (X,), {"initial": 1.0}),
        (np.sum, (X, 0, None, np.zeros(())), {}),
        (np.var, (X,), {"mean": 1}),
        (np.concatenate, ([X, X],), {"dtype": float}),
        (np.ravel, (X, "A"), {}),
        (np.reshape, (X, 3), {"order": "A"}),
    ],
)
def test_options_that_no_rule_covers_are_refused(function: Any, args: Any, options: Any) -> None:
    with pytest.raises(TracingError, match="while being differentiated"):
        read_call(function, args, options)


def test_correction_is_another_name_of_ddof() -> None:
    x = np.array([1.0, 2.0, 4.0])
    assert read_call(np.var, (x,), {"correction": 1})[1] == {"ddof": 1}
    assert read_call(np.std, (x,), {"correction": 1})[1] == {"ddof": 1}
