"""Two slopes at two scales: which one is meant, and which is an artefact of rounding?

sin(x) + 1e-9 sin(1e9 x) has one slope over steps of 1e-3 and another over steps of 1e-12, and the
second is its derivative. (exp(x) - 1)/x at 1e-8 shows two slopes as well, but there the second is
that of 0/x or of 2.2e-16/x: a tooth of a saw that rounding has cut. Teeth have edges, and a second
look at a row of equally spaced points finds them.
"""

from __future__ import annotations

import numpy as np

from difflab.numeric.ladder.families import Estimate, Ladder
from difflab.numeric.ladder.tableau import previous

FAR = 4.0
"""Error bars between two slopes that make them two."""

SHARP = 0.1
"""Error of the other slope, relative to the distance between both."""

FLAT = 4
"""Rungs without any change that make an island."""

SUDDEN = 1e3
"""Change at the edge of an island, in units of rounding."""

CLOSE = 0.25
"""Part of that distance which differences of the finer scale may be off."""

ZOOMS = (1 / 4, 1, 8, 64, 512, 4096)
"""Windows of the second look, because x may lie close to an edge: spacings in half widths."""

POINTS = 129
"""Points in each window."""

EDGES = 3
"""Edges that make a staircase; one may be a jump of f."""

TALL = 0.02
"""Height of an edge relative to the range of all rises."""

ALONG = 0.02
"""By what part of an edge the typical rise may differ from that along a tooth."""

ROUGH = 3
"""Tall rises per edge; an edge may touch three."""

LEVEL = 8.0
"""By how many times edges stand out from the rises beside them and from most others."""


def finer_scale(found: Estimate) -> np.ndarray:
    """Return the width of the finer one of two scales, NaN where there is one scale; shape (N,).

    Two scales are two successive coarser rungs that agree with each other, and firmly not with the
    chosen one.
    """
    value, error = found.rows.value, found.rows.error
    rungs = np.arange(len(value))[:, None]
    with np.errstate(all="ignore"):
        apart = np.abs(value - found.value)
        close = np.abs(value - previous(value)) <= error + previous(error)
        other = (apart > FAR * (error + found.error)) & (error < SHARP * apart)
        other &= rungs < found.rung
        pair = close & other & (previous(other.astype(float)) == 1)
        best = np.argmin(np.where(pair, error, np.inf), axis=0)
        distance = np.take_along_axis(apart, best[None], axis=0)[0]
        off = ~(np.abs(found.raw.g - found.value) <= CLOSE * distance) & (rungs < found.rung)
        first = len(value) - np.argmax(off[::-1], axis=0)
        first = np.where(np.any(off, axis=0), first, 0)
    width = np.take_along_axis(found.steps, np.minimum(first, len(value) - 1)[None], axis=0)[0]
    return np.where(np.any(pair, axis=0), width, np.nan)


def flat_island(ladder: Ladder) -> np.ndarray:
    """Return the width over which f is exactly constant around x; NaN unless that is suspicious.

    It is where f changes all at once, by far more than its rounding, at the next rung.
    """
    with np.errstate(all="ignore"):
        change = np.fmax(np.abs(ladder.right - ladder.center), np.abs(ladder.left - ladder.center))
        rungs = np.arange(len(change))[:, None]
        last = np.max(np.where(change > 0, rungs, -1), axis=0)
        flat = np.sum((rungs > last) & (change == 0), axis=0) >= FLAT
        at = np.maximum(last, 0)[None]
        sudden = np.take_along_axis(change / ladder.rounding, at, axis=0)[0] > SUDDEN
    width = np.take_along_axis(ladder.ahead, np.minimum(at + 1, len(change) - 1), axis=0)[0]
    return np.where(flat & sudden & (last >= 0), width, np.nan)


def second_look(x: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return the points of the second look; shape (len(ZOOMS), POINTS, N), NaN where none is due.

    Every window holds equally spaced points around x.
    """
    offsets = np.arange(POINTS) - POINTS // 2
    spacing = np.multiply.outer(ZOOMS, width / 2).astype(x.dtype)
    return x + offsets[:, None].astype(x.dtype) * spacing[:, None]


def tooth_slope(ladder: Ladder, width: np.ndarray) -> np.ndarray:
    """Return the slope of f over the finer scale; shape (N,)."""
    step = np.fmax(ladder.ahead, ladder.behind)
    with np.errstate(all="ignore"):
        off = np.abs(step - width)
        at = np.argmin(np.where(np.isnan(off), np.inf, off), axis=0)[None]
        h, right, left = (
            np.take_along_axis(a, at, axis=0)[0] for a in (step, ladder.right, ladder.left)
        )
        sides = (right - ladder.center) / h, (ladder.center - left) / h
        both = sides[0] / 2 + sides[1] / 2
        return np.where(np.isnan(both), np.fmax(*sides), both)


def edge_height(values: np.ndarray, rounding: np.ndarray, rise: np.ndarray) -> np.ndarray:
    """Return the height of the edges of a staircase or saw; 0 where f is none.

    Parameters
    ----------
    values : array, shape (K, N)
        At equally spaced points.
    rounding : array, shape (N,)
        Of one value.
    rise : array, shape (N,)
        From one point to the next along a tooth.

    Examples
    --------
    >>> t = np.linspace(0, 10, 129)[:, None]
    >>> none = np.zeros(1)
    >>> edge_height(np.floor(t), none, none), edge_height(np.sin(t), none, none)
    (array([1.]), array([0.]))
    """
    with np.errstate(all="ignore"):
        rises = np.diff(values, axis=0)
        typical = np.sort(rises, axis=0)[len(rises) // 2]
        uneven = np.sort(np.abs(rises - typical), axis=0)[len(rises) // 2]
        before, here, after = rises[:-2], rises[1:-1], rises[2:]
        height = np.fmin(np.abs(here - before), np.abs(here - after))
        tallest = np.fmax.reduce(height, axis=0)
        edge = height > LEVEL * np.fmax(np.abs(after - before), rounding)
        edge &= height > TALL * (np.fmax.reduce(rises, axis=0) - np.fmin.reduce(rises, axis=0))
        # a wave sampled too coarsely may have edges, but nothing of its slope between them
        along = (np.abs(typical - rise) < ALONG * tallest) & np.all(np.isfinite(values), axis=0)
        # and most of its rises are tall; poles between samples have edges of all sizes
        count = np.sum(edge & (height * LEVEL > tallest), axis=0)
        rough = np.sum(np.abs(rises - typical) * LEVEL > tallest, axis=0)
        many = (count >= EDGES) & (uneven * LEVEL < tallest) & along & (rough <= ROUGH * count)
    return np.where(many, tallest, 0.0)
