"""Theory's steps against the numbers of the design, and default steps that machines can take."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.numeric.apply import apply_stencil
from difflab.numeric.resolution import power_of_two_below
from difflab.numeric.stencils import SCHEMES, fornberg, named_stencil
from difflab.numeric.steps import (
    default_exponent,
    default_step,
    optimum,
    theory_table,
    unit_roundoff,
)

# h*, e* for f = F = 1 in float64, then in float32
GOLDEN = {
    "forward": (2.1e-8, 2.1e-8, 4.9e-4, 4.9e-4),
    "central": (6.9e-6, 2.4e-11, 5.6e-3, 1.6e-5),
    "central-4": (1.05e-3, 2.0e-13, 5.8e-2, 1.9e-6),
    "central-6": (9.0e-3, 2.6e-14, 0.16, 8.0e-7),
    "central-8": (3.0e-2, 8.7e-15, 0.28, 5.0e-7),
}


@pytest.mark.parametrize("scheme", GOLDEN)
def test_theory_gives_the_known_optima(scheme: str) -> None:
    wide, narrow = optimum(SCHEMES[scheme]), optimum(SCHEMES[scheme], np.float32)
    found = (wide.step, wide.error, narrow.step, narrow.error)
    np.testing.assert_allclose(found, GOLDEN[scheme], rtol=0.02)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_at_the_optimum_roundoff_is_p_times_truncation_and_no_step_is_better(scheme: str) -> None:
    stencil = SCHEMES[scheme]
    best = optimum(stencil, magnitude=3.0, higher_derivative=7.0)

    def parts(h: float) -> tuple[float, float]:
        truncation = abs(float(stencil.error_constant)) * 7.0 * h**stencil.accuracy
        return truncation, float(stencil.roundoff_constant) * 2.0**-53 * 3.0 / h

    truncation, roundoff = parts(best.step)
    assert roundoff == pytest.approx(stencil.accuracy * truncation)
    assert best.error == pytest.approx(truncation + roundoff)
    assert all(sum(parts(best.step * factor)) > best.error for factor in (0.9, 1.1))


@pytest.mark.parametrize("noise", [5e-324, 1e-300, 1e300])
@pytest.mark.parametrize("higher", [1e-300, 1e300])
def test_optima_at_the_ends_of_the_floats_are_numbers(noise: float, higher: float) -> None:
    best = optimum(named_stencil("central-4", 2), noise=noise, higher_derivative=higher)
    assert best.step > 0
    assert best.error >= 0


def test_the_second_derivative_has_its_own_optimum() -> None:
    best = optimum(fornberg((-1, 0, 1), 2))
    assert best.step == pytest.approx((48 * 2.0**-53) ** 0.25)


def test_known_noise_replaces_rounding_and_polynomials_want_infinite_steps() -> None:
    central = SCHEMES["central"]
    assert optimum(central, noise=1e-6).step == pytest.approx((3e-6) ** (1 / 3))
    assert optimum(central, higher_derivative=0.0).step == np.inf
    assert optimum(central, magnitude=0.0).step == 0.0


@pytest.mark.parametrize(
    ("scheme", "exponent"), [("central", 16), ("central-4", 10), ("central-6", 7)]
)
def test_default_steps_in_float64_are_those_measured_on_networks(
    scheme: str, exponent: int
) -> None:
    assert default_exponent(SCHEMES[scheme], np.float64) == exponent


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_default_steps_are_within_a_factor_of_the_optimum_in_every_float_type(
    scheme: str, dtype: type
) -> None:
    step = 2.0 ** -default_exponent(SCHEMES[scheme], dtype)
    assert 1 / 8 < step / optimum(SCHEMES[scheme], dtype).step < 8


def test_stencils_without_a_measured_step_get_the_theory() -> None:
    stencil = fornberg((0, 1, 2))
    assert 2.0 ** -default_exponent(fornberg((-1, 0, 1), 2), np.float64) == pytest.approx(
        optimum(fornberg((-1, 0, 1), 2)).step, rel=0.5
    )
    assert default_exponent(stencil, np.float64) == 16  # of order 2, as central


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_steps_are_powers_of_two_and_follow_large_arguments(x: float) -> None:
    h = float(default_step(x, 16))
    assert np.frexp(h)[0] == 0.5
    assert max(1.0, abs(x)) / 2 < h * 2**16 <= max(1.0, abs(x))
    # no digit of h is lost beside an x of size 1 or more, unless x + h enters the next binade
    if 1 <= abs(x) < 1e300 and np.frexp(x + h)[1] == np.frexp(x)[1]:
        assert (x + h) - x == h


def test_no_step_beside_what_is_not_finite() -> None:
    np.testing.assert_array_equal(default_step([np.nan, np.inf, -np.inf], 16), [np.nan] * 3)


def test_unit_roundoff_is_half_an_epsilon() -> None:
    assert unit_roundoff(np.float32) == 2.0**-24
    assert 1.0 + unit_roundoff(np.float64) == 1.0


TABLE = {
    "forward": (1, "1/2", "2"),
    "central": (2, "1/6", "1"),
    "central-4": (4, "1/30", "3/2"),
    "central-6": (6, "1/140", "11/6"),
    "central-8": (8, "1/630", "25/12"),
}


def test_the_table_of_theory_has_the_golden_numbers() -> None:
    rows = theory_table(list(GOLDEN))
    assert [row.scheme for row in rows] == list(GOLDEN)
    for row in rows:
        constants = (row.accuracy, str(row.error_constant), str(row.roundoff_constant))
        assert constants == TABLE[row.scheme]
        found = (row.float64.step, row.float64.error, row.float32.step, row.float32.error)
        np.testing.assert_allclose(found, GOLDEN[row.scheme], rtol=0.02)


def test_the_table_of_second_derivatives_knows_their_constants() -> None:
    (row,) = theory_table(["central"], derivative=2)
    assert (row.error_constant, row.roundoff_constant) == (Fraction(1, 12), 4)
    assert row.float64.step == pytest.approx((48 * 2.0**-53) ** 0.25)


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("scheme", ["forward", "forward-3", "central", "central-4", "central-6"])
def test_measured_errors_at_the_optimum_are_what_theory_predicts(
    scheme: str, derivative: int
) -> None:
    stencil = named_stencil(scheme, derivative)
    x = np.linspace(0.5, 1.5, 300)
    best = optimum(stencil, magnitude=np.e, higher_derivative=np.e)

    def rms(h: float) -> float:
        error = apply_stencil(np.exp, x, h, stencil) - np.exp(x)
        return float(np.sqrt(np.mean(error**2)))

    h = float(power_of_two_below(best.step))
    truncation = abs(float(stencil.error_constant)) * np.e * h**stencil.accuracy
    roundoff = float(stencil.roundoff_constant) * 2.0**-53 * np.e / h**derivative
    assert (truncation + roundoff) / 40 < rms(h) < truncation + roundoff  # a bound, not a mean
    assert rms(64 * h) > rms(h) < rms(h / 64)


@pytest.mark.parametrize("scheme", ["central-10", "central-12", "forward-3", "backward-5"])
def test_default_steps_of_unlisted_orders_are_near_the_best_on_tanh(scheme: str) -> None:
    stencil = named_stencil(scheme)
    x = np.linspace(-2, 2, 301)

    def rms(exponent: int) -> float:
        error = apply_stencil(np.tanh, x, 2.0**-exponent, stencil) - 1 / np.cosh(x) ** 2
        return float(np.sqrt(np.mean(error**2)))

    chosen = default_exponent(stencil, np.float64)
    assert rms(chosen) < 8 * min(rms(k) for k in range(1, 20))
