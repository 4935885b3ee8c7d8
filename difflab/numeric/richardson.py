"""Richardson extrapolation: several steps of one stencil, combined into higher orders.

With D(h) = f^(d) + a h^q1 + b h^q2 + ... and steps h0, h0/r, h0/r^2, ..., column j of the table

    T[k][0] = D(h0 r^-k),   T[k][j] = T[k][j-1] + (T[k][j-1] - T[k-1][j-1]) / (r^qj - 1)

is free of the first j powers. The powers are q = 2, 4, 6, ... for central differences, 1, 2, 3, ...
for one-sided ones; in general they are read off the stencil. The estimate of an entry's error is
that of Ridders (1982), "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering
Software 4, 75-76.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.apply import apply_stencil, real_point
from difflab.numeric.loss import real_number
from difflab.numeric.stencils import SCHEMES, Offset, Stencil
from difflab.numeric.steps import default_step, unit_roundoff


@dataclass(frozen=True, eq=False)
class Extrapolation:
    """A derivative by Richardson extrapolation.

    Attributes
    ----------
    value : float
        The entry of the table with the smallest error estimate.
    error : float
        The larger of Ridders' estimate and the round-off bar there. An estimate, no bound: a
        function that is faster than the coarsest steps can fool it.
    row, column : int
        Where the value stands; column j has accuracy ``stencil.error_exponents(j + 1)[-1]``.
    table : ndarray, shape (levels, levels)
        T[k][j], NaN above the diagonal.
    estimates : ndarray, shape (levels, levels)
        The error estimates, infinite where there is none, as in column 0.
    steps : ndarray, shape (levels,)
        h0 r^-k, decreasing.
    evaluations : int
        Function values, each counted once per level.
    """

    value: float
    error: float
    row: int
    column: int
    table: np.ndarray
    estimates: np.ndarray
    steps: np.ndarray
    evaluations: int


def richardson(
    f: Callable[[float], Any],
    x: float,
    step: float | None = None,
    stencil: Stencil = SCHEMES["central"],
    levels: int = 6,
    ratio: float = 2.0,
) -> Extrapolation:
    """Differentiate f at x by Richardson extrapolation.

    Parameters
    ----------
    f : callable
        Real function of one real variable.
    x : float
        Its dtype is that of the arithmetic.
    step : float, optional
        h0, the largest step; max(1, |x|) / 8, down to a power of two, when None. Too large for a
        function that is much faster than its argument, such as sin at 1e10.
    stencil : Stencil
        Of any derivative.
    levels : int
        How many steps, 2 or more.
    ratio : float
        r > 1.

    Returns
    -------
    Extrapolation

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    NonScalarLossError
        When f returns something else than one real number.
    UsageError
        For less than two levels, a ratio that is not above 1, or a step that is not positive.

    Examples
    --------
    >>> found = richardson(np.exp, 0.0)
    >>> bool(abs(found.value - 1.0) <= found.error < 1e-12)
    True
    """
    at = real_point(x)
    if levels < 2 or not 1 < ratio < np.inf:
        raise UsageError(
            f"{levels} levels with ratio {ratio!r} cannot be extrapolated",
            "two or more steps are needed, each smaller than the one before",
            "levels=6, ratio=2.0",
        )
    step = float(default_step(at, 3)) if step is None else step
    if not 0 < step < np.inf:
        raise UsageError(
            f"step {step!r} is no step", "it is the distance between points", "step=2.0**-4"
        )
    steps = float(step) * float(ratio) ** -np.arange(levels)
    magnitudes: list[float] = []

    def seen(point: Any) -> Any:
        found = real_number(f(point))
        magnitudes.append(float(np.abs(found)))
        return found

    quotients = np.array([apply_stencil(seen, at, h, stencil) for h in steps])
    table = richardson_table(quotients, ratio, stencil.error_exponents(levels - 1))
    finite = [size for size in magnitudes if np.isfinite(size)]
    eps_f = unit_roundoff(at.dtype) * max(finite, default=np.nan)
    estimates = np.maximum(ridders_error(table), _roundoff(stencil, steps, ratio, eps_f))
    estimates = np.where(np.isfinite(estimates), estimates, np.inf)
    row, column = (int(i) for i in np.unravel_index(np.argmin(estimates), table.shape))
    error = float(estimates[row, column])
    value = float(table[row, column]) if np.isfinite(error) else np.nan
    return Extrapolation(value, error, row, column, table, estimates, steps, len(magnitudes))


def richardson_table(quotients: Any, ratio: Any, exponents: Sequence[int]) -> np.ndarray:
    """Return the table T of D(h0), D(h0/r), ...

    Parameters
    ----------
    quotients : array, shape (levels, ...)
        Difference quotients, largest step first. Floats, or exact `Fraction`s as objects.
    ratio : float or Fraction
        r > 1.
    exponents : sequence of int, length levels - 1
        q_1 < q_2 < ...: the powers of h in the error; see `Stencil.error_exponents`.

    Returns
    -------
    ndarray, shape (levels, levels, ...)
        T[k, j]; NaN for j > k.

    Examples
    --------
    >>> richardson_table([1.25, 1.0625], 2, [2])  # 1 + h^2 at h = 1/2 and 1/4
    array([[1.25  ,    nan],
           [1.0625, 1.    ]])
    """
    first = np.asarray(quotients)
    levels = len(first)
    table = np.full((levels, *first.shape), np.nan, first.dtype)
    table[:, 0] = first
    for j, exponent in zip(range(1, levels), exponents):
        change = table[j:, j - 1] - table[j - 1 : -1, j - 1]
        table[j:, j] = table[j:, j - 1] + change / (ratio**exponent - 1)
    return table


def ridders_error(table: np.ndarray) -> np.ndarray:
    """Return max(|T[k,j] - T[k,j-1]|, |T[k,j] - T[k-1,j-1]|); NaN where there is no such entry.

    Examples
    --------
    >>> ridders_error(np.array([[1.25, np.nan], [1.0625, 1.0]]))
    array([[ nan,  nan],
           [ nan, 0.25]])
    """
    error = np.full(table.shape, np.nan)
    found, left = table[1:, 1:], table[1:, :-1]
    above = table[:-1, :-1]
    error[1:, 1:] = np.maximum(np.abs(found - left), np.abs(found - above))
    return error


def extrapolated_stencil(stencil: Stencil, column: int, ratio: int | Fraction = 2) -> Stencil:
    """Return column j of the table as one stencil, in units of its smallest step.

    For a central difference of the first derivative this is the stencil of order 2j + 2 on the
    geometric points +-1, +-r, ..., +-r^j; its `accuracy`, `error_constant` and
    `roundoff_constant` are those of the column.

    Parameters
    ----------
    stencil : Stencil
    column : int
        j >= 0.
    ratio : int or Fraction
        r > 1.

    Examples
    --------
    >>> richer = extrapolated_stencil(SCHEMES["central"], 1)
    >>> richer.offsets, [str(c) for c in richer.weights]
    ((-2, -1, 1, 2), ['1/12', '-2/3', '2/3', '-1/12'])
    """
    r = Fraction(ratio)
    exponents = stencil.error_exponents(column) if column else ()
    # the share of every level in the last entry, from the table of unit vectors
    shares = np.array([[Fraction(i == k) for i in range(column + 1)] for k in range(column + 1)])
    last = richardson_table(shares, r, exponents)[-1, -1]
    weights: dict[Offset, Fraction] = {}
    for level, share in enumerate(last):
        h = r ** (column - level)
        for offset, weight in zip(stencil.offsets, stencil.weights):
            weights[offset * h] = weights.get(offset * h, Fraction(0)) + (
                share * weight / h**stencil.derivative
            )
    points = sorted(weights)
    offsets = tuple(int(o) if o == int(o) else o for o in points)
    return Stencil(offsets, tuple(weights[o] for o in points), stencil.derivative)


def _roundoff(stencil: Stencil, steps: np.ndarray, ratio: float, eps_f: float) -> np.ndarray:
    """Return S1 eps_f / h^d for every entry, S1 being that of the extrapolated stencil."""
    r = Fraction(ratio)
    columns = [
        float(extrapolated_stencil(stencil, j, r).roundoff_constant) for j in range(len(steps))
    ]
    return np.outer(steps**-stencil.derivative, columns) * eps_f
