"""How noisy the values of f are, read off the ladder itself.

Where a step is small, f is a low polynomial in it: what three coarser rungs fail to predict about
the next one is noise. Truncation falls by a high power from rung to rung and noise does not, which
tells them apart. The idea of difference tables is that of Hamming, made an algorithm by Moré and
Wild (2011), "Estimating computational noise", SIAM J. Sci. Comput. 33; here the nodes are those of
the ladder.
"""

from __future__ import annotations

import numpy as np

from difflab.numeric.ladder.tableau import previous

PLATEAU = (1, 2, 4)
"""Rungs above that must show a residual of the same size."""

JUMPY = 8.0
"""Growth of residuals over those rungs that still counts as noise."""

FADING = 3
"""Rungs over which residuals that fall as the step are no noise."""

GROWTH = 2 / 3
"""The same from one rung to the next, as a power of the ratio of steps: at a kink residuals grow
as the step."""


def residuals(g: np.ndarray, t: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return what three coarser rungs fail to predict, in units of f; shape (L, N).

    Parameters
    ----------
    g, t, weight : arrays, shape (L, N)
        Differences, their variable, and what they were divided by.
    """
    with np.errstate(all="ignore"):
        a, b, c = (previous(g, i) for i in (3, 2, 1))
        ta, tb, tc = (previous(t, i) for i in (3, 2, 1))
        # Neville at t, in ratios of t alone: none of them over- or underflows to NaN
        ab = b + (b - a) * _share(t, tb, ta)
        bc = c + (c - b) * _share(t, tc, tb)
        abc = bc + (bc - ab) * _share(t, tc, ta)
        return np.abs(g - abc) * weight


def _share(t: np.ndarray, near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """(t - near) / (near - far), for t < near < far."""
    return (1 - t / near) / (far / near - 1)


def floor(residual: np.ndarray, prior: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the noise of one value of f at every rung.

    Parameters
    ----------
    residual : array, shape (L, N)
        See `residuals`.
    prior : array, shape (L, N)
        The rounding of a well-conditioned f.
    steps : array, shape (L, N)

    Returns
    -------
    array, shape (L, N)
        At least ``prior``. From fine rungs to coarse ones, a residual counts if it is of the size
        met so far, or if coarser rungs show the same size (a plateau, which truncation has not).
    """
    rungs = len(residual)
    known = np.nan_to_num(residual, nan=0.0, posinf=0.0)
    present = np.isfinite(residual)
    plateau = np.all([_grown(residual, by) < JUMPY for by in PLATEAU], axis=0)
    plateau &= ~_fading(residual, steps)
    level = np.zeros_like(known)
    with np.errstate(all="ignore"):
        ratio = steps / np.concatenate([steps[1:], steps[-1:]])
        growth = np.fmin(ratio, 4.0) ** GROWTH  # ratios are 2 and 4, but for the tail at 0
    growth, least = np.nan_to_num(growth), np.nan_to_num(prior)
    current = np.zeros(residual.shape[1])
    for k in reversed(range(rungs)):
        near = known[k] <= growth[k] * np.maximum(least[k], current)
        accept = present[k] & (near | plateau[k])
        current = np.where(accept, np.maximum(current, known[k]), current)
        level[k] = current
    return np.fmax(prior, 2 * level)


def _grown(residual: np.ndarray, by: int) -> np.ndarray:
    """By how much the residual is larger ``by`` rungs above; infinite where unknown."""
    with np.errstate(all="ignore"):
        growth = previous(residual, by) / residual
    return np.where(np.isfinite(growth), growth, np.inf)


def _fading(residual: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Whether residuals fall as the step does over the next rungs: a weak kink, and no noise."""
    with np.errstate(all="ignore"):
        power = np.log(residual / _next(residual)) / np.log(steps / _next(steps))
        falls = np.abs(power - 1) < 1 - GROWTH
    found = falls
    for _ in range(FADING - 1):
        falls = np.concatenate([falls[1:], np.zeros_like(falls[:1])])
        found = found & falls
    return found


def _next(a: np.ndarray) -> np.ndarray:
    return np.concatenate([a[1:], np.full_like(a[:1], np.nan)])


def quantum(values: np.ndarray, center: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return the step of a quantised output such as ``np.round(f, 6)``; 0 without one.

    f is quantised if it does not change at all at the finest steps, and if all changes are whole
    multiples of the smallest one, which is far above rounding.

    Parameters
    ----------
    values : array, shape (K, N)
        From coarse to fine.
    center, unit : arrays, shape (N,)

    Examples
    --------
    >>> h = 0.25 ** np.arange(1, 24)[:, None]
    >>> one, unit = np.ones(1), np.full(1, 1e-16)
    >>> rounded = np.round(np.sin(1 + h), 6)
    >>> quantum(rounded, np.round(np.sin(one), 6), unit).round(12), quantum(h, 0 * one, unit)
    (array([1.e-06]), array([0.]))
    """
    change = np.abs(values - center)
    with np.errstate(all="ignore"):
        q = np.fmin.reduce(np.where(change > 0, change, np.inf), axis=0)
        multiples = change / q
        whole = np.abs(multiples - np.round(multiples)) < 1e-3
        fine = (multiples < 1e6) & (multiples > 0)
        flat = np.sum(change == 0, axis=0) >= 6
        distinct = _distinct(np.where(fine, np.round(multiples), np.nan)) >= 4
        size = np.fmax.reduce(np.abs(values), axis=0)
        found = flat & distinct & np.all(whole | ~fine, axis=0) & (q > 32 * unit * size)
    return np.where(found, q, 0.0)


def _distinct(a: np.ndarray) -> np.ndarray:
    ordered = np.sort(a, axis=0)
    return np.sum(np.diff(ordered, axis=0) > 0, axis=0) + 1
