"""Checks of linear regression in matrix form: shapes, three forms of SSE, gradient, closed form.

Five samples of two features with few decimals, so that the truth can be had in exact fractions: a
quadratic's central difference is its derivative, whatever the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from difflab.course import engines
from difflab.course.formula import entries, evaluate, sides
from difflab.course.row import Finding, SlideRow, Values, judge

SEED = 1805
SAMPLES, FEATURES = 5, 2

SPECS: Mapping[str, str] = {**engines.SPECS, "symbolic": "symbolic:matrix"}
"""Matrix formulas are SymPy's business entry by entry, and matrix calculus between them."""


@cache
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X of shape (5, 2), y of shape (5, 1), w of shape (2, 1): two decimals each.

    Examples
    --------
    >>> [array.shape for array in data()]
    [(5, 2), (5, 1), (2, 1)]
    """
    generator = np.random.default_rng(SEED)
    shapes = ((SAMPLES, FEATURES), (SAMPLES, 1), (FEATURES, 1))
    return tuple(generator.uniform(-2, 2, shape).round(2) for shape in shapes)  # type: ignore[return-value]


def squared_errors(w: Any, x: Any, y: Any) -> Any:
    """The sum of squared errors of y = X w."""
    return np.sum((y - x @ w) ** 2)


def names(w: np.ndarray | None = None) -> dict[str, Any]:
    """What formulas may use: X, y, w, eps = y - X w, and functions of matrices."""
    x, y, at = data()
    at = at if w is None else w
    return {
        "X": x, "y": y, "w": at, "eps": y - x @ at, "Y": y, "inv": np.linalg.inv,
        "pinv": np.linalg.pinv, "norm": np.linalg.norm, "shape": np.shape,
        "n": SAMPLES, "d": FEATURES,
    }  # fmt: skip


def exact(array: np.ndarray) -> np.ndarray:
    """The same numbers as exact fractions of their decimals."""
    whole = np.array([Fraction(str(entry)) for entry in array.ravel()], dtype=object)
    return whole.reshape(array.shape)


@cache
def exact_solution() -> np.ndarray:
    """The w that minimises SSE, by elimination in fractions.

    Examples
    --------
    >>> x, y, _ = data()
    >>> w = exact_solution().astype(float)
    >>> bool(np.allclose(w, np.linalg.lstsq(x, y, rcond=None)[0]))
    True
    """
    import sympy as sp

    x, y, _ = map(exact, data())
    left, right = (sp.Matrix(part.shape[0], part.shape[1], list(map(sp.Rational, part.ravel())))
                   for part in (x.T @ x, x.T @ y))  # fmt: skip
    solution = [Fraction(int(entry.p), int(entry.q)) for entry in left.LUsolve(right)]
    return np.array(solution, dtype=object).reshape(FEATURES, 1)


def exact_gradient() -> Values:
    """dSSE/dw in fractions: central differences with step 1, exact for a quadratic."""
    x, y, w = map(exact, data())
    found = []
    for k in range(FEATURES):
        unit = np.array([[Fraction(int(row == k))] for row in range(FEATURES)], dtype=object)
        high, low = squared_errors(w + unit, x, y), squared_errors(w - unit, x, y)
        found.append(float((high - low) / 2))
    return tuple(found)


def sum_of_squares(row: SlideRow) -> Finding:
    """Judge a form of SSE by its value."""
    x, y, w = data()
    truth = float(squared_errors(*(exact(each) for each in (w, x, y))))
    return judge(_right(row, names()), (truth,), engines.values(squared_errors, w, x, y))


def gradient(row: SlideRow) -> Finding:
    """Judge a formula for dSSE/dw."""
    x, y, w = data()
    found = engines.gradients(squared_errors, w, x, y, specs=SPECS)
    return judge(_right(row, names()), exact_gradient(), found)


def at_the_solution(row: SlideRow) -> Finding:
    """Judge an equation that holds at the solution: both sides, with the exact w in float64."""
    left, right = sides(row.formula)
    here = names(exact_solution().astype(float))
    slide, truth = (entries(evaluate(side, here)) for side in (right, left))
    scale = float(np.max(np.abs(here["X"].T @ here["y"])))
    slide *= len(truth) if len(slide) == 1 else 1
    return judge(slide, truth, scale=scale, note=f"at w = {_spell(here['w'])}, the minimum")


def solution(row: SlideRow) -> Finding:
    """Judge a formula for the w of the minimum, where every engine's gradient has to be zero."""
    x, y, _ = data()
    truth = entries(exact_solution().astype(float))
    slide = _right(row, names())
    at = np.reshape(slide, (FEATURES, 1))
    found = engines.gradients(squared_errors, at, x, y, specs=SPECS)
    largest = {name: max(map(abs, values)) for name, values in found.items()}
    told = ", ".join(f"{value:.0e} {name}" for name, value in largest.items())
    return judge(slide, truth, note=f"the largest entry of the gradient there: {told}")


def pseudo_inverse(row: SlideRow) -> Finding:
    """Judge a formula for the pseudo-inverse, and say what becomes of it when X loses rank."""
    x = data()[0]
    deficient = np.column_stack([x[:, 0], 2 * x[:, 0]])
    rank = np.linalg.matrix_rank(deficient.T @ deficient)
    slide = _right(row, names())
    note = (
        f"for X of full column rank; with a column twice, X'X has rank {rank} of {FEATURES} and no "
        "inverse, while the pseudo-inverse exists"
    )
    return judge(slide, entries(np.linalg.pinv(x)), note=note)


def shapes(row: SlideRow) -> Finding:
    """Judge the shape of a matrix, such as ``shape(X) = (n, d)``, that Y = X w + eps requires."""
    left, right = sides(row.formula)
    here = names()
    return judge(entries(evaluate(right, here)), entries(evaluate(left, here)))


def model(row: SlideRow) -> Finding:
    """Judge an equation of the model, both sides at the data."""
    left, right = sides(row.formula)
    here = names()
    return judge(entries(evaluate(right, here)), entries(evaluate(left, here)))


def _right(row: SlideRow, here: Mapping[str, Any]) -> Values:
    return entries(evaluate(sides(row.formula)[1], here))


def _spell(w: np.ndarray) -> str:
    return "(" + ", ".join(f"{entry:.6f}" for entry in w.ravel()) + ")"
