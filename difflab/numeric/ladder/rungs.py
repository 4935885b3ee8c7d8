"""The rungs of the ladder: which steps are taken around every point.

Steps are powers of two, so that x + h loses no digit of h. They begin at |x|/2 and end at 16
units in the last place of x; they halve ten times, for accuracy, and then shrink by 4, for range.
Where |x| is below ``scale`` a second ladder leads from ``scale`` down to |x|, because nothing says
that a function varies over |x|: cos at 1e-8 does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

HALVINGS = 10
"""Rungs with ratio 2, at the top; below them the ratio is 4."""

MARGIN = 4
"""The smallest step is 2^MARGIN units in the last place of x."""

TAIL = (56, 64, 80, 96, 128, 192, 256)
"""Further exponents at x = 0, where no unit in the last place ends the ladder."""


def rungs(x: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the steps for every point, largest first.

    Parameters
    ----------
    x : array, shape (N,)
        Finite, of a float type that decides how small steps can be.
    scale : array, shape (N,)
        Positive; the largest step is half of it. Usually at least |x|.

    Returns
    -------
    array, shape (L, N)
        Powers of two in the dtype of x; NaN below the shorter ladders.

    Examples
    --------
    >>> steps = rungs(np.array([1.0, 1e-8]), np.ones(2))[:, :1]
    >>> [float(h) for h in steps[:3, 0]], bool(steps[-1, 0] > 0)
    ([0.5, 0.25, 0.125], False)
    """
    info = np.finfo(x.dtype)
    depth = info.nmant - MARGIN
    below = np.array([*range(1, HALVINGS + 1), *range(HALVINGS + 2, depth + 1, 2)])[:, None]
    tail = np.array([e for e in TAIL if e > depth])[:, None]
    own, outer = exponent(x), exponent(scale)
    zero = x == 0
    top = np.minimum(own, outer)
    parts = [
        _where(zero | (outer - below >= own), outer - below),
        _where(zero, outer - tail),
        _where(~zero & (top - below >= own - depth), top - below),
    ]
    exponents = np.concatenate(parts)
    smallest = info.minexp - info.nmant + MARGIN
    exponents[exponents < smallest] = np.nan
    order = np.argsort(np.isnan(exponents), axis=0, kind="stable")
    exponents = np.take_along_axis(exponents, order, axis=0)
    used = int(np.max(np.sum(~np.isnan(exponents), axis=0), initial=0))
    exponents = exponents[:used]
    steps = np.ldexp(x.dtype.type(1), np.nan_to_num(exponents).astype(int))
    return np.where(np.isnan(exponents), np.nan, steps).astype(x.dtype)


def exponent(size: np.ndarray) -> np.ndarray:
    """Return floor(log2 |size|) as integers; a very small number for 0.

    Examples
    --------
    >>> exponent(np.array([1.0, 3.0, 0.5]))
    array([ 0,  1, -1])
    """
    return np.where(size == 0, -(2**20), np.frexp(size)[1].astype(int) - 1)


def _where(mask: Any, exponents: Any) -> np.ndarray:
    return np.where(mask, exponents.astype(float), np.nan)
