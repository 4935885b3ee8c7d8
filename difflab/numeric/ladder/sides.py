"""What one side of x shows: whether f is there at all, jumps at x, or has no slope."""

from __future__ import annotations

import numpy as np

from difflab.numeric.ladder.families import Estimate, Ladder, compact
from difflab.numeric.ladder.tableau import previous

FINEST = 6
"""How many of the finest values of one side tell its limit."""

ENOUGH = 3
"""How many there must be: one value alone has no spread."""

SLOWEST = 0.08
"""Power of the step with which differences must settle at least."""

SETTLED = 0.1
"""Error relative to the last changes below which differences have settled after all."""

FAINT = 1e-8
"""Changes relative to the slope below which they tell nothing."""

GROWING = 0.02
"""Power below which they do not settle at all, but grow without end, as a logarithm does."""


def _last(a: np.ndarray, count: int) -> np.ndarray:
    """Return the finest ``count`` values of every column, NaN where there are fewer."""
    (front,) = compact(np.isfinite(a)[::-1], a[::-1])
    return front[:count]


def present(values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Whether f is finite at the finest steps of one side."""
    asked = np.isfinite(steps)
    finite = np.where(asked, np.isfinite(values), np.nan)
    fine = _last(finite, 4)
    with np.errstate(all="ignore"):
        return np.any(fine == 1, axis=0) & np.any(np.isfinite(fine), axis=0)


def jumps(values: np.ndarray, ladder: Ladder) -> np.ndarray:
    """Whether the limit from one side is another value than f(x)."""
    fine = _last(values, FINEST)
    known = np.sum(np.isfinite(fine), axis=0) >= ENOUGH
    limit = _median(fine)
    with np.errstate(all="ignore"):
        spread = np.fmax.reduce(np.abs(fine - limit), axis=0)
        rounding = np.fmax.reduce(_last(ladder.rounding, FINEST), axis=0)
        return known & (np.abs(limit - ladder.center) > 8 * spread + 64 * rounding)


def _median(a: np.ndarray) -> np.ndarray:
    """Median along the first axis; NaNs stand at the end."""
    count = np.sum(np.isfinite(a), axis=0)
    return np.take_along_axis(np.sort(a, axis=0), (np.maximum(count, 1) // 2)[None], axis=0)[0]


def _changes(side: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """Return the finest changes of the differences above noise, and with which power they fall."""
    g, t, noise = side.rows.plain, side.raw.t, side.rows.plain_noise
    with np.errstate(all="ignore"):
        change = g - previous(g)
        power = np.log(np.abs(change / previous(change))) / np.log(t / previous(t))
        seen = (np.abs(change) > 4 * (noise + previous(noise))) & np.isfinite(power)
    change, power = compact(seen[::-1], change[::-1], power[::-1])
    return change[:4], power[:4]


def wild(side: Estimate) -> np.ndarray:
    """Whether one-sided differences do not settle at the finest steps that rise above noise.

    Those of (x - 1)^6 at 1.01 do not at first, beside the minimum, and yet extrapolate well; and
    changes in the last digits, as in those of a determinant, are rounding that went unseen.
    """
    change, power = _changes(side)
    finest, largest = np.abs(change[0]), np.fmax.reduce(np.abs(change), axis=0)
    with np.errstate(all="ignore"):
        settled = (side.error < SETTLED * largest) & (finest < 0.9 * largest)
        settled |= largest < FAINT * np.abs(side.value)
    return (np.sum(power < SLOWEST, axis=0) >= 3) & ~settled


def infinite_slope(
    right: Estimate, left: Estimate, has_right: np.ndarray, has_left: np.ndarray
) -> np.ndarray:
    """Return the infinity that both sides run to; NaN where they run to none, or apart."""
    signs = []
    for side, has in ((right, has_right), (left, has_left)):
        change, power = _changes(side)
        known = np.isfinite(change)
        up, down = np.all((change > 0) | ~known, axis=0), np.all((change < 0) | ~known, axis=0)
        runs = (np.sum(known, axis=0) >= 3) & np.all((power < GROWING) | ~known, axis=0)
        sign = np.where(runs, up.astype(float) - down, 0.0)
        signs.append(np.where(has, sign, np.nan))
    total = np.fmax(*signs)
    same = (signs[0] == signs[1]) | np.isnan(signs[0]) | np.isnan(signs[1])
    return np.where(same & (np.abs(total) == 1), np.copysign(np.inf, total), np.nan)
