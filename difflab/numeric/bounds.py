"""Bounds: a loss that is never called outside them.

Outside it is NaN, and what differences do where a loss is no number, they do there: the stencil of
the same order on the other side answers; see `difflab.numeric.edges`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.loss import Loss
from difflab.tree import Nest, entry_name, flatten, ravel


@dataclass(frozen=True)
class Bounded:
    """A loss between bounds.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    low, high : float
        f is called only where every parameter lies between them.

    Examples
    --------
    >>> inside = Bounded(lambda w: np.sum(np.sqrt(w)), 0.0, np.inf)
    >>> float(inside(np.array([4.0, 9.0]))), float(inside(np.array([4.0, -1e-9])))
    (5.0, nan)
    """

    f: Loss
    low: float
    high: float

    def __call__(self, params: Nest, *contexts: Any) -> Any:
        """The loss, or NaN."""
        for leaf in flatten(params)[0]:
            if not isinstance(leaf, (np.ndarray, np.generic, float)):
                continue  # a traced array has no value; it stands for a point that lies inside
            at = np.real(leaf)  # a complex step leaves the real axis, not the interval
            if np.any((at < self.low) | (at > self.high)):
                return np.float64(np.nan)
        return self.f(params, *contexts)


def check_bounds(bounds: Any) -> tuple[float, float]:
    """Return both ends, infinite where they are None.

    Raises
    ------
    UsageError
        For something that is no interval.

    Examples
    --------
    >>> check_bounds((0, None))
    (0.0, inf)
    """
    try:
        low, high = bounds
        ends = -np.inf if low is None else float(low), np.inf if high is None else float(high)
    except (TypeError, ValueError):
        ends = np.nan, np.nan
    if not ends[0] < ends[1]:
        raise UsageError(
            f"bounds={bounds!r} are no interval",
            "they are two numbers, the lower one first, for all parameters alike",
            "bounds=(0.0, None), with None for an open end",
        )
    return ends


def check_inside(params: Nest, low: float, high: float) -> None:
    """Refuse parameters that lie outside.

    Raises
    ------
    UsageError
        Naming the first.

    Examples
    --------
    >>> check_inside([np.ones(2)], 0.0, 1.0)
    """
    flat = ravel(flatten(params)[0])
    outside = np.flatnonzero((flat < low) | (flat > high))
    if outside.size:
        first = int(outside[0])
        raise UsageError(
            f"{entry_name(params, first)} = {flat[first]:g} lies outside the bounds "
            f"({low:g}, {high:g})",
            "the loss is never called there",
            "move the parameter, or widen the bounds",
        )
