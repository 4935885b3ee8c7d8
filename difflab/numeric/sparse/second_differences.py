"""Second derivatives from function values alone: central on the diagonal, four points elsewhere.

h_ii = (f(x + h) - 2 f(x) + f(x - h)) / h^2, with error 4 eps_f / h^2 + h^2 / 12 f'''' at most;
h_ij = (f(++) - f(+-) - f(-+) + f(--)) / (4 h_i h_j), with eps_f / (h_i h_j) from rounding.

Groups of parameters do not help here: every value is one number and every entry an unknown, so no
plan needs fewer evaluations than entries. A pattern saves what it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.sparse.bars import DEVIATIONS, finite_or_unknown, row_noise
from difflab.numeric.sparse.pattern import Pattern
from difflab.numeric.sparse.vector_function import VectorFunction
from difflab.numeric.sparse.verify import NOISE, random_displacement
from difflab.numeric.stencils import fornberg

SECOND = fornberg((-1, 0, 1), derivative=2)
"""Its optimal step, near the fourth root of eps, suits the mixed formula within a factor of 2."""

TOLERANCE = 1e-4
"""Relative disagreement with the second difference along a random direction."""


def second_differences(function: VectorFunction, pattern: Pattern, steps: np.ndarray) -> np.ndarray:
    """Return the entries of a Hessian, symmetric to the last bit.

    Parameters
    ----------
    function : VectorFunction
        With one result.
    pattern : Pattern
        Symmetric, with diagonal.
    steps : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (entries,)
        NaN where a value is not finite.

    Examples
    --------
    >>> function = VectorFunction(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0]))
    >>> second_differences(function, Pattern.full((2, 2)), np.full(2, 2.0**-12))
    array([4., 2., 2., 0.])
    """
    x, value = function.x, function.value[0]
    if not np.isfinite(value):
        return np.full(pattern.rows.shape, np.nan)
    above, below = function.rounded(x + steps), function.rounded(x - steps)
    taken = above - below

    def at(*moves: tuple[int, np.ndarray]) -> float:
        point = x.copy()
        for column, to in moves:
            point[column] = to[column]
        return float(function.at(point)[0])

    found: dict[tuple[int, int], float] = {}
    for i, j in zip(pattern.rows.tolist(), pattern.cols.tolist()):
        if i == j:
            up, down = above[i] - x[i], x[i] - below[i]
            rise, fall = at((i, above)) - value, value - at((i, below))
            found[i, i] = 2 * (rise / up - fall / down) / taken[i]
        elif i < j:
            first = at((i, above), (j, above)) - at((i, above), (j, below))
            second = at((i, below), (j, above)) - at((i, below), (j, below))
            found[i, j] = found[j, i] = (first - second) / (taken[i] * taken[j])
    return np.array([found[place] for place in zip(pattern.rows.tolist(), pattern.cols.tolist())])


def second_error_bar(
    function: VectorFunction,
    pattern: Pattern,
    steps: np.ndarray,
    values: np.ndarray,
    change: np.ndarray,
) -> np.ndarray:
    """Bound the error of every entry, shape (entries,).

    As `difflab.numeric.sparse.bars.error_bar`: the change between two steps, and the noise of f
    divided by both steps.

    Examples
    --------
    >>> function = VectorFunction(lambda x: x[0] ** 2, np.array([1.0]))
    >>> one = Pattern.full((1, 1))
    >>> bar = second_error_bar(function, one, np.array([2.0**-12]), np.array([2.0]), np.zeros(1))
    >>> 1e-8 < bar[0] < 5e-8
    np.True_
    """
    on_diagonal = pattern.rows == pattern.cols
    factor = DEVIATIONS * np.where(on_diagonal, float(SECOND.roundoff_constant), 1.0)
    noise = row_noise(function, pattern.shape[0])[0]
    rounding = factor * noise / (steps[pattern.rows] * steps[pattern.cols])
    return finite_or_unknown(change + rounding + 2 * function.roundoff * np.abs(values))


def verify_second(
    function: VectorFunction, pattern: Pattern, values: np.ndarray, steps: np.ndarray
) -> tuple[str, ...]:
    """Compare v'Hv with the second difference along one random v: two evaluations.

    A disagreement is located by halving the sets of parameters that move together.

    Returns
    -------
    tuple of str
        A disagreement that is no missing entry, in words.

    Raises
    ------
    UsageError
        When the pattern misses an entry; one is named.

    Examples
    --------
    >>> function = VectorFunction(lambda x: x[0] * x[1], np.array([1.0, 2.0]))
    >>> diagonal = Pattern.of(np.eye(2), (2, 2))
    >>> verify_second(function, diagonal, np.zeros(2), np.full(2, 2.0**-12))
    Traceback (most recent call last):
    difflab.errors.UsageError: x[0] and x[1] act together, and the pattern says they do not
      why: their second derivative is about 1; the one along a random direction is off by it
      try: add (0, 1) to sparsity, or leave sparsity out
    """
    moved = function.rounded(function.x + random_displacement(steps)) - function.x
    products = values * moved[pattern.rows] * moved[pattern.cols]
    middle = function.value[0]

    def value(sign: int, columns: np.ndarray, other_sign: int, others: np.ndarray) -> float:
        point = function.x.copy()
        point[columns] += sign * moved[columns]
        point[others] += other_sign * moved[others]
        return float(function.at(point)[0])

    def together(columns: np.ndarray, others: np.ndarray) -> float:
        """Excess of the mixed difference of two disjoint sets over what the pattern explains."""
        mixed = sum(s * t * value(s, columns, t, others) for s in (1, -1) for t in (1, -1)) / 4
        within = np.isin(pattern.rows, columns) & np.isin(pattern.cols, others)
        return abs(float(mixed - products[within].sum()))

    everything, nothing = np.arange(pattern.shape[0]), np.arange(0)
    ahead, behind = (value(sign, everything, 1, nothing) for sign in (1, -1))
    noise = 4 * NOISE * function.roundoff * max(abs(middle), abs(ahead), abs(behind))
    disagreement = abs(ahead - 2 * middle + behind - products.sum())
    if not disagreement > TOLERANCE * np.abs(products).sum() + noise:
        return ()
    if len(everything) > 1:
        i, j = _guilty_pair(everything, together)
        known = np.any((pattern.rows == i) & (pattern.cols == j))
        excess = together(np.array([i]), np.array([j]))
        if not known and excess > noise:
            one, other = function.column_name(i), function.column_name(j)
            raise UsageError(
                f"{one} and {other} act together, and the pattern says they do not",
                f"their second derivative is about {excess / abs(moved[i] * moved[j]):.2g}; the "
                "one along a random direction is off by it",
                f"add ({i}, {j}) to sparsity, or leave sparsity out",
            )
    relative = disagreement / (np.abs(products).sum() or 1.0)
    return (
        f"the curvature along a random direction disagrees by {relative:.0e}; the step may be too "
        "large",
    )


def _guilty_pair(
    columns: np.ndarray, together: Callable[[np.ndarray, np.ndarray], float]
) -> tuple[int, int]:
    """Find two columns, in some order, whose mixed difference exceeds what the pattern explains.

    Two different numbers differ in some binary digit, so a split by each digit meets every pair.
    """
    splits = [
        (columns[columns >> digit & 1 == 0], columns[columns >> digit & 1 == 1])
        for digit in range(int(columns.max()).bit_length())
    ]
    one, other = max(splits, key=lambda split: together(*split))
    while one.size > 1 or other.size > 1:
        if one.size < other.size:
            one, other = other, one
        fixed = other
        one = max(np.array_split(one, 2), key=lambda half: together(half, fixed))
    first, second = sorted((int(one[0]), int(other[0])))
    return first, second
