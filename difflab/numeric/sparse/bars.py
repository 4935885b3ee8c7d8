"""Error bars of a matrix of derivatives: truncation from a second step, rounding from the noise.

How noisy a result is shows in a table of differences: what is smooth dies away from one order to
the next, while the k-th differences of noise with standard deviation s have the variance
s^2 (2k)! / (k!)^2 (Moré and Wild 2011, "Estimating computational noise", SIAM J. Sci. Comput. 33;
for one number, with a search for the spacing, `difflab.numeric.noise`). Seven evaluations along
one direction serve all results at once.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from difflab.numeric.sparse.vector_function import VectorFunction
from difflab.numeric.stencils import SCHEMES, Stencil

SEED = 20110601

OFFSETS = range(-3, 4)

ORDERS = (4, 5, 6)
"""Of the differences that are taken for noise."""

FINER = 8
"""The table is so much finer than a central difference, so that what is smooth in it dies away."""

MULTIPLES = np.array([149, 167, 181, 199, 211, 233]) / 256
"""Of the spacing, by parameter. Of few digits, so that x + k d is exact; and out of step with
output that is rounded to a grid, which may look like a line at multiples of powers of two."""

DEVIATIONS = 4.0
"""The rounding bar is this many standard deviations of the noise."""


def row_noise(function: VectorFunction, longest: int) -> np.ndarray:
    """Return the standard deviation of the noise of every result, shape (m,); 6 evaluations.

    Parameters
    ----------
    function : VectorFunction
    longest : int
        How many parameters a result depends on, at most.

    Returns
    -------
    ndarray
        No less than the rounding of the result itself, u |f|, and its underflow. Infinite where
        differences of all orders agree on more than a small share of the result: it varies faster
        than any of these steps, and none finds its slope.

    Examples
    --------
    >>> rough = VectorFunction(lambda x: x + 1e-9 * np.sin(1e9 * x), np.linspace(0.1, 1, 99))
    >>> ratio = np.median(row_noise(rough, 1)) / (1e-9 / np.sqrt(2))
    >>> bool(0.5 < ratio < 2)
    True
    """
    steps = function.steps(SCHEMES["central"], None) / FINER
    steps /= 2.0 ** np.ceil(np.log2(max(longest, 1)) / 2)
    rng = np.random.default_rng(SEED)
    displacement = steps * rng.choice(MULTIPLES, steps.shape) * rng.choice([-1, 1], steps.shape)
    table = np.array(
        [
            function.at(function.rounded(function.x + k * displacement)) if k else function.value
            for k in OFFSETS
        ]
    )
    levels = []
    with np.errstate(invalid="ignore", over="ignore"):
        for k in ORDERS:
            scale = factorial(k) ** 2 / factorial(2 * k)
            levels.append(np.sqrt(scale * np.mean(np.diff(table, k, axis=0) ** 2, axis=0)))
        unresolved = function.roundoff ** (1 / 3) * np.max(np.abs(table), axis=0)
    least = function.roundoff * np.abs(function.value) + np.finfo(function.precision).tiny
    seen = np.where(np.min(levels, axis=0) > unresolved, np.inf, np.max(levels, axis=0))
    return np.fmax(seen, least)


def error_bar(
    function: VectorFunction,
    stencil: Stencil | None,
    step: float | None,
    longest: int,
    rows: np.ndarray,
    cols: np.ndarray,
    values: np.ndarray,
    change: np.ndarray,
) -> np.ndarray:
    """Bound the error of every entry of a Jacobian.

    The sum of the change |D(2h) - D(h)|, which is 2^p - 1 times the truncation error of D(h), and
    taken twice for p = 1; of S1 / h times 4 standard deviations of the row's noise; and of the
    rounding of the entry itself. It holds where the stencil at 2h sees no pole, jump or kink;
    `difflab.derivative` looks for those, one entry at a time.

    Parameters
    ----------
    function : VectorFunction
    stencil : Stencil or None
        None for the complex step: its error is that of evaluating f.
    step : float or None
    longest : int
        How many entries a row has at most.
    rows, cols : ndarray of int
        Of the entries, in shapes that broadcast.
    values, change : ndarray
        Of the entries.

    Returns
    -------
    ndarray of the shape of ``values``
        Infinite where f is not finite at the second step.

    Examples
    --------
    >>> function = VectorFunction(lambda x: x**2, np.array([1.0]))
    >>> at, values, change = np.zeros(1, int), np.array([2.0]), np.array([0.0])
    >>> bar = error_bar(function, SCHEMES["central"], None, 1, at, at, values, change)
    >>> 1e-11 < bar[0] < 1e-10
    np.True_
    """
    if stencil is None:
        return 8 * function.roundoff * (np.abs(values) + np.abs(function.value)[rows])
    margin = 2 if stencil.accuracy == 1 else 1
    per_step = DEVIATIONS * float(stencil.roundoff_constant) / function.steps(stencil, step)
    rounding = row_noise(function, longest)[rows] * per_step[cols]
    return finite_or_unknown(margin * change + rounding + 2 * function.roundoff * np.abs(values))


def finite_or_unknown(bars: np.ndarray) -> np.ndarray:
    """Make bars infinite that are not numbers: nothing is known there.

    Examples
    --------
    >>> finite_or_unknown(np.array([1.0, np.nan]))
    array([ 1., inf])
    """
    return np.where(np.isnan(bars), np.inf, bars)
