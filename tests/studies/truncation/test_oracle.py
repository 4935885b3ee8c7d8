"""The truth: many digits for formulas, the complex plane for networks, against closed forms."""

from __future__ import annotations

from math import exp, factorial, prod

import numpy as np
import pytest

from difflab.studies.truncation.oracle import by_complex_plane, by_digits, digits


def of_sqrt(x: float, order: int) -> float:
    return prod(0.5 - k for k in range(order)) * x ** (0.5 - order)


@pytest.mark.parametrize("x", [2.0, 1e6])
def test_tiny_derivatives_of_a_slow_function_are_no_zeros(x: float) -> None:
    # at 10^6 the eleventh derivative of the root is about 10^-56, beyond fifty absolute digits
    arithmetic = digits()
    found = by_digits(arithmetic.sqrt, x, 11, arithmetic)
    assert found[1:] == pytest.approx([of_sqrt(x, n) for n in range(1, 12)], rel=1e-14)


def test_zeros_of_a_polynomial_are_exactly_zero() -> None:
    arithmetic = digits()
    third = arithmetic.mpf(1) / 3
    found = by_digits(lambda t: third * t**3 - third * t, 0.7, 8, arithmetic)
    assert found[4:] == (0, 0, 0, 0, 0)
    assert found[3] == 2.0


def test_the_value_has_more_digits_than_float64() -> None:
    arithmetic = digits()
    value = by_digits(arithmetic.exp, 1.0, 1, arithmetic)[0]
    assert abs(value - np.longdouble("2.718281828459045235360287")) < 1e-18
    assert value != np.longdouble(exp(1.0))


def test_values_on_a_circle_give_derivatives_to_a_few_digits() -> None:
    found = by_complex_plane(lambda z: 1 / (1 + z), 0.5, 9)
    wanted = [(-1) ** n * factorial(n) / 1.5 ** (n + 1) for n in range(10)]
    assert found[1] == pytest.approx(wanted[1], rel=1e-16)
    assert found[2:] == pytest.approx(wanted[2:], rel=1e-3)


@pytest.mark.parametrize("largest", [1.0, 2.0**-6])
def test_the_first_circle_may_be_small(largest: float) -> None:
    found = by_complex_plane(np.exp, 0.0, 3, largest)
    assert found[1:] == pytest.approx([1.0, 1.0, 1.0], rel=1e-3)


def test_what_rounding_hides_is_zero_and_not_noise() -> None:
    found = by_complex_plane(lambda z: 1.7 * z * z + z, 0.3, 7)
    assert found[3:] == (0, 0, 0, 0, 0)
