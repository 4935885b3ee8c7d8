"""Richardson's table, against exact rationals and its own error estimate."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import NonScalarLossError, ParameterTypeError, UsageError
from difflab.numeric.richardson import (
    extrapolated_stencil,
    richardson,
    richardson_table,
    ridders_error,
)
from difflab.numeric.stencils import SCHEMES, fornberg, named_stencil


@pytest.mark.parametrize("ratio", [2, 3, Fraction(3, 2)])
@pytest.mark.parametrize("column", range(6))
def test_a_central_column_is_the_geometric_stencil_of_order_2j_plus_2(
    column: int, ratio: Fraction
) -> None:
    r = Fraction(ratio)
    points = [r**k for k in range(column + 1)]
    found = extrapolated_stencil(SCHEMES["central"], column, ratio)
    assert found == fornberg([*(-p for p in reversed(points)), *points])
    assert found.accuracy == 2 * column + 2


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("scheme", ["forward", "backward", "central", "central-4", "forward-2"])
def test_every_column_gains_one_power_for_every_stencil(scheme: str, derivative: int) -> None:
    stencil = named_stencil(scheme, derivative)
    gain = 2 if scheme.startswith("central") else 1
    for column in range(4):
        found = extrapolated_stencil(stencil, column)
        assert found.derivative == derivative
        assert found.accuracy == stencil.accuracy + gain * column


def test_a_wrong_exponent_loses_the_order() -> None:
    """The negative control: q = j in place of 2j leaves the leading error where it was."""
    h = 2.0 ** -np.arange(2, 6)
    quotients = np.sinh(h) / h  # of sinh at 0, the truth is 1
    right = richardson_table(quotients, 2, (2, 4, 6))[-1, -1]
    wrong = richardson_table(quotients, 2, (1, 2, 3))[-1, -1]
    assert abs(right - 1) < 1e-13
    assert abs(wrong - 1) > 1e-8


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.fractions(-5, 5, max_denominator=9), min_size=2, max_size=5),
    st.fractions(Fraction(5, 4), 5, max_denominator=8),
)
def test_a_series_that_ends_is_summed_exactly(series: list[Fraction], ratio: Fraction) -> None:
    steps = [ratio**-k for k in range(len(series))]
    exponents = [2 * j for j in range(1, len(series))]
    values = [sum((c * h ** (2 * j) for j, c in enumerate(series)), Fraction(0)) for h in steps]
    table = richardson_table(np.array(values, object), ratio, exponents)
    assert table[-1, -1] == series[0]


def test_the_table_and_ridders_estimate_by_hand() -> None:
    # D = 1 + h^2 + h^4 at h = 1, 1/2, 1/4
    quotients = [3.0, 1.3125, 1.06640625]
    table = richardson_table(quotients, 2, (2, 4))
    np.testing.assert_array_equal(table[:, 0], quotients)
    np.testing.assert_array_equal(table[1:, 1], [0.75, 0.984375])  # 1.3125 - 1.6875 / 3, ...
    assert table[2, 2] == 1.0
    assert np.isnan(table[0, 1:]).all()
    estimates = ridders_error(table)
    assert estimates[1, 1] == 3.0 - 0.75
    assert estimates[2, 2] == max(1.0 - 0.984375, 1.0 - 0.75)
    assert np.isnan(estimates[:, 0]).all()


TRUTH = {
    "exp": (np.exp, lambda x, d: np.exp(x)),
    "sin": (np.sin, lambda x, d: np.sin(x + d * np.pi / 2)),
    "1/x": (lambda x: 1 / x, lambda x, d: (-1) ** d * [1, 1, 2, 6, 24][d] / x ** (d + 1)),
}


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.parametrize("scheme", ["central", "central-4", "forward"])
def test_the_bar_covers_and_the_digits_are_many(name: str, derivative: int, scheme: str) -> None:
    f, exact = TRUTH[name]
    stencil = named_stencil(scheme, derivative)
    digits = {"central": 12, "central-4": 12, "forward": 8}[scheme] - 1.9 * (derivative - 1)
    for x in np.linspace(0.6, 1.9, 14):
        found = richardson(f, float(x), stencil=stencil)
        truth = exact(x, derivative)
        assert abs(found.value - truth) <= found.error
        assert abs(found.value - truth) <= 10**-digits * max(1, abs(truth)) * 10


def test_a_lucky_zero_difference_does_not_give_a_bar_of_zero() -> None:
    found = richardson(lambda x: 3.0 * x, 0.7)
    assert found.value == pytest.approx(3.0, rel=1e-13)
    assert abs(found.value - 3.0) <= found.error
    assert found.error > 0


def test_everything_that_was_done_is_in_the_record() -> None:
    calls = []

    def f(x: float) -> float:
        calls.append(x)
        return np.exp(x)

    found = richardson(f, 0.5, step=0.25, levels=4, ratio=2.0)
    assert found.evaluations == len(calls) == 8
    np.testing.assert_array_equal(found.steps, [0.25, 0.125, 0.0625, 0.03125])
    assert found.table[found.row, found.column] == found.value
    assert found.estimates[found.row, found.column] == found.error == np.min(found.estimates)


def test_float32_has_a_bar_of_its_own_size() -> None:
    found = richardson(np.exp, np.float32(1.0))
    assert abs(found.value - np.e) <= found.error < 1e-4


def test_what_is_not_finite_gives_nan_and_not_a_number() -> None:
    with np.errstate(all="ignore"):
        found = richardson(np.sqrt, 0.0)
    assert np.isnan(found.value)
    assert found.error == np.inf
    with np.errstate(all="ignore"):
        beside = richardson(np.log, 0.01)  # the coarse levels leave the domain
        further = richardson(np.log, 0.01, levels=12)
    assert abs(beside.value - 100.0) <= beside.error
    assert abs(further.value - 100.0) <= further.error < 1e-4


@pytest.mark.parametrize(
    "arguments", [{"levels": 1}, {"ratio": 1.0}, {"ratio": np.inf}, {"step": 0.0}, {"step": np.nan}]
)
def test_tables_that_cannot_be_made_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        richardson(np.exp, 1.0, **arguments)  # type: ignore[arg-type]


def test_points_and_results_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(ParameterTypeError):
        richardson(np.exp, 1)
    with pytest.raises(NonScalarLossError):
        richardson(lambda x: np.array([x, x]), 1.0)
