"""The test functions of numdifftools and scipy.differentiate, at interior points."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from difflab.numeric.ladder import Derivative, derivative
from tests.numeric.ladder.nasty import slope

# numdifftools/example_functions.py and scipy/differentiate/tests: names and points
FUNCTIONS = [
    (np.cos, mp.cos, (0.1, 0.5, 1.2)), (np.sin, mp.sin, (0.1, 0.5, 1.2)),
    (np.tan, mp.tan, (0.1, 0.5, 1.2)), (np.arccos, mp.acos, (0.1, 0.5, 0.9)),
    (np.arcsin, mp.asin, (0.1, 0.5, 0.9)), (np.arctan, mp.atan, (0.1, 0.5, 1.2)),
    (np.exp, mp.exp, (0.1, 0.5, 1.2)), (np.expm1, mp.expm1, (0.1, 0.5, 1.2)),
    (np.exp2, lambda x: 2**x, (0.1, 0.5, 1.2)), (np.square, lambda x: x * x, (0.1, 0.5, 1.2)),
    (np.sqrt, mp.sqrt, (1e-3, 0.5, 1.2)), (np.cosh, mp.cosh, (0.1, 0.5, 1.2)),
    (np.sinh, mp.sinh, (0.1, 0.5, 1.2)), (np.tanh, mp.tanh, (0.1, 0.5, 1.2)),
    (np.arccosh, mp.acosh, (1.01, 1.5, 3.0)), (np.arcsinh, mp.asinh, (0.1, 0.5, 1.2)),
    (np.arctanh, mp.atanh, (0.1, 0.5, 0.9)), (np.log, mp.log, (1e-3, 0.5, 1.2)),
    (np.log2, lambda x: mp.log(x) / mp.log(2), (1e-3, 0.5, 1.2)),
    (np.log10, mp.log10, (1e-3, 0.5, 1.2)), (np.log1p, lambda x: mp.log(1 + x), (0.1, 0.5, 1.2)),
    (np.reciprocal, lambda x: 1 / x, (1e-3, 0.5, 1.2)), (np.cbrt, mp.cbrt, (0.1, 0.5, 1.2)),
    (lambda x: x**10 - 3 * x, lambda x: x**10 - 3 * x, (0.1, 0.5, 1.2)),
    (lambda x: np.exp(-x * x), lambda x: mp.exp(-x * x), (0.1, 0.5, 1.2)),
    (lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (1 + mp.exp(-x)), (0.1, 0.5, 1.2)),
]  # fmt: skip


def measured(f: object, exact: object, x: float) -> tuple[Derivative, float, float]:
    found = derivative(f, x)
    truth = slope(exact, x)
    error = abs(float(found.value - truth))
    return found, error, error / abs(float(truth))


ALL = [measured(f, exact, x) for f, exact, points in FUNCTIONS for x in points]


def test_every_value_is_finite_and_every_bar_covers() -> None:
    assert all(np.isfinite(found.value) and error <= found.error for found, error, _ in ALL)


def test_values_are_right_to_thirteen_digits() -> None:
    relative = [each for _, _, each in ALL]
    assert max(relative) < 1e-10
    assert np.median(relative) < 2e-14


def test_bars_are_tight() -> None:
    assert np.median([found.error / error for found, error, _ in ALL if error]) < 300


def test_evaluations_stay_moderate() -> None:
    assert max(found.evaluations for found, _, _ in ALL) < 100
    assert np.median([found.evaluations for found, _, _ in ALL]) < 80


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_higher_derivatives_are_covered(n: int) -> None:
    exact = {
        np.sin: [mp.cos(1), -mp.sin(1), -mp.cos(1), mp.sin(1)],
        np.exp: [mp.e] * 4,
        np.sqrt: [0.5, -0.25, 0.375, -0.9375],
        np.log: [1, -1, 2, -6],
    }
    for f, truths in exact.items():
        found = derivative(f, 1.0, n=n)
        error = abs(float(found.value - truths[n - 1]))
        assert error <= found.error
        assert found.error < [1e-12, 1e-10, 1e-7, 1e-4][n - 1]
