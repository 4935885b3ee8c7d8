"""Which rung to believe: the most precise one that agrees with the finer ones.

A rung's own error estimate can be fooled: at steps far above the period of sin(1e10 x) all
differences agree on 0. Finer rungs cannot be fooled in that way, and they know their noise. So a
rung counts only if its interval meets those of nearly all finer rungs. (The rule is Lepski's
(1991), "On a problem of adaptive estimation in Gaussian white noise": go to larger steps while the
intervals still intersect.)
"""

from __future__ import annotations

import numpy as np

from difflab.numeric.ladder.tableau import Rows

SHARE = 0.9
"""The part of all finer rungs that must agree."""

STRETCH = 3.0
"""By how many times the sum of both error bars the others may be off."""


def agreeing(rows: Rows, share: float = SHARE) -> np.ndarray:
    """Return which rungs agree with the finer ones; booleans of shape (L, N)."""
    value, error = rows.value, rows.error
    usable = np.isfinite(value) & np.isfinite(error)
    present = np.isfinite(value)
    finer = np.triu(np.ones((len(value), len(value)), bool), 1)[..., None]  # pairs of rungs
    with np.errstate(all="ignore"):
        gap = np.abs(value[:, None] - value)
        reach = error[:, None] + error
    # a rung that has not settled, as any beside a singularity, agrees with none
    misses = np.sum(finer & present & ~(usable & (gap <= reach)), axis=1)
    worst = np.any(finer & usable & (gap > STRETCH * reach), axis=1)
    allowed = (1 - share) * np.sum(finer & present, axis=1)
    return usable & (misses <= allowed) & (~worst if share > 0 else True)


def choose(rows: Rows, share: float = SHARE) -> np.ndarray:
    """Return the rung with the smallest error among those that agree; shape (N,), -1 if none."""
    error = np.where(agreeing(rows, share), rows.error, np.inf)
    best = np.argmin(error, axis=0) if len(error) else np.zeros(rows.value.shape[1], int)
    none = np.all(np.isinf(error), axis=0)
    return np.where(none, -1, best)
