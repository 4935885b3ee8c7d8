"""Steps that a machine can take, and messages that name one where it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import UsageError
from difflab.numeric.choose import choose_steps
from difflab.numeric.resolution import check_resolution, entry, power_of_two_below, spacing

FLOATS = [np.float16, np.float32, np.float64, np.longdouble]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.floats(1e-300, 1e300))
def test_powers_of_two_are_the_next_ones_below(step: float) -> None:
    h = float(power_of_two_below(step))
    assert h <= step < 2 * h
    assert np.frexp(h)[0] == 0.5
    assert power_of_two_below(h) == h  # a power of two stays
    assert power_of_two_below(-step) == -h


def test_nothing_and_nan_stay() -> None:
    np.testing.assert_array_equal(power_of_two_below([0.0, np.nan]), [0.0, np.nan])
    assert power_of_two_below(5e-324) == 5e-324
    assert power_of_two_below(0.3).shape == ()


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_spacing_leads_to_the_next_float(dtype: Any) -> None:
    for x in (2.0**-14, 1.0, -3.0, 60000.0):
        gap = spacing(dtype(x)).astype(dtype)
        size = dtype(abs(x))
        assert size + gap == np.nextafter(size, dtype(np.inf))


@pytest.mark.parametrize("dtype", FLOATS[:3])
def test_the_largest_float_has_a_spacing_too(dtype: Any) -> None:
    largest = np.finfo(dtype).max
    assert 0 < spacing(largest) < np.inf
    assert largest - dtype(spacing(largest)) < largest


def test_steps_of_the_spacing_pass_and_smaller_ones_do_not() -> None:
    x = np.array([1.0, 1e10])
    check_resolution(x, spacing(x))
    check_resolution(x, np.array([np.nan, 1.0]))  # no step, no complaint
    for k in range(2):
        steps = spacing(x)
        steps[k] *= 0.99
        with pytest.raises(UsageError, match=rf"at x\[{k}\]"):
            check_resolution(x, steps)


def test_entries_have_names() -> None:
    assert [entry("x", i, (2, 2)) for i in range(4)] == ["x[0, 0]", "x[0, 1]", "x[1, 0]", "x[1, 1]"]
    assert entry("w", 0, ()) == "w"


def test_a_step_below_the_spacing_is_refused_with_one_that_is_not() -> None:
    with pytest.raises(UsageError) as caught:
        choose_steps(np.float32(3), absstep=1e-9)
    assert caught.value.what == "step 1e-9 is below the spacing of float32 at x = 3"
    assert caught.value.instead == "use at least 2.4e-7"
    names = ["params['w'][0]", "params['w'][1]"]
    with pytest.raises(UsageError, match=r"at params\['w'\]\[1\] = 1e\+10"):
        check_resolution(np.array([1.0, 1e10]), 1e-9, names=names)
    with pytest.raises(UsageError, match=r"at x\[1, 0\] = 4"):
        check_resolution(np.array([[1.0], [4.0]], np.float32), 2.0**-22)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.floats(2.0**-10, 2.0**23, width=32))
def test_the_step_that_the_message_proposes_is_accepted(x: float) -> None:
    with pytest.raises(UsageError) as caught:
        choose_steps(np.float32(x), absstep=1e-30)
    proposed = float(caught.value.instead.rpartition(" ")[2])
    assert float(choose_steps(np.float32(x), absstep=proposed).size) >= np.spacing(np.float32(x))
