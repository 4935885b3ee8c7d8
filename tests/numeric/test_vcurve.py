"""The V curve: theory without a fitted constant foretells what is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import optimum
from difflab.numeric.vcurve import COMPLEX_STEP, VCurve, fit_slope, step_grid, v_curve

POINTS = np.random.default_rng(0).uniform(0.5, 1.5, 300)
CENTRAL = ["central", "central-4", "central-6", "central-8"]


def exp_curve(scheme: str, dtype: Any = np.float64) -> VCurve:
    return v_curve(np.exp, lambda x, n: np.exp(x), POINTS, scheme, dtype)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_both_slopes_are_those_of_theory(scheme: str) -> None:
    curve = exp_curve(scheme)
    rise, fall = curve.truncation_slope, curve.roundoff_slope
    assert rise.value == pytest.approx(SCHEMES[scheme].accuracy, abs=0.15)
    assert fall.value == pytest.approx(-1.0, abs=0.1)
    assert rise.steps >= 6
    assert fall.steps >= 40
    assert rise.standard_error < 0.02
    assert fall.standard_error < 0.02


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_optimum_for_size_one_foretells_the_error_on_exp(scheme: str) -> None:
    """Within 1.5x in error and 2x in step: f and F are a few ones there, as the table assumes."""
    best, curve = optimum(SCHEMES[scheme]), exp_curve(scheme)
    assert 1 / 2.01 < curve.found.step / best.step < 2.01
    assert 1 / 1.5 < curve.found.error / best.error < 1.5


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_bound_with_the_true_derivatives_holds_and_is_near(scheme: str, dtype: type) -> None:
    curve = exp_curve(scheme, dtype)
    assert 1 / 2.01 < curve.found.step / curve.predicted.step < 2.01
    assert 0.2 < curve.found.error / curve.predicted.error < 1.0
    rising = curve.truncation > 100 * curve.roundoff
    ratio = (
        curve.errors[rising & (curve.steps < 0.1)] / curve.truncation[rising & (curve.steps < 0.1)]
    )
    np.testing.assert_allclose(ratio, 1.0, atol=0.1)
    falling = curve.roundoff > 100 * curve.truncation
    assert np.all(curve.errors[falling] < 1.1 * curve.roundoff[falling])


def test_one_lucky_point_is_not_the_reachable_error() -> None:
    curve = exp_curve("central")
    assert np.min(curve.single / curve.errors) < 0.1
    assert curve.single.shape == curve.errors.shape == curve.steps.shape


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_complex_step_is_flat_where_differences_fall(dtype: type) -> None:
    curve = exp_curve(COMPLEX_STEP, dtype)
    flat = curve.errors[curve.roundoff > 30 * curve.truncation]
    assert flat.max() < 4 * np.finfo(dtype).eps  # on some machines every other one is exactly 0
    assert flat.max() < curve.predicted.error
    if flat.min() > 0:
        assert curve.roundoff_slope.value == pytest.approx(0.0, abs=0.05)
    assert curve.truncation_slope.value == pytest.approx(2.0, abs=0.05)


def test_float32_ends_before_high_orders_show_their_slope() -> None:
    assert np.isnan(exp_curve("central-8", np.float32).truncation_slope.value)


@pytest.mark.parametrize("wrong", [1.01, 0.99])
def test_a_wrong_derivative_is_seen_as_a_floor(wrong: float) -> None:
    """The negative control: measured against a truth that is 1 % off, there is no V."""
    curve = v_curve(np.exp, lambda x, n: np.exp(x) * (wrong if n == 1 else 1), POINTS, "central")
    assert abs(curve.truncation_slope.value) < 0.5
    assert curve.found.error > 100 * curve.predicted.error


def test_a_mutant_of_the_scheme_shows_in_the_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = exp_curve("central-4")
    monkeypatch.setitem(SCHEMES, "central-4", SCHEMES["central"])
    assert abs(curve.truncation_slope.value - exp_curve("central-4").truncation_slope.value) > 1


def test_polynomials_below_the_order_have_no_truncation() -> None:
    square = lambda x: x * x
    derivative = lambda x, n: (x * x, 2 * x, 2.0)[n] if n < 3 else 0.0
    curve = v_curve(square, derivative, POINTS, "central")
    assert curve.predicted.step == np.inf
    assert np.isnan(curve.truncation_slope.value)
    assert curve.found.step > 0.1


def test_a_single_point_and_steps_of_ones_own_are_enough() -> None:
    curve = v_curve(
        np.sin, lambda x, n: np.sin(x + n * np.pi / 2), 1.0, "forward", steps=[0.5, 0.1]
    )
    np.testing.assert_array_equal(curve.steps, [0.1, 0.5])
    np.testing.assert_array_equal(curve.errors, curve.single)
    assert curve.dtype == "float64"


def test_points_are_rounded_before_the_truth_is_asked_for() -> None:
    seen: list[float] = []
    v_curve(np.exp, lambda x, n: seen.append(x) or np.exp(x), 0.1, "central", np.float32, [0.1])
    assert set(seen) == {float(np.float32(0.1))}


def test_bad_settings_are_refused() -> None:
    derivative = lambda x, n: 1.0
    with pytest.raises(UnknownNameError, match="'central'"):
        v_curve(np.exp, derivative, 1.0, "centrall")
    with pytest.raises(UsageError, match="at least one point"):
        v_curve(np.exp, derivative, [], "central")
    for steps in ([], [0.0], [-1.0, 0.1], [np.nan]):
        with pytest.raises(UsageError, match="positive and finite"):
            v_curve(np.exp, derivative, 1.0, "central", steps=steps)


def test_slopes_are_fitted_with_their_standard_error() -> None:
    # log2 h = 0, 1, 2 and log2 e = 0, 2, 1: slope 1/2, residuals -1/2, 1, -1/2,
    # variance of the slope (1.5 / 1) / 2 = 3/4
    fit = fit_slope(np.array([1.0, 2.0, 4.0]), np.array([1.0, 4.0, 2.0]))
    assert fit.value == pytest.approx(0.5)
    assert fit.standard_error == pytest.approx(np.sqrt(0.75))
    assert fit.steps == 3


def test_slopes_leave_out_what_has_no_logarithm() -> None:
    fit = fit_slope(np.array([1.0, 2.0, 4.0, 8.0]), np.array([0.0, 4.0, np.nan, 16.0]))
    assert fit.value == pytest.approx(1.0)
    assert np.isnan(fit.standard_error)
    assert np.isnan(fit_slope(np.array([1.0]), np.array([1.0])).value)


def test_grids_stay_above_the_spacing() -> None:
    for dtype in (np.float64, np.float32):
        grid = step_grid(dtype)
        assert grid[0] >= 4 * np.finfo(dtype).eps
        assert grid[-1] == 1.0
        np.testing.assert_allclose(grid[1:] / grid[:-1], np.sqrt(2))
    assert step_grid(np.float64, COMPLEX_STEP)[0] < np.finfo(float).eps
