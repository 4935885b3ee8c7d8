"""Programs on scalars: exact fractions and mpmath numbers must do what NumPy does on floats."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import difflab as dl
from difflab.errors import MissingRuleError, TracingError
from difflab.scalars import Field, run_on_scalars
from difflab.scalars.definitions import ARITHMETIC, DEFINITIONS
from difflab.studies.truth import mpmath_field
from difflab.trace import name_of, trace
from tests.autodiff.case import Case
from tests.autodiff.test_rules import EVERY
from tests.scalars.refused import NAMES, beyond_scalars, recorded

FRACTIONS = Field("fractions", {}, {}, Fraction, ordered=True)
UNORDERED = Field("letters", {}, {}, Fraction, instead="a pen")
CALLS = [(case, recorded(case)) for case in EVERY]
TO_INTEGERS = {np.nanquantile, np.nanpercentile}  # of positions, which scalars do not round
BEYOND = [
    case for case, calls in CALLS if any(map(beyond_scalars, calls)) or case.rule in TO_INTEGERS
]
EXPRESSIBLE = [case for case in EVERY if not any(case is refused for refused in BEYOND)]


def exactly(f: Any, *arrays: Any, field: Field = FRACTIONS) -> Any:
    return run_on_scalars(trace(f, list(arrays)), [field.array(a) for a in arrays], field)


def with_thirty_digits(case: Case) -> Any:
    arithmetic = mpmath.MPContext()
    arithmetic.dps = 30
    return exactly(lambda p: case.call(*p), *case.arrays, field=mpmath_field(arithmetic))


@pytest.mark.parametrize("case", EXPRESSIBLE, ids=str)
def test_mpmath_numbers_give_what_numpy_gives(case: Case) -> None:
    result, expected = with_thirty_digits(case), case.call(*case.arrays)
    assert np.shape(result) == np.shape(expected)
    np.testing.assert_allclose(np.array(result, dtype=float), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("case", BEYOND, ids=str)
def test_what_scalars_cannot_express_is_refused_by_name(case: Case) -> None:
    with pytest.raises(MissingRuleError, match=r"cannot be expressed in mpmath") as caught:
        with_thirty_digits(case)
    names = {name_of(function) for function in recorded(case) if beyond_scalars(function)}
    assert caught.value.what.split()[0] in (names or {"np.astype"})
    assert "complex-step" in caught.value.instead


def test_every_name_of_the_list_is_refused_by_some_case() -> None:
    assert {name_of(function) for _, calls in CALLS for function in calls} >= NAMES


def test_every_definition_has_a_case() -> None:
    covered = set().union(*(calls for _, calls in CALLS))
    defined = set(DEFINITIONS) | set(ARITHMETIC)
    assert defined - covered == set()


def test_fractions_stay_fractions() -> None:
    w = np.array([[0.5, 0.25], [3.0, 1.0]])
    # w @ [1, 2] = [1, 5]; the sum of thirds is 2, the mean of w is 19/16
    result = exactly(lambda p: np.sum(p[0] @ np.array([1.0, 2.0]) / 3) - np.mean(p[0]), w)
    assert result == 2 - Fraction(19, 16)


def test_masks_and_sorting_need_an_order() -> None:
    x = np.array([3.0, 1.0, 2.0])
    assert exactly(lambda p: np.sum(np.where(p[0] > 1.5, p[0], 0.0)), x) == 5
    assert exactly(lambda p: np.sort(p[0])[0], x) == 1
    assert exactly(lambda p: p[0][np.argmin(p[0])] - p[0][np.argmax(p[0])], x) == -2
    for f in (lambda p: np.where(p[0] > 1.5, p[0], 0.0), lambda p: np.sort(p[0])):
        with pytest.raises(MissingRuleError, match=r"letters[\s\S]*a pen"):
            exactly(f, x, field=UNORDERED)


def test_nan_is_sorted_last_and_found_first() -> None:
    field = mpmath_field(mpmath.MPContext())
    x = np.array([[3.0, np.nan, 1.0], [2.0, 5.0, 4.0]])
    for f in (np.sort, np.argsort, lambda x: np.sort(x, axis=None), lambda x: np.sort(x, axis=0)):
        ours = exactly(lambda p, f=f: p[0].reshape(-1)[0] * 0 + f(p[0]), x, field=field)
        np.testing.assert_array_equal(np.array(ours, dtype=float), f(x))
    for f in (np.argmax, np.argmin, lambda x: np.argmax(x, axis=1, keepdims=True)):
        ours = exactly(lambda p, f=f: p[0][1, 0] * f(p[0]), x, field=field)
        np.testing.assert_array_equal(np.array(ours, dtype=float), 2 * f(x))


def test_a_missing_function_is_named() -> None:
    with pytest.raises(MissingRuleError, match=r"np\.exp cannot be expressed in fractions"):
        exactly(lambda p: np.exp(p[0]), np.ones(2))


def test_a_branch_is_refused_with_its_line() -> None:
    with pytest.raises(TracingError, match=r"test_run\.py:\d+"):
        exactly(lambda p: p[0] if p[0] > 0 else -p[0], np.array(1.0))


def test_rounding_to_integers_is_refused() -> None:
    with pytest.raises(MissingRuleError, match="rounds"):
        exactly(lambda p: p[0].astype(np.int64) * 1.0, np.ones(2))


def test_an_option_without_a_definition_is_refused() -> None:
    program = trace(lambda w: np.sum(np.take(w, [0, 3], mode="wrap")), np.ones(3))
    assert run_on_scalars(program, [FRACTIONS.array([1, 2, 3])], FRACTIONS) == 2
    call = next(entry for entry in program.entries if entry.function is np.sum)
    call.options["weights"] = 3  # an option that a later NumPy might have
    with pytest.raises(MissingRuleError, match=r"np\.sum cannot[\s\S]*weights= has no definition"):
        run_on_scalars(program, [FRACTIONS.array([1, 2, 3])], FRACTIONS)


def test_sums_over_no_entries_are_zero() -> None:
    assert exactly(lambda p: np.sum(p[0]) + np.sum(p[0] @ np.ones((0, 2))), np.zeros((3, 0))) == 0


def test_the_textbook_definitions_agree_with_the_stable_primitives() -> None:
    arithmetic = mpmath.MPContext()
    arithmetic.dps = 30
    field = mpmath_field(arithmetic)
    z = np.array([-1000.0, 0.0, 1000.0])
    for f in (dl.sigmoid, dl.softplus, dl.log_softmax, dl.softmax, dl.logsumexp):
        exact = np.array(exactly(lambda p, f=f: f(p[0]), z, field=field), dtype=float)
        np.testing.assert_allclose(exact, f(z), rtol=1e-15, atol=1e-300)
