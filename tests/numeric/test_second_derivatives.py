"""Second derivatives in the complex plane: exact, or with bars that cover, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.errors import MissingRuleError, NonScalarLossError, ParameterTypeError, ShapeError
from difflab.numeric.apply import apply_stencil
from difflab.numeric.ladder import Flag
from difflab.numeric.resolution import power_of_two_below
from difflab.numeric.second_derivatives import bicomplex_second_derivative, complex_difference
from difflab.numeric.stencils import fornberg, named_stencil
from difflab.numeric.steps import optimum

Function = Callable[[Any], Any]

ANALYTIC: dict[str, tuple[Function, Function, tuple[float, float]]] = {
    "exp": (np.exp, np.exp, (-5, 5)),
    "sin": (np.sin, lambda x: -np.sin(x), (-5, 5)),
    "large arguments": (np.sin, lambda x: -np.sin(x), (1e8, 1e10)),
    "fast": (lambda x: np.sin(100 * x), lambda x: -1e4 * np.sin(100 * x), (-5, 5)),
    "log": (np.log, lambda x: -1 / x**2, (1e-6, 3)),
    "sqrt": (np.sqrt, lambda x: -0.25 * x**-1.5, (1e-6, 1)),
    "1/x": (lambda x: 1 / x, lambda x: 2 / x**3, (0.01, 4)),
    "tanh": (np.tanh, lambda x: -2 * np.tanh(x) / np.cosh(x) ** 2, (-4, 4)),
    "bell": (lambda x: np.exp(-x * x), lambda x: (4 * x * x - 2) * np.exp(-x * x), (-6, 6)),
    "line": (lambda x: 3 * x, lambda x: 0 * x, (-1, 1)),
    "offset": (lambda x: np.sin(x) + 1e8, lambda x: -np.sin(x), (-2, 2)),
}


def points(name: str, number: int = 40) -> np.ndarray:
    low, high = ANALYTIC[name][2]
    drawn = np.random.default_rng(5).uniform(0, 1, number)
    return low * (high / low) ** drawn if low > 0 else low + (high - low) * drawn


@pytest.mark.parametrize("name", ANALYTIC)
def test_bicomplex_numbers_are_exact_to_rounding(name: str) -> None:
    f, curvature, _ = ANALYTIC[name]
    x = points(name)
    expected = curvature(x)
    np.testing.assert_allclose(bicomplex_second_derivative(f, x), expected, rtol=1e-14, atol=1e-20)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ANALYTIC)
def test_bars_of_complex_differences_cover(name: str, dtype: Any) -> None:
    f, curvature, _ = ANALYTIC[name]
    x = points(name).astype(dtype)
    exact = curvature(x.astype(np.float64))
    found = complex_difference(f, x)
    wrong = np.abs(found.value - exact)
    assert np.all(wrong <= found.error + 4e-16 * np.abs(exact))
    narrow = 1e-3 if name == "large arguments" else 1e-10
    assert np.median(found.error / np.maximum(np.abs(exact), 1e-3)) < narrow
    assert found.value.shape == found.error.shape == np.shape(found.flags) == x.shape


def test_a_difference_of_slopes_loses_one_order_where_two_real_ones_lose_two() -> None:
    x = points("exp")
    one = np.abs(complex_difference(np.exp, x).value / np.exp(x) - 1)
    two = np.abs(np.asarray(dl.derivative(np.exp, x, n=2).value) / np.exp(x) - 1)
    assert np.median(one) < 1e-13
    assert np.median(two) > 3 * np.median(one)


@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_complex_differences_serve_functions_that_bicomplex_numbers_cannot_follow(
    name: str,
) -> None:
    f = getattr(dl, name)
    x = np.linspace(-8, 8, 20)
    p = dl.sigmoid(x)
    exact = p * (1 - p) * (1 - 2 * p if name == "sigmoid" else 1.0)
    found = complex_difference(f, x)
    assert np.all(np.abs(found.value - exact) <= found.error + 1e-16)
    with pytest.raises(MissingRuleError, match="bicomplex numbers cannot follow"):
        bicomplex_second_derivative(f, x)


FACTOR = st.floats(-2, 2).map(lambda factor: round(factor, 6))  # of moderate size, or 0


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.floats(-3, 3), FACTOR, FACTOR)
def test_both_are_linear_in_f_and_agree(x: float, a: float, b: float) -> None:
    f = lambda z: a * np.exp(z) + b * np.sin(2 * z)
    expected = a * np.exp(x) - 4 * b * np.sin(2 * x)
    size = abs(a) * np.exp(x) + 4 * abs(b)
    found = complex_difference(f, x)
    assert abs(bicomplex_second_derivative(f, x) - expected) <= 1e-14 * size
    assert abs(found.value - expected) <= found.error + 1e-15 * size


def test_a_step_of_ones_own_is_taken() -> None:
    coarse = complex_difference(np.exp, 0.0, step=0.25)
    assert abs(coarse.value - 1.0) == pytest.approx(0.25**6 / 140, rel=0.05)
    assert abs(coarse.value - 1.0) <= coarse.error
    each = complex_difference(np.exp, np.zeros(2), step=np.array([0.25, 0.125]))
    assert (each.value[0] - 1) / (each.value[1] - 1) == pytest.approx(64, rel=0.05)


# --- edges and limits ------------------------------------------------------------------------


def test_where_there_is_no_second_derivative_there_is_nan() -> None:
    x = np.array([0.0, 4.0])
    expected = [np.nan, -1 / 32]
    np.testing.assert_allclose(bicomplex_second_derivative(np.sqrt, x), expected, rtol=1e-14)
    found = complex_difference(np.sqrt, x)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(found.error), [True, False])
    with np.errstate(all="ignore"):
        assert np.isnan(bicomplex_second_derivative(np.log, -1.0))
        assert np.isnan(bicomplex_second_derivative(lambda z: z**1.5, 0.0))
        assert np.isnan(complex_difference(np.log, -1.0).value)


def test_a_jump_of_the_curvature_is_flagged() -> None:
    found = complex_difference(lambda z: np.where(z > 0, z * z, 0 * z), 0.0)
    assert Flag.KINK in found.flags
    assert found.value - found.error <= 0.0
    assert found.value + found.error >= 2.0


@pytest.mark.parametrize(
    ("f", "x", "curvature"),
    [
        (np.log, 1e-100, -1e200),
        (np.sqrt, 1e-200, -0.25e300),
        (lambda z: 1 / z, 1e-60, 2e180),
        (lambda z: z * z, 1e-200, 2.0),
        (lambda z: z * z, 1e150, 2.0),
        (lambda z: 1e-250 * z * z, 1.0, 2e-250),
        (lambda z: 1e300 * z * z, 0.5, 2e300),
        (np.exp, -600.0, np.exp(-600.0)),
        (lambda z: np.cosh(z) ** 2 - np.sinh(z) ** 2, 9.0, 0.0),
    ],
)
def test_scales_at_the_ends_of_the_floats(f: Function, x: float, curvature: float) -> None:
    found = bicomplex_second_derivative(f, x)
    assert found == pytest.approx(curvature, rel=1e-13, abs=1e-6 if curvature == 0 else 0.0)


def test_beside_an_essential_singularity() -> None:
    f = lambda z: np.exp(-1 / z**2)
    x = np.array([0.1, 0.3, 2.0])
    exact = (4 / x**6 - 6 / x**4) * np.exp(-1 / x**2)
    np.testing.assert_allclose(bicomplex_second_derivative(f, x), exact, rtol=1e-13)
    with np.errstate(divide="ignore"):
        assert np.isnan(bicomplex_second_derivative(f, 0.0))


def test_the_form_of_x_is_kept() -> None:
    x = np.linspace(0.1, 1, 6, dtype=np.float32).reshape(2, 3)
    found = bicomplex_second_derivative(np.sin, x)
    assert (found.shape, found.dtype) == ((2, 3), np.float32)
    assert type(bicomplex_second_derivative(np.sin, 0.5)) is np.float64
    wide = bicomplex_second_derivative(np.exp, np.longdouble(1))
    assert abs(wide - np.exp(np.longdouble(1))) < 1e-18


def test_a_function_that_casts_to_complex64_gets_bars_of_its_precision() -> None:
    def single(x: Any) -> Any:
        kind = np.complex64 if np.iscomplexobj(x) else np.float32
        return np.exp(np.asarray(x, kind))

    found = complex_difference(single, 0.5)
    assert abs(found.value - np.exp(0.5)) <= found.error < 1e-2
    assert found.error > 1e-9


def test_large_arguments_do_not_alias() -> None:
    """Steps relative to x see a wave of period 2 pi as noise; the ladder goes down to it."""
    x = np.random.default_rng(0).uniform(1e9, 1e10, 30)
    found = complex_difference(np.sin, x)
    assert np.all(np.abs(found.value + np.sin(x)) <= found.error)
    assert np.median(np.abs(found.value + np.sin(x))) < 1e-12


# --- the real difference, and its theory -----------------------------------------------------

SECOND = fornberg((-1, 0, 1), 2)


def test_the_real_difference_agrees_with_the_complex_plane_within_its_theory() -> None:
    """|(f+ - 2f + f-)/h^2 - f''| <= 4 eps_f / h^2 + h^2/12 F, for every step."""
    f = lambda x: np.exp(np.sin(x))
    x = np.linspace(-2, 2, 201)
    exact = bicomplex_second_derivative(f, x)
    with mpmath.workdps(40):
        fourth = [
            abs(float(mpmath.diff(lambda t: mpmath.exp(mpmath.sin(t)), each, 4)))
            for each in x[::20]
        ]
    eps_f = 4 * 2.0**-53 * np.e  # sin is rounded, too
    for k in range(3, 24):
        h = 2.0**-k
        wrong = np.abs(apply_stencil(f, x, h, SECOND) - exact)
        assert np.max(wrong) <= 4 * eps_f / h**2 + h * h / 12 * 1.2 * max(fourth)


def test_theory_knows_the_best_step_and_error_of_the_real_difference() -> None:
    x = np.linspace(0.5, 1.5, 300)
    best = optimum(SECOND, magnitude=np.e, higher_derivative=np.e)
    assert best.step == pytest.approx((48 * 2.0**-53) ** 0.25)
    assert best.error == pytest.approx(2 * 4 * 2.0**-53 * np.e / best.step**2)
    exact = bicomplex_second_derivative(np.exp, x)

    def rms(h: float) -> float:
        return float(np.sqrt(np.mean((apply_stencil(np.exp, x, h, SECOND) - exact) ** 2)))

    steps = 2.0 ** np.arange(-24.0, -2.0)
    errors = [rms(h) for h in steps]
    assert 1 / 3 < steps[int(np.argmin(errors))] / best.step < 3
    assert best.error / 6 < min(errors) < best.error
    assert rms(float(power_of_two_below(best.step))) < 2 * min(errors)


def test_central_stencils_of_higher_order_come_closer() -> None:
    x = np.linspace(0.5, 1.5, 100)
    errors = []
    for name in ("central", "central-4", "central-6"):
        stencil = named_stencil(name, 2)
        h = float(power_of_two_below(optimum(stencil).step))
        apart = apply_stencil(np.exp, x, h, stencil) - bicomplex_second_derivative(np.exp, x)
        errors.append(np.sqrt(np.mean(apart**2)))
    assert errors[0] > 20 * errors[1] > 60 * errors[2]


# --- refusals ---------------------------------------------------------------------------------

TRAPS: dict[str, Function] = {
    "abs": np.abs,
    "norm": lambda x: np.linalg.norm(x) * np.sign(x),
    "conj": lambda x: np.conj(x) * x,
    "real": lambda x: np.real(x) ** 2,
    "vdot": lambda x: np.vdot(x, x),
    "sign": lambda x: np.sign(x) * x**2,
    "floor": lambda x: x * np.floor(x),
    "hypot": lambda x: np.hypot(x, 1.0),
    "arctan2": lambda x: np.arctan2(x, 1.0),
    "logaddexp": lambda x: np.logaddexp(x, 0.0),
    "float": lambda x: float(x) ** 2,
}


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("method", [bicomplex_second_derivative, complex_difference])
def test_traps_are_refused_and_what_is_proposed_works(trap: str, method: Any) -> None:
    with pytest.raises(MissingRuleError) as raised:
        method(TRAPS[trap], 1.3)
    assert raised.value.why
    assert "difflab.derivative(f, x, n=2)" in raised.value.instead
    proposed = dl.derivative(TRAPS[trap], 1.3, n=2)
    assert np.isfinite(proposed.value)


def test_a_function_that_is_another_for_complex_numbers_is_refused() -> None:
    two_faced = lambda z: z**2 if isinstance(z, float) else z**3 + 1
    with pytest.raises(MissingRuleError, match="another one than for real numbers"):
        bicomplex_second_derivative(two_faced, 1.3)
    with pytest.raises(MissingRuleError):
        complex_difference(two_faced, 1.3)


@pytest.mark.parametrize("method", [bicomplex_second_derivative, complex_difference])
@pytest.mark.parametrize(
    ("f", "x", "error", "words"),
    [
        (np.exp, 1, ParameterTypeError, "write 1.0 for 1"),
        (np.exp, 1j, ParameterTypeError, "complex128"),
        (lambda z: np.stack([z, z]), 1.0, ShapeError, r"shape \(2,\) of shape \(\)"),
        (lambda z: z[:1], np.ones(2), ShapeError, r"shape \(1,\) of shape \(2,\)"),
        (lambda z: None, 1.0, NonScalarLossError, "return floats"),
        (lambda z: 3, 1.0, NonScalarLossError, "1.0 for 1"),
    ],
)
def test_bad_input_is_refused_in_words(
    method: Any, f: Function, x: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        method(f, x)


def test_errors_of_the_users_function_pass_through() -> None:
    for method in (bicomplex_second_derivative, complex_difference):
        with pytest.raises(KeyError):
            method(lambda z: {}["missing"], 1.0)
