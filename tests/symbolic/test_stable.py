"""Functions of our own in SymPy: their derivatives are those of what they stand for."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from difflab.conventions import KINKS
from difflab.providers.symbolic import Symbolic
from difflab.symbolic import kinks, stable

x, y, z = sp.symbols("x y z", real=True)

STABLE = (
    stable.sigmoid,
    stable.softplus,
    stable.logsumexp,
    stable.normal_cdf,
    stable.normal_density,
)


@pytest.mark.parametrize(
    "function",
    [
        stable.sigmoid(x),
        stable.softplus(x),
        stable.logsumexp(x, y, z),
        stable.normal_cdf(x),
        stable.normal_density(x),
    ],
    ids=lambda f: type(f).__name__,
)
def test_stable_derivatives_are_those_of_the_definition(function: sp.Function) -> None:
    for symbol in sorted(function.free_symbols, key=str):
        ours = function.diff(symbol).replace(
            lambda e: isinstance(e, STABLE),
            stable.definition,
        )
        assert sp.simplify(ours - stable.definition(function).diff(symbol)) == 0


def test_every_function_of_ours_can_be_evaluated() -> None:
    for module in (kinks, stable):
        classes = {
            name
            for name, kind in vars(module).items()
            if isinstance(kind, type) and issubclass(kind, sp.Function)
        }
        assert classes == set(module.NUMERIC)


@pytest.mark.parametrize("kink", KINKS, ids=lambda kink: f"{kink.name} at {kink.at}")
@pytest.mark.parametrize("form", ["expanded", "cse", "staged"])
def test_conventions_at_kinks_are_kept(kink: object, form: str) -> None:
    gradient = Symbolic(form).prepare(kink.function, kink.at)
    np.testing.assert_equal(gradient.value_and_gradient(kink.at)[1], kink.derivative)


def test_ties_are_split_among_all_that_are_largest() -> None:
    w = np.array([2.0, 1.0, 2.0, 2.0])
    _, largest = Symbolic().prepare(np.max, w).value_and_gradient(w)
    np.testing.assert_allclose(largest, [1 / 3, 0, 1 / 3, 1 / 3], rtol=1e-15)
    _, smallest = Symbolic().prepare(np.min, w).value_and_gradient(w)
    np.testing.assert_array_equal(smallest, [0, 1, 0, 0])


def test_the_norm_of_zero_has_derivative_zero() -> None:
    w = np.zeros(3)
    value, gradient = Symbolic().prepare(np.linalg.norm, w).value_and_gradient(w)
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)


def test_clip_has_derivative_one_on_its_bounds() -> None:
    w = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    prepared = Symbolic().prepare(lambda w: np.sum(np.clip(w, -1.0, 1.0)), w)
    np.testing.assert_array_equal(prepared.value_and_gradient(w)[1], [0, 1, 1, 1, 0])


def test_nan_in_gives_nan_out() -> None:
    w = np.array([np.nan, 1.0])
    for f in (lambda w: np.sum(np.tanh(w) ** 2), lambda w: np.max(w) ** 2):
        value, gradient = Symbolic().prepare(f, np.ones(2)).value_and_gradient(w)
        assert np.isnan(value)
        assert np.isnan(gradient[0])
