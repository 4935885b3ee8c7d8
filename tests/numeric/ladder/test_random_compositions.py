"""Random formulas at random points: bars cover, and no miss is silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from difflab.numeric.ladder import Derivative, derivative
from tests.numeric.ladder.held_out.case import slope
from tests.numeric.ladder.verdict import covers, silently_wrong

FORMULAS = 200

Formula = Callable[[Any, Any], Any]
"""f(x, m), with m either NumPy or mpmath."""

OUTER: list[Callable[[Any, Any], Any]] = [
    lambda a, m: m.sin(a),
    lambda a, m: m.cos(a),
    lambda a, m: m.exp(a),
    lambda a, m: m.tanh(a),
    lambda a, m: m.sqrt(1 + a * a),
    lambda a, m: m.log(1 + a * a),
    lambda a, m: m.fabs(a),
    lambda a, m: m.atan(a),
]
BETWEEN: list[Callable[[Any, Any, Any], Any]] = [
    lambda a, b, m: a + b,
    lambda a, b, m: a - b,
    lambda a, b, m: a * b,
    lambda a, b, m: a / b,
    lambda a, b, m: m.hypot(a, b),
]


def formula(rng: np.random.Generator, depth: int) -> Formula:
    """A random tree; its constants have few digits, so that their products are exact."""
    kind = rng.random() if depth else 0.0
    if kind < 0.1:
        return lambda x, m: x
    inner = formula(rng, depth - 1)
    if kind < 0.25:
        constant = float(np.ldexp(rng.integers(1, 64), rng.integers(-10, 5)))
        return lambda x, m: constant * inner(x, m)
    if kind < 0.65:
        outer = OUTER[rng.integers(len(OUTER))]
        return lambda x, m: outer(inner(x, m), m)
    other, between = formula(rng, depth - 1), BETWEEN[rng.integers(len(BETWEEN))]
    return lambda x, m: between(inner(x, m), other(x, m), m)


def point(rng: np.random.Generator) -> float:
    powers = 10 ** rng.uniform(-9, 3)
    return float(
        rng.choice([0.0, 1.0, rng.normal(), 30 * rng.normal(), 1e-6 * rng.normal(), powers])
    )


def answers(seed: int, n: int = 1) -> list[tuple[Derivative, Any]]:
    """Derivatives and truths of formulas that have both."""
    rng = np.random.default_rng(seed)
    found: list[tuple[Derivative, Any]] = []
    while len(found) < FORMULAS:
        f, x = formula(rng, 4), point(rng)
        with np.errstate(all="ignore"):
            value = f(np.float64(x), np)
        if not np.isfinite(value) or abs(value) > 1e60:
            continue
        try:
            truth = slope(lambda t, f=f: f(t, mp), x, n)
        except ZeroDivisionError:
            continue
        answer = derivative(lambda t, f=f: f(t, np), x, n=n)
        if np.isnan(answer.left):  # at a kink of |a| the truth is one of two slopes
            found.append((answer, truth))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_random_formulas_are_covered_or_flagged(seed: int) -> None:
    both = answers(seed)
    silent = [str(answer) for answer, truth in both if silently_wrong(answer, truth)]
    assert not silent
    assert sum(covers(answer, truth) for answer, truth in both) >= 0.98 * FORMULAS


@pytest.mark.parametrize("n", [2, 3])
def test_higher_derivatives_of_random_formulas_are_covered_or_flagged(n: int) -> None:
    both = answers(3, n)
    silent = [str(answer) for answer, truth in both if silently_wrong(answer, truth)]
    assert not silent
    assert sum(covers(answer, truth) for answer, truth in both) >= 0.9 * FORMULAS
