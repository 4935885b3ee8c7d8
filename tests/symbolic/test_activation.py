"""Activations of the user's own: value, slope and stable code from one expression."""

from __future__ import annotations

import pickle
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import difflab as dl
from difflab import nn
from difflab.errors import UsageError
from difflab.symbolic.activation import Activation, activation

EXPRESSIONS = {
    "swish": "z / (1 + exp(-z))",
    "mish": "z * tanh(log(1 + exp(z)))",
    "log_cosh": "log(cosh(z))",
    "gelu": "z * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 * z**3))) / 2",
    "quotient": "(exp(z) - exp(-z)) / (exp(z) + exp(-z))",
    "gaussian": "exp(-z**2)",
    "soft_sign": "z / (1 + abs(z))",
    "leaky": "max(z, 0.1 * z)",
    "linear": "2 * z",
    "squared_relu": "relu(z)**2",
}
Z = np.linspace(-3.1, 2.9, 9)


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("method", ["autodiff", "symbolic", "symbolic:cse"])
def test_every_engine_differentiates_it_in_its_own_way(name: str, method: str) -> None:
    function = activation(name, EXPRESSIONS[name])
    found = dl.grad(lambda z: np.sum(function(z)), method)(Z)
    np.testing.assert_allclose(found, function.slope(Z), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["swish", "mish", "log_cosh", "gelu", "quotient", "gaussian"])
def test_value_and_slope_against_sixty_digits(name: str) -> None:
    function = activation(name, EXPRESSIONS[name])
    exact = sp.lambdify(function.variable, function.raw, "mpmath")
    with mpmath.workdps(60):
        values = [float(exact(mpmath.mpf(z))) for z in Z]
        slopes = [float(mpmath.diff(exact, mpmath.mpf(z))) for z in Z]
    np.testing.assert_allclose(function(Z), values, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(function.slope(Z), slopes, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("swish", (0.0, 1e4), (0.0, 1.0)),
        ("mish", (0.0, 1e4), (0.0, 1.0)),
        ("log_cosh", (1e4 - np.log(2), 1e4 - np.log(2)), (-1.0, 1.0)),
        ("quotient", (-1.0, 1.0), (0.0, 0.0)),
    ],
)
def test_value_and_slope_stay_finite_at_saturation(name: str, values: Any, slopes: Any) -> None:
    function, far = activation(name, EXPRESSIONS[name]), np.array([-1e4, 1e4])
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_allclose(function(far), values, rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(function.slope(far), slopes, rtol=1e-12, atol=1e-300)


def test_the_code_is_stable_and_the_latex_shows_the_way() -> None:
    swish = activation("swish", EXPRESSIONS["swish"])
    assert swish.source == "z*sigmoid(z)"
    assert swish.slope_source == "z*sigmoid(z)*sigmoid(-z) + sigmoid(z)"
    assert swish.latex.startswith(r"\frac{d}{d z} \frac{z}{1 + e^{- z}} = ")
    assert swish.latex.count(" = ") == 2


def test_a_network_trains_with_it_under_any_provider() -> None:
    model = nn.MLP((2, 4, 1), activation("swish", EXPRESSIONS["swish"]))
    params = nn.initialise(model, 3)
    x = np.random.default_rng(0).standard_normal((7, 2))
    loss = lambda p, x: np.mean(model(p, x) ** 2)
    tape = dl.grad(loss)(params, x)
    symbolic = dl.grad(loss, "symbolic")(params, x)
    for (w, b), (v, c) in zip(tape, symbolic):
        np.testing.assert_allclose(w, v, rtol=1e-12)
        np.testing.assert_allclose(b, c, rtol=1e-12)
    assert str(model) == "2-4-1 swish"


def test_it_survives_pickling_and_keeps_float32() -> None:
    swish = pickle.loads(pickle.dumps(Activation("swish", EXPRESSIONS["swish"])))
    assert swish == Activation("swish", EXPRESSIONS["swish"])
    assert swish(np.ones(2, "f4")).dtype == np.float32
    assert swish.slope(np.ones(2, "f4")).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "expression", "complaint"),
    [
        ("two", "x * z", "2 variables"),
        ("none", "1 + 2", "0 variables"),
        ("bad name", "z", "cannot name"),
        ("attack", "__import__('os')", "__import__"),
    ],
)
def test_what_is_no_activation_is_refused_in_words(
    name: str, expression: str, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        activation(name, expression)
