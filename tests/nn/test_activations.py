"""Every activation by every provider, values and slopes, against formulas in many digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

import difflab as dl
from difflab import functions, nn, providers
from difflab.errors import UnknownNameError
from difflab.nn import ACTIVATIONS, MLP, Objective, initialise, squared_error
from difflab.studies.truth import true_gradient
from tests.numeric.network.problems import distance, flat

m = mpmath.MPContext()
m.dps = 40

SQRT2, LEAK = m.sqrt(2), m.mpf(0.01)
TRUTHS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "identity": (lambda z: z, lambda z: m.mpf(1)),
    "sigmoid": (lambda z: 1 / (1 + m.exp(-z)), lambda z: 1 / (2 + m.exp(z) + m.exp(-z))),
    "tanh": (m.tanh, lambda z: 1 / m.cosh(z) ** 2),
    "relu": (lambda z: max(z, m.mpf(0)), lambda z: m.mpf(z > 0)),
    "leaky-relu": (lambda z: max(z, LEAK * z), lambda z: m.mpf(1) if z > 0 else LEAK),
    "softplus": (lambda z: m.log1p(m.exp(-abs(z))) + max(z, 0), lambda z: 1 / (1 + m.exp(-z))),
    "gelu": (
        lambda z: z * m.erfc(-z / SQRT2) / 2,
        lambda z: m.erfc(-z / SQRT2) / 2 + z * m.exp(-z * z / 2) / m.sqrt(2 * m.pi),
    ),
    "sin": (m.sin, m.cos),
}
EXACT = (
    *("autodiff", "autodiff:compiled", "complex-step", "torch"),
    *(f"symbolic:{form}" for form in ("expanded", "cse", "staged", "matrix")),
)
EVALUATORS = ("layered", "node", "batched", "loop")
DTYPES = {np.float64: (1e-13, 1e-15), np.float32: (2e-6, 2e-7)}
POINTS = np.array([[-1000.0, -6.5, -1.2, -0.3], [0.4, 1.1, 2.9, 1000.0]])


def exactly(function: Callable[[Any], Any], z: np.ndarray) -> np.ndarray:
    return np.array([float(function(m.mpf(float(each)))) for each in z.ravel()]).reshape(z.shape)


def test_there_is_a_truth_for_every_activation() -> None:
    assert set(TRUTHS) == set(ACTIVATIONS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_are_right_from_minus_to_plus_1000(name: str, dtype: Any) -> None:
    rtol, atol = DTYPES[dtype]
    phi, z = ACTIVATIONS[name], POINTS.astype(dtype)
    with np.errstate(all="raise"):
        found = phi(z)
    assert (found.shape, found.dtype) == (z.shape, dtype)
    np.testing.assert_allclose(found, exactly(TRUTHS[name][0], z), rtol, atol)
    assert phi(dtype(0.5)).dtype == dtype
    assert np.shape(phi(z[0, :0])) == (0,)
    assert np.isnan(phi(dtype(np.nan)))


@pytest.mark.parametrize("provider", EXACT)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_are_right_from_minus_to_plus_1000(name: str, provider: str) -> None:
    if provider == "torch":
        pytest.importorskip("torch")
    phi = ACTIVATIONS[name]
    for dtype, (rtol, atol) in DTYPES.items():
        z = POINTS.astype(dtype)
        value, slopes = dl.value_and_grad(lambda z: np.sum(phi(z)), provider)(z)
        assert (slopes.shape, slopes.dtype) == (z.shape, dtype)
        assert np.asarray(value).dtype == dtype
        np.testing.assert_allclose(value, exactly(TRUTHS[name][0], z).sum(), 10 * rtol, atol)
        np.testing.assert_allclose(slopes, exactly(TRUTHS[name][1], z), rtol, atol)


@pytest.mark.parametrize("provider", [*EXACT[:2], *EXACT[4:]])
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "identity"])
def test_nan_gives_a_slope_of_nan(name: str, provider: str) -> None:
    z = np.array([np.nan, 0.5])
    f = dl.value_and_grad(lambda z: np.sum(ACTIVATIONS[name](z)), provider)
    value, slopes = f(z)
    assert np.isnan([value, slopes[0]]).all()
    np.testing.assert_allclose(slopes[1], float(TRUTHS[name][1](m.mpf(0.5))), rtol=1e-14)


def network(name: str, dtype: Any) -> tuple[Objective, tuple[Any, ...]]:
    rng = np.random.default_rng(3)
    objective = Objective(MLP((2, 3, 2), name), squared_error)
    x, y = rng.normal(size=(2, 5, 2)).astype(dtype)
    return objective, (initialise(objective.model, 1, dtype=dtype), x, y)


@cache
def truth(name: str, dtype: Any) -> tuple[float, np.ndarray]:
    """By differences in sixty digits: no rule of any engine takes part."""
    objective, args = network(name, dtype)
    wide = [(w.astype(float), b.astype(float)) for w, b in args[0]]
    value, gradient = true_gradient(objective, wide, *(a.astype(float) for a in args[1:]))
    return value, flat(gradient)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_differences_of_a_network_are_right(name: str, evaluator: str) -> None:
    for dtype, near in ((np.float64, 2e-9), (np.float32, 1e-3)):
        objective, args = network(name, dtype)
        prepared = providers.get(f"finite-difference:central:{evaluator}").prepare(objective, *args)
        value, gradient = prepared.value_and_gradient(*args)
        exact, slopes = truth(name, dtype)
        assert all(leaf.dtype == dtype for layer in gradient for leaf in layer)
        np.testing.assert_allclose(value, exact, rtol=1e-13 if dtype == np.float64 else 1e-6)
        assert distance(flat(gradient), slopes) < near


@pytest.mark.parametrize("provider", EXACT)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_exact_gradients_of_a_network_are_right(name: str, provider: str) -> None:
    if provider == "torch":
        pytest.importorskip("torch")
    objective, args = network(name, np.float64)
    _, gradient = providers.get(provider).prepare(objective, *args).value_and_gradient(*args)
    assert distance(flat(gradient), truth(name, np.float64)[1]) < 1e-14


def test_another_form_of_gelu_would_be_noticed() -> None:
    """The approximation by tanh is wrong in the fourth digit."""
    z = POINTS[:, 1:3]
    cubic = z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))) / 2
    apart = np.abs(cubic - exactly(TRUTHS["gelu"][0], z))
    assert 1e-4 < apart.max() < 1e-3


def test_second_derivatives_of_the_smooth_ones_are_right() -> None:
    z = np.array([-2.0, -0.4, 0.3, 1.7])
    for name in ("softplus", "gelu", "sin", "sigmoid", "tanh"):
        phi, slope = ACTIVATIONS[name], TRUTHS[name][1]
        found = dl.hvp(lambda z, phi=phi: np.sum(phi(z)), z, np.ones(4))
        bent = exactly(lambda x, slope=slope: m.diff(slope, x), z)
        np.testing.assert_allclose(found, bent, rtol=1e-12)


@pytest.mark.parametrize("step", [1e-200, 1e-30, 2.0**-36, 1e-12])
def test_the_normal_distribution_keeps_the_digits_of_imaginary_parts(step: float) -> None:
    """SciPy's own loses those below 1e-100 altogether, and complex steps are 1e-200."""
    z = np.array([-6.0, -1.0, -1e-3, 0.0, 0.3, 3.0])
    density = exactly(lambda x: m.exp(-x * x / 2) / m.sqrt(2 * m.pi), z)
    moved = functions.normal_cdf(z + 1j * step)
    np.testing.assert_allclose(moved.imag / step, density, rtol=1e-13)
    np.testing.assert_allclose(moved.real, functions.normal_cdf(z), rtol=1e-13)


def test_the_normal_distribution_of_any_complex_number_is_right() -> None:
    for z in (2 + 1j, -1.5 - 0.5j, 0.3 + 2j):
        exact = complex(m.erfc(-m.mpc(z) / SQRT2) / 2)
        assert abs(functions.normal_cdf(z) - exact) < 1e-14 * abs(exact)


def test_wider_floats_stay_wide() -> None:
    z = np.array([0.5, -3.0], np.longdouble)
    for phi in (functions.normal_cdf, functions.gelu, functions.leaky_relu):
        assert phi(z).dtype == np.longdouble


def test_the_compiled_slope_of_gelu_shares_the_distribution_function_with_its_value() -> None:
    z = np.linspace(-2, 2, 5)
    prepared = providers.get("autodiff:compiled").prepare(lambda z: np.sum(dl.gelu(z)), z)
    assert prepared.source is not None
    assert prepared.source.count("normal_cdf(") == 1
    value, slopes = prepared.value_and_gradient(z)
    np.testing.assert_array_equal(value, np.sum(dl.gelu(z)))
    np.testing.assert_allclose(slopes, exactly(TRUTHS["gelu"][1], z), rtol=1e-14)


def test_an_unknown_activation_is_answered_with_all_that_exist() -> None:
    with pytest.raises(UnknownNameError, match="'leaky-relu'") as caught:
        MLP((2, 1, 1), "leakyrelu")
    assert all(name in caught.value.why for name in ACTIVATIONS)


def test_what_users_read_first_names_every_activation() -> None:
    for text in (MLP.__doc__, nn.__doc__):
        assert all(name in str(text) for name in ACTIVATIONS)
    assert all(name in str(nn.__doc__) for name in (*nn.LOSSES, *nn.SCHEMES))
