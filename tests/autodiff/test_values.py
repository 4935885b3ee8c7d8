"""Elementwise functions at corners: zeros, infinities, ties, saturation. Nothing raised, no NaN.

All under ``np.errstate(all="raise")``, as the strictest user may have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import difflab as dl
from difflab.autodiff import grad, jvp, value_and_grad, vjp

INF, NAN = np.inf, np.nan


@pytest.fixture(autouse=True)
def _strict() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def derivatives(f: Callable[..., Any], at: float, orders: int) -> list[float]:
    """f(at), f'(at), f''(at), .. by the gradient of the gradient."""
    values = []
    for _ in range(orders + 1):
        values.append(float(f(np.float64(at))))
        f = grad(f)
    return values


# Powers

POWERS = {
    "x**0": (lambda x: x**0, 0.0, [1, 0, 0]),
    "x**0.0": (lambda x: x**0.0, 0.0, [1, 0, 0]),
    "x**1": (lambda x: x**1, 0.0, [0, 1, 0, 0]),
    "x**2": (lambda x: x**2, 0.0, [0, 0, 2, 0]),
    "x**2.0": (lambda x: x**2.0, 0.0, [0, 0, 2, 0]),
    "x**3": (lambda x: x**3, 0.0, [0, 0, 0, 6]),
    "x**array(2)": (lambda x: x ** np.array(2.0), 0.0, [0, 0, 2, 0]),
    "x**array(0)": (lambda x: x ** np.array(0.0), 0.0, [1, 0, 0, 0]),
    "square": (np.square, 0.0, [0, 0, 2, 0]),
    "negative base": (lambda x: x**3.0, -2.0, [-8, 12, -12, 6]),
    "negative base, negative exponent": (lambda x: x**-2.0, -2.0, [0.25, 0.25, 0.375]),
    "negative base, array": (lambda x: x ** np.array(3.0), -2.0, [-8, 12, -12, 6]),
    "root": (lambda x: x**0.5, 0.0, [0, INF]),
    "root, array": (lambda x: x ** np.array(0.5), 0.0, [0, INF]),
    "float_power root": (lambda x: np.float_power(x, 0.25), 0.0, [0, INF]),
    "between 1 and 2": (lambda x: x**1.5, 0.0, [0, 0, INF]),
    "0**y": (lambda y: 0.0**y, 2.0, [0, 0, 0]),
    "0**0 in the exponent": (lambda y: 0.0**y, 0.0, [1, 0]),
    "1**y": (lambda y: 1.0**y, 3.0, [1, 0, 0]),
    "2**y": (lambda y: 2.0**y, 0.0, [1, np.log(2), np.log(2) ** 2]),
    "inf**y": (lambda y: np.float64(INF) ** y, -1.0, [0, 0]),
    "vanishing": (lambda y: 0.5**y, 2000.0, [0, 0, 0]),
    "x**x": (lambda x: x**x, 1.0, [1, 1, 2, 3]),
    "sqrt": (np.sqrt, 0.0, [0, INF, -INF]),
    "cbrt": (np.cbrt, 0.0, [0, INF]),
}


@pytest.mark.parametrize("name", POWERS)
def test_powers_and_roots_at_their_corners(name: str) -> None:
    f, at, expected = POWERS[name]
    with np.errstate(under="ignore"):  # 0.5**2000 underflows in plain NumPy too
        np.testing.assert_allclose(derivatives(f, at, len(expected) - 1), expected, rtol=1e-14)


@pytest.mark.parametrize(("x", "n", "slopes"), [
    (0.0, 2.0, (0, 0)), (0.0, 1.0, (1, 0)), (0.0, 0.5, (INF, 0)), (0.0, 0.0, (0, 0)),
    (1.0, 0.0, (0, 0)), (1.0, 5.0, (5, 0)), (2.0, 3.0, (12, 8 * np.log(2))),
    (2.0, 0.0, (0, np.log(2))), (INF, -1.0, (0, 0)),
])  # fmt: skip
def test_base_and_exponent_differentiated_at_once(x: float, n: float, slopes: Any) -> None:
    points = [np.float64(x), np.float64(n)]
    np.testing.assert_allclose(grad(lambda p: p[0] ** p[1])(points), slopes, rtol=1e-15)
    arrays = [np.full(2, x), np.full(2, n)]
    for ours, slope in zip(grad(lambda p: np.sum(p[0] ** p[1]))(arrays), slopes):
        np.testing.assert_allclose(ours, slope, rtol=1e-15)


def test_the_exponent_of_a_negative_base_has_no_slope_and_numpy_says_so() -> None:
    with np.errstate(invalid="warn"), pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(grad(lambda n: np.float64(-2.0) ** n)(3.0))


# Elementwise corners

CORNERS = {
    "arcsin": (np.arcsin, 1.0, INF),
    "arccos": (np.arccos, -1.0, -INF),
    "arccosh": (np.arccosh, 1.0, INF),
    "arcsinh, huge": (np.arcsinh, 1e200, 1e-200),
    "arccosh, huge": (np.arccosh, 1e200, 1e-200),
    "arctan2 at the origin": (lambda x: np.arctan2(x, 0.0 * x), 0.0, 0.0),
    "arctan2, huge": (lambda x: np.arctan2(x, 1e200), 1e200, 0.5e-200),
    "arctan2, tiny": (lambda x: np.arctan2(x, 1e-200), 1e-200, 0.5e200),
    "hypot at the origin": (lambda x: np.hypot(x, 0.0), 0.0, 0.0),
    "hypot, huge": (lambda x: np.hypot(x, 1e200), 1e200, np.sqrt(0.5)),
    "log1p, tiny": (np.log1p, 1e-300, 1.0),
    "log1p, huge": (np.log1p, 1e300, 1e-300),
    "expm1, tiny": (np.expm1, 1e-300, 1.0),
    "expm1, far below": (np.expm1, -50.0, np.exp(-50.0)),
    "logaddexp, far apart": (lambda x: np.logaddexp(x, 600.0), 0.0, np.exp(-600.0)),
    "logaddexp, -inf beside": (lambda x: np.logaddexp(x, -INF), 3.0, 1.0),
    "logaddexp, +inf beside": (lambda x: np.logaddexp(x, INF), 3.0, 0.0),
    "logaddexp, both -inf": (lambda x: np.logaddexp(x, -INF), -INF, 0.5),
    "logaddexp, both inf": (lambda x: np.logaddexp(x, INF), INF, 0.5),
    "logaddexp2, far apart": (lambda x: np.logaddexp2(x, 2000.0), 2000.0, 0.5),
    "tanh, saturated": (np.tanh, 1000.0, 0.0),
    "tanh, saturated below": (np.tanh, -1000.0, 0.0),
    "sigmoid, saturated": (dl.sigmoid, 1000.0, 0.0),
    "sigmoid, saturated below": (dl.sigmoid, -1000.0, 0.0),
    "softplus": (dl.softplus, 1000.0, 1.0),
    "softplus below": (dl.softplus, -1000.0, 0.0),
    "relu": (dl.relu, 0.0, 0.0),
    "abs": (np.abs, 0.0, 0.0),
    "copysign": (lambda x: np.copysign(x, -1.0), 0.0, 0.0),
    "heaviside": (lambda x: np.heaviside(x, 0.5), 0.0, 0.0),
    "heaviside's height": (lambda h: np.heaviside(0.0, h), 0.5, 1.0),
    "heaviside's height elsewhere": (lambda h: np.heaviside(2.0, h), 0.5, 0.0),
    "fmod of inf": (lambda x: np.fmod(x, INF), 2.0, 1.0),
    "remainder at a multiple": (lambda x: np.remainder(x, 0.1), 0.3, 1.0),
    "sinc": (np.sinc, 0.0, 0.0),
    "i0": (np.i0, 0.0, 0.0),
    "maximum, tie": (lambda x: np.maximum(x, 1.0), 1.0, 0.5),
    "minimum, tie": (lambda x: np.minimum(1.0, x), 1.0, 0.5),
    "fmax passes over NaN": (lambda x: np.fmax(x, NAN), 1.0, 1.0),
    "clip at its bound": (lambda x: np.clip(x, 1.0, 2.0), 1.0, 1.0),
    "frexp": (lambda x: np.frexp(x)[0], 6.0, 0.125),
    "ldexp": (lambda x: np.ldexp(x, -3), 6.0, 0.125),
    "modf of inf": (lambda x: np.modf(x)[0], INF, 0.0),
}


@pytest.mark.parametrize("name", CORNERS)
def test_slopes_at_corners(name: str) -> None:
    f, at, expected = CORNERS[name]
    gradient = grad(f)(np.float64(at))
    along = jvp(f, np.float64(at), np.float64(1.0))[1]
    vector = grad(lambda x: np.sum(f(x)))(np.full(3, at))
    with np.errstate(under="ignore"):  # in the comparison
        for slope in (gradient, along, vector):
            np.testing.assert_allclose(slope, expected, rtol=1e-13)


TRUE = {
    "tanh": (np.tanh, mp.tanh, (0.1, 1.0, -2.0)),
    "sigmoid": (dl.sigmoid, lambda x: 1 / (1 + mp.exp(-x)), (0.1, 2.0, -30.0)),
    "softplus": (dl.softplus, lambda x: mp.log1p(mp.exp(x)), (0.1, 2.0, -30.0)),
    "sinc": (np.sinc, lambda x: mp.sincpi(x), (1e-8, 0.01, 0.0999, 0.1001, 2.5)),
    "logaddexp": (
        lambda x: np.logaddexp(x, 1.0), lambda x: mp.log(mp.exp(x) + mp.e), (-30.0, 1.0, 2.0)
    ),
    "i0": (np.i0, lambda x: mp.besseli(0, x), (0.3, 5.0, 40.0)),
    "arcsinh": (np.arcsinh, mp.asinh, (0.3, 1e3, -1e8)),
    "log1p": (np.log1p, mp.log1p, (1e-12, -0.999999, 5.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_are_those_of_mpmath(name: str, order: int) -> None:
    f, truth, points = TRUE[name]
    for _ in range(order):
        f = grad(f)
    with mp.workdps(80):
        expected = [float(mp.diff(truth, mp.mpf(x), order)) for x in points]
    with np.errstate(under="ignore"):
        ours = [f(np.float64(x)) for x in points]
    np.testing.assert_allclose(ours, expected, rtol=10 ** (order - 14), atol=1e-30)


def test_saturated_slopes_are_right_beside_one() -> None:
    """tanh' = 1 - y^2 keeps the digits that y itself has left of 1: absolutely, not relatively."""
    for x in (5.0, 15.0, 40.0):
        assert abs(grad(np.tanh)(x) - float(mp.sech(x) ** 2)) < 3e-16


@pytest.mark.parametrize("spelling", [
    lambda x: np.clip(x, 0.0, 1.0),
    lambda x: np.clip(x, a_min=0.0, a_max=1.0),
    lambda x: np.clip(x, min=0.0, max=1.0),
    lambda x: x.clip(0.0, 1.0),
    lambda x: x.clip(min=0.0, max=1.0),
    lambda x: np.clip(np.clip(x, 0.0, None), None, 1.0),
    lambda x: np.clip(np.clip(x, 0.0), max=1.0),
    lambda x: np.clip(x, np.zeros(4), [1.0] * 4),
])  # fmt: skip
def test_the_spellings_of_clip(spelling: Any) -> None:
    x = np.array([-1.0, 0.25, 1.0, 3.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(spelling(x)))(x), [0, 1, 1, 0])


def test_clip_with_bounds_that_cross_follows_the_upper_one() -> None:
    points = [np.array([0.0, 2.0, 4.0]), np.float64(3.0), np.float64(1.0)]
    x, low, high = grad(lambda p: np.sum(np.clip(*p)))(points)
    np.testing.assert_array_equal(x, [0, 0, 0])
    assert (low, high) == (0, 3)


def test_where_takes_scalars_on_either_side() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.where(x > 0, x, 0.0)))(x), [0, 0, 1])
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.where(x > 0, 1, x)))(x), [1, 1, 0])
    assert np.all(grad(lambda x: np.sum(np.where(x > 0, 1.0, 0.0)))(x) == 0)


def test_a_root_hidden_by_where_is_reported() -> None:
    """0 times the infinite slope is NaN; NumPy's warning says so, and "raise" makes it an error."""
    f = lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0))
    x = np.array([4.0, 0.0])
    with pytest.raises(FloatingPointError):
        grad(f)(x)
    with np.errstate(all="warn"), pytest.warns(RuntimeWarning, match="invalid value"):
        gradient = grad(f)(x)
    np.testing.assert_array_equal(gradient, [0.25, NAN])
    safe = lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))
    np.testing.assert_array_equal(grad(safe)(x), [0.25, 0])


def test_sweeps_may_underflow() -> None:
    """The user's errstate is for the user's calls; a slope that vanishes is no accident."""
    tiny = np.full(2, 1e-200)
    _, pull = vjp(lambda x: x * 1e-150, tiny * 1e100)
    np.testing.assert_array_equal(pull(tiny), [0, 0])
    assert grad(lambda x: np.exp(x) * 1.0)(-700.0) > 0
    np.testing.assert_array_equal(jvp(lambda x: x * 1e-150, tiny * 1e100, tiny)[1], [0, 0])


NAN_PASSES = [
    np.abs, np.maximum, np.minimum, np.clip, np.sign, dl.relu, dl.sigmoid, np.sqrt, np.hypot,
    np.arctan2, np.power, np.fmod, np.copysign, np.max, np.median,
    np.prod, np.cumprod, np.var, np.std,
]  # fmt: skip


@pytest.mark.parametrize("function", NAN_PASSES, ids=lambda f: f.__name__)
def test_nan_in_gives_nan_out(function: Any) -> None:
    rest = {np.clip: (0.0, 1.0)}.get(function, (1.5,) if getattr(function, "nin", 1) == 2 else ())
    value, gradient = value_and_grad(lambda x: np.sum(x * function(x, *rest)))(np.array([NAN, 0.5]))
    assert np.isnan(value)
    assert np.isnan(gradient[0])


@pytest.mark.parametrize("zero", [0, 0.0, -0.0, False])
def test_dividing_by_a_python_zero_is_as_in_numpy(zero: Any) -> None:
    with np.errstate(divide="ignore"):
        slopes = grad(lambda x: np.sum(x / zero))(np.array([1.0, 2.0]))
        np.testing.assert_array_equal(slopes, np.copysign(INF, [zero, zero]))


@pytest.mark.parametrize("f", [np.true_divide, np.power, np.float_power], ids=lambda f: f.__name__)
def test_constants_of_single_precision_do_not_lower_that_of_the_slopes(f: Any) -> None:
    x, c = np.array([0.7, 1.3, 1.9]), np.array([1.1, 0.6, 1.7], np.float32)
    wide = c.astype(float)
    for narrow, exact in (
        (lambda x: np.sum(f(x, c)), lambda x: np.sum(f(x, wide))),
        (lambda x: np.sum(f(c, x)), lambda x: np.sum(f(wide, x))),
    ):
        np.testing.assert_allclose(grad(narrow)(x), grad(exact)(x), rtol=1e-15)
