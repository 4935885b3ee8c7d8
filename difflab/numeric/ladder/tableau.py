"""Extrapolation to step 0: Neville's scheme on any sequence of steps, with its noise.

The differences g(t_k) of a smooth function are a polynomial in t plus higher powers (t = h^2 for
symmetric differences, t = h for one-sided ones). Entry (k, j) is the value at t = 0, or the m-th
derivative there, of the polynomial through rungs k-j to k. For m = 0 and steps with one ratio it is
Richardson's extrapolation (Richardson 1911), and the error estimates are those of Ridders (1982),
"Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

COLUMNS = 6
"""Extrapolations per rung."""


class Rows(NamedTuple):
    """The best entry of every rung; arrays of shape (L, N).

    Attributes
    ----------
    value, error
        NaN and infinite where a rung has nothing to say.
    noise
        The part of the error that noise in f makes.
    column
        How many extrapolations were made.
    plain, plain_noise
        The value from as few rungs as give one, and what noise makes of it.
    """

    value: np.ndarray
    error: np.ndarray
    noise: np.ndarray
    column: np.ndarray
    plain: np.ndarray
    plain_noise: np.ndarray


def previous(a: np.ndarray, by: int = 1) -> np.ndarray:
    """Shift rungs down: entry k is that of rung k - by, NaN where there is none."""
    shifted = np.full_like(a, np.nan)
    shifted[by:] = a[: max(len(a) - by, 0)]
    return shifted


def extrapolate(g: np.ndarray, t: np.ndarray, noise: np.ndarray, m: int = 0) -> Rows:
    """Extrapolate differences to step 0.

    Parameters
    ----------
    g, t : arrays, shape (L, N)
        Differences and their variable, t decreasing along the first axis; NaN at the end of short
        ladders.
    noise : array, shape (L, N)
        Bound on the error that noise in f makes in g.
    m : int
        Which derivative of g at t = 0, divided by m!, is wanted.

    Examples
    --------
    >>> h = 0.5 ** np.arange(1, 8)[:, None]
    >>> rows = extrapolate((np.exp(h) - np.exp(-h)) / (2 * h), h * h, 1e-16 / h)
    >>> best = rows.error.argmin()
    >>> bool(abs(rows.value[best, 0] - 1) < rows.error[best, 0] < 1e-13)
    True
    """
    penalty = irregularity(g, noise, t)
    powers, bounds = [g], [noise]  # of the Taylor coefficients 0..m, and their noise
    for _ in range(m):
        powers.append(np.zeros_like(g))
        bounds.append(np.zeros_like(g))
    start = g if m == 0 else np.full_like(g, np.nan)
    first = np.abs(start - previous(start)) * penalty + noise
    error = np.where(np.isnan(first), np.inf, first)
    best = Rows(start, error, noise, np.zeros(g.shape, int), start, noise)
    with np.errstate(all="ignore"):
        for j in range(1, COLUMNS + 1):
            far = previous(t, j)
            ratio = far / t
            here, above = powers, [previous(p) for p in powers]
            near_noise, far_noise = bounds, [previous(b) for b in bounds]
            powers, bounds = [], []
            for i in range(m + 1):
                # (t - far) here - (t - near) above, over near - far, coefficient of t^i
                entry = here[i] + (here[i] - above[i]) / (ratio - 1)
                bound = (ratio * near_noise[i] + far_noise[i]) / (ratio - 1)
                bound = np.where(np.isinf(ratio), near_noise[i], bound)
                if i:
                    entry = entry + (here[i - 1] - above[i - 1]) / (t - far)
                    bound = bound + (near_noise[i - 1] + far_noise[i - 1]) / np.abs(t - far)
                powers.append(entry)
                bounds.append(bound)
            if j <= m:
                best = best._replace(plain=powers[m], plain_noise=bounds[m])
                continue
            steps = np.maximum(np.abs(powers[m] - here[m]), np.abs(powers[m] - above[m]))
            error = steps * penalty + bounds[m]
            better = error < best.error
            best = Rows(
                np.where(better, powers[m], best.value),
                np.where(better, error, best.error),
                np.where(better, bounds[m], best.noise),
                np.where(better, j, best.column),
                best.plain,
                best.plain_noise,
            )
    return best


def irregularity(g: np.ndarray, noise: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return by how much error estimates must grow where differences settle too slowly.

    Differences of a smooth function change from rung to rung by less and less, as t does. Where
    the changes shrink by a ratio r close to 1 instead, as next to x^1.5 at 0, what is still to
    come is the last change times r / (1 - r).

    Returns
    -------
    array, shape (L, N)
        1 where changes fall as they should or drown in noise, infinite where they do not fall.
    """
    with np.errstate(all="ignore"):
        change = np.abs(g - previous(g))
        before = previous(change)
        ratio = change / before
        expected = t / previous(t)
        seen = (change > 2 * (noise + previous(noise))) & (ratio > 2 * expected)
        penalty = np.where(ratio < 0.9, 1 / (1 - np.minimum(ratio, 0.9)), np.inf)
    return np.where(seen, penalty, 1.0)
