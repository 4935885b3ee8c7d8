"""Stencils applied: orders and constants on irregular points, for derivatives of order 1 to 4."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import ParameterTypeError
from difflab.numeric.apply import apply_stencil, real_point
from difflab.numeric.stencils import Offset, Stencil, fornberg, named_stencil

X = np.linspace(0.5, 1.5, 300)

IRREGULAR: dict[str, tuple[Offset, ...]] = {
    "skew": (-2, -1, 1, 2, 5),
    "fractions": (Fraction(-3, 2), Fraction(-1, 4), Fraction(1, 2), 1, 3),
    "one-sided": (0, 1, Fraction(3, 2), 4, 5),
    "unordered": (4, -1, 0, -3, 2),
}


def rms(stencil: Stencil, h: float) -> float:
    """Error on exp, whose derivatives are all known, root mean square over `X`."""
    error = apply_stencil(np.exp, X, h, stencil) - np.exp(X)
    return float(np.sqrt(np.mean(error**2)))


def slope(stencil: Stencil, exponents: range) -> float:
    """Slope of log error against log h, by least squares."""
    h = 2.0 ** np.array(exponents, float)
    return float(np.polyfit(np.log(h), [np.log(rms(stencil, step)) for step in h], 1)[0])


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("points", IRREGULAR)
def test_errors_fall_as_h_to_the_order_and_rise_as_h_to_the_derivative(
    points: str, derivative: int
) -> None:
    stencil = fornberg(IRREGULAR[points], derivative)
    p, d = stencil.accuracy, derivative
    # where both errors meet; powers of two, well away on either side
    best = np.log2((2.0**-53 / 2) ** (1 / (p + d)))
    truncation = range(max(round(best) + 2, -12), max(round(best) + 2, -12) + 3)
    assert slope(stencil, truncation) == pytest.approx(p, abs=0.25)
    assert slope(stencil, range(round(best) - 9, round(best) - 2)) == pytest.approx(-d, abs=0.15)


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("points", IRREGULAR)
def test_constants_are_those_of_theory(points: str, derivative: int) -> None:
    stencil = fornberg(IRREGULAR[points], derivative)
    h = 2.0**-7 if stencil.accuracy < 3 else 2.0**-6
    predicted = float(stencil.error_constant) * h**stencil.accuracy * np.exp(X)
    found = apply_stencil(np.exp, X, h, stencil) - np.exp(X)
    rounding = float(stencil.roundoff_constant) * 2.0**-52 * np.exp(X) / h**derivative
    assert np.all(np.abs(found - predicted) <= 0.2 * np.abs(predicted) + rounding)


def test_a_weight_that_is_slightly_wrong_changes_the_slope() -> None:
    """The negative control: one part in 50 of a stencil of lower order."""
    right, lower = named_stencil("central-4", 2), named_stencil("central", 2)
    low = dict(zip(lower.offsets, lower.weights))
    mixed = tuple(
        Fraction(49, 50) * c + Fraction(1, 50) * low.get(o, Fraction(0))
        for o, c in zip(right.offsets, right.weights)
    )
    wrong = Stencil(right.offsets, mixed, 2)
    assert slope(right, range(-6, -3)) == pytest.approx(4, abs=0.15)
    assert slope(wrong, range(-6, -3)) < 3


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.lists(st.integers(-6, 6), min_size=5, max_size=7, unique=True),
    st.integers(1, 4),
    st.lists(st.integers(-9, 9), min_size=5, max_size=5),
    st.integers(-4, 4),
)
def test_polynomials_of_low_degree_are_differentiated_exactly(
    offsets: list[int], derivative: int, coefficients: list[int], x: int
) -> None:
    """With n points, of degree below n; everything is a small whole number times a power of 2."""
    polynomial = np.polynomial.Polynomial([float(c) for c in coefficients])
    stencil = fornberg(offsets, derivative)
    found = apply_stencil(polynomial, float(x), 0.5, stencil)
    size = 1e6 * float(stencil.roundoff_constant) / 0.5**derivative
    assert abs(found - polynomial.deriv(derivative)(float(x))) <= 2.0**-50 * size


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
def test_the_dtype_of_x_is_that_of_the_arithmetic(derivative: int) -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        seen.append(np.asarray(x).dtype)
        return np.exp(x)

    stencil = named_stencil("central", derivative)
    found = apply_stencil(f, np.float32(1), 0.25, stencil)
    assert set(seen) == {np.dtype(np.float32)}
    assert found.dtype == np.float64
    wide = apply_stencil(np.exp, np.longdouble(1), 2.0**-10, named_stencil("central-8", derivative))
    assert wide.dtype == np.longdouble
    assert abs(wide - np.exp(np.longdouble(1))) < 1e-6


@pytest.mark.parametrize("derivative", [1, 2, 3])
def test_steps_that_vanish_give_nan_and_each_entry_has_its_own(derivative: int) -> None:
    stencil = named_stencil("central", derivative)
    x, h = np.array([1.0, 1.0, 1.0]), np.array([2.0**-6, 0.0, 1e-30])
    found = apply_stencil(np.exp, x, h, stencil)
    np.testing.assert_array_equal(np.isnan(found), [False, True, True])
    assert found[0] == apply_stencil(np.exp, 1.0, 2.0**-6, stencil)
    assert np.isnan(apply_stencil(np.exp, 1.0, np.nan, stencil))


def test_f_is_not_called_where_its_weight_is_0() -> None:
    calls: list[float] = []

    def f(x: float) -> Any:
        calls.append(x)
        return 1 / x

    third = named_stencil("central", 3)
    assert Fraction(0) in third.weights or 0 not in third.offsets
    apply_stencil(f, 0.0, 0.5, third)
    assert 0.0 not in calls


def test_the_step_as_taken_is_divided_by() -> None:
    x, h = np.float32(1000), 0.0101  # x + h is far from exact
    second = named_stencil("central", 2)
    found = apply_stencil(lambda v: v.astype(np.float64) ** 2, np.asarray([x]), h, second)
    low, high = x - np.float32(h), x + np.float32(h)
    taken = (float(high) - float(low)) / 2
    squares = float(high) ** 2 - 2 * float(x) ** 2 + float(low) ** 2
    assert found[0] == squares / taken**2


@pytest.mark.parametrize("x", [1, True, 1j, "1.0", None, [1, 2]])
def test_points_that_are_no_floats_are_refused(x: Any) -> None:
    with pytest.raises(ParameterTypeError) as raised:
        real_point(x)
    assert "cannot be moved by a small step" in raised.value.what
    assert "1.0 for 1" in raised.value.instead


def test_points_keep_their_type_and_shape() -> None:
    assert type(real_point(2.0)) is np.float64
    assert type(real_point(np.float32(2))) is np.float32
    assert real_point([1.0, 2.0]).shape == (2,)
