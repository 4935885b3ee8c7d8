"""Noise, read off one table of differences.

Values at equally spaced points are differenced again and again. What is smooth in f dies away with
every difference, while independent errors grow in a known way: the k-th differences of noise with
standard deviation s have the variance s^2 (2k)! / (k!)^2. From some k on, the scaled differences
therefore agree, and their size is s: Hamming's table, as Moré and Wild (2011) read it, "Estimating
computational noise", SIAM Journal on Scientific Computing 33, 1292-1314, section 3.
"""

from __future__ import annotations

from math import factorial
from typing import Literal

import numpy as np

AGREEMENT = 4.0
"""Levels k, k+1, k+2 must be within this factor of one another."""

LARGEST_CHANGE = 0.1
"""Values that vary by more than this share of the largest come from too large a step."""

Verdict = Literal["found", "too small", "too large", "unclear", "not finite"]


def noise_levels(values: np.ndarray) -> np.ndarray:
    """Return sigma_k = sqrt(gamma_k mean(D_k^2)), gamma_k = (k!)^2 / (2k)!, for k = 1, 2, ...

    Parameters
    ----------
    values : array, shape (n,)
        At equally spaced points.

    Returns
    -------
    ndarray, shape (n - 1,)

    Examples
    --------
    >>> noise_levels(np.array([1.0, -1.0, 1.0, -1.0])).round(3)
    array([1.414, 1.633, 1.789])
    """
    gammas = [factorial(k) ** 2 / factorial(2 * k) for k in range(1, len(values))]
    sizes = [_root_mean_square(np.diff(values, k)) for k in range(1, len(values))]
    return np.sqrt(gammas) * sizes


def _root_mean_square(differences: np.ndarray) -> float:
    """Return it without squaring what is large or small: f may be 1e200, or 1e-200."""
    largest = np.max(np.abs(differences))
    return float(largest * np.sqrt(np.mean((differences / largest) ** 2))) if largest else 0.0


def read_table(values: np.ndarray) -> tuple[Verdict, float, int]:
    """Read the noise off one table of differences.

    Parameters
    ----------
    values : array, shape (n,)
        At equally spaced points, n >= 4.

    Returns
    -------
    verdict : {"found", "too small", "too large", "unclear", "not finite"}
        On the step.
    level : float
        sigma_k for the smallest k such that levels k, k+1, k+2 agree within `AGREEMENT` and the
        k-th differences have both signs; NaN without one.
    k : int
        0 without one.

    Examples
    --------
    >>> read_table(np.array([5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]))[0]
    'too small'
    """
    if not np.all(np.isfinite(values)):
        return "not finite", np.nan, 0
    on_a_line = not np.any(np.diff(values, 2))
    if on_a_line or 2 * np.count_nonzero(np.diff(values) == 0) >= len(values):
        return "too small", np.nan, 0
    if np.ptp(values) > LARGEST_CHANGE * np.max(np.abs(values)):
        return "too large", np.nan, 0
    levels = noise_levels(values)
    for k in range(1, len(levels) - 1):
        three = levels[k - 1 : k + 2]
        differences = np.diff(values, k)
        if three.max() <= AGREEMENT * three.min() and differences.min() < 0 < differences.max():
            return "found", float(levels[k - 1]), k
    return "unclear", np.nan, 0
