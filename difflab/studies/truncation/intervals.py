"""Where the study may step: an interval on which one power series describes the function.

Theory speaks of f as a power series about x. Points and steps stay where that series holds: short
of poles, edges of the domain, kinks, and of whatever else f does further away.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.studies.truncation.subject import POINTS

MOST_POINTS = 10_000

SPREAD = 0.5
"""The points lie uniformly within this distance of the middle one, which comes first."""

SEED = 0

LIKENESS = 1e-3
"""How far a series may miss f, as a share of how much f changes."""

ROUNDING = 64.0
"""What rounding may add to that, in spacings of f."""

HALVINGS = 40
"""How often the interval is halved in search of one that is smooth."""

WIDER = 2.0
"""The series has to hold to the end of the longest step, which is twice the reach of the points."""

WIDEST = 9.0
"""No kink may lie within this many reaches: a point is one away, and a stencil of the eighth order
takes four of the longest steps from there."""

LOOKS = 33
"""Places in an interval at which f is looked at."""


def within_series(f: Callable[[Any], Any], series: tuple[Any, ...], x: float, reach: float) -> bool:
    """Whether the power series of f about x still describes f at a distance.

    Theory speaks of power series. Beyond a pole, a kink or a wild oscillation there is another
    one, or none.

    Parameters
    ----------
    f : callable
        Elementwise on arrays of float64.
    series : tuple
        f and its derivatives at x.
    x, reach : float

    Examples
    --------
    >>> series = (1.0, *((-1) ** n * factorial(n) for n in range(1, 12)))  # of 1/x at 1
    >>> [within_series(lambda t: 1 / t, series, 1.0, reach) for reach in (0.25, 0.99, 2.0)]
    [True, False, False]
    """
    offsets = reach * np.array([-1.0, -0.5, 0.5, 1.0])
    with np.errstate(all="ignore"):
        found = np.asarray(f(x + offsets), float)
        terms = [float(d) / factorial(n) * offsets**n for n, d in enumerate(series)]
        rest = abs(found - np.sum(terms, axis=0))
        change = np.max(abs(found - float(series[0])))
        allowed = LIKENESS * change + ROUNDING * np.finfo(float).eps * np.max(abs(found))
    return bool(np.all(np.isfinite(found)) and np.all(rest <= allowed))


def reach_of(
    f: Callable[[Any], Any],
    series: tuple[Any, ...],
    x: float,
    same: Callable[[np.ndarray], bool] | None = None,
) -> float:
    """Return how far from x the points of the study may lie, so that its steps see one series.

    Parameters
    ----------
    f : callable
        Elementwise on arrays of float64.
    series : tuple
        f and its derivatives at x; empty to leave the series out of it.
    x : float
    same : callable or None
        Whether f has no kink among increasing points, as far as anybody knows; None for a smooth f.

    Returns
    -------
    float
        Half of a power of two: `SPREAD` max(1, \\|x\\| rounded down to a power of two), or less.

    Raises
    ------
    UsageError
        When f is finite or smooth at x and nowhere around it.

    Examples
    --------
    >>> series = (1.0, *((-1) ** n * factorial(n) for n in range(1, 12)))  # of 1/x at 1
    >>> reach_of(lambda t: 1 / t, series, 1.0)
    0.25
    """
    reach = SPREAD * 2.0 ** max(0.0, np.floor(np.log2(abs(x) or 1.0)))
    for _ in range(HALVINGS):
        looks = reach * np.linspace(-1, 1, LOOKS)
        with np.errstate(all="ignore"):
            finite = bool(np.all(np.isfinite(f(x + WIDER * looks))))
        smooth = finite and (same is None or same(x + WIDEST * looks))
        if smooth and (not series or within_series(f, series, x, WIDER * reach)):
            return float(reach)
        reach /= 2
    raise UsageError(
        f"the function is smooth at {x:g} and nowhere around it",
        "a derivative compares neighbouring values, and steps need room",
        "a point further inside the domain, or further from a kink",
    )


def points_around(at: float, count: int, spread: float = SPREAD) -> np.ndarray:
    """Return seeded points around one, which comes first; shape (count,).

    Raises
    ------
    UsageError
        For fewer points than two, or more than `MOST_POINTS`.

    Examples
    --------
    >>> points = points_around(3.0, 200)
    >>> float(points[0]), bool(np.all(abs(points - 3) <= 0.5))
    (3.0, True)
    """
    if count > MOST_POINTS:
        raise UsageError(
            f"{count:,} points are more than the study takes",
            "the truth at every point comes from arithmetic of many digits, which is slow",
            f"--points {POINTS}; a root mean square over {MOST_POINTS:,} is no smoother",
        )
    if count < 2:
        raise UsageError(
            f"{count} {'point gives' if count == 1 else 'points give'} no curve",
            "the error is a root mean square over points, since a single one can be lucky",
            f"--points {POINTS}",
        )
    around = np.random.default_rng(SEED).uniform(-spread, spread, count)
    around[0] = 0.0
    return at + around
