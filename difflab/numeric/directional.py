"""The derivative along a direction by a central difference: two losses, all parameters at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.numeric.loss import Loss, guarded, read_only, real_number
from difflab.numeric.resolution import power_of_two_below, spacing
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import default_exponent, default_step, unit_roundoff
from difflab.tree import Nest, flatten, ravel, unflatten, unravel_like

RESOLVED = 2.0**10
"""Spacings of the floats around the largest parameter by which each is moved, at least."""

Slope = Callable[[np.ndarray], float]
"""Takes a direction v, shape (P,), to g . v."""


def value_and_slope(
    f: Loss, params: Nest, *contexts: Any, precision: Any = None, step: float | None = None
) -> tuple[Any, Slope]:
    """Evaluate a loss, and return the function that differences it along directions.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    params : nest of float arrays
        Not copied, and not written to: f is called on read-only views.
    contexts
        Passed on, arrays as read-only views.
    precision : dtype or None
        Float type that f returns, where that is coarser than its parameters.
    step : float or None
        Distance along a direction; `displacement` when None.

    Returns
    -------
    value : scalar
        As f returned it.
    slope : callable
        ``slope(v)`` costs two losses; NaN where f(params) is not finite, or f on either side.

    Raises
    ------
    NonScalarLossError
    UsageError
        When f changes its arguments in place.

    Examples
    --------
    >>> value, slope = value_and_slope(lambda p: p[0] * p[1], [2.0, 3.0])
    >>> round(slope(np.array([1.0, 1.0])), 9)
    5.0
    """
    leaves, structure = flatten(params)
    loss = guarded(f, contexts)
    dtypes = [np.asarray(leaf).dtype for leaf in leaves]
    x = ravel(leaves).astype(np.result_type(np.float64, *dtypes))
    coarsest = max([*dtypes, np.dtype(precision or np.float64)], key=unit_roundoff)
    distance = displacement(x, coarsest, step)

    def parts(point: np.ndarray) -> list[np.ndarray]:
        return [part.astype(dtype) for part, dtype in zip(unravel_like(point, leaves), dtypes)]

    def at(point: np.ndarray) -> Any:
        moved = [
            part if isinstance(leaf, np.ndarray) else part[()]
            for part, leaf in zip(parts(point), leaves)
        ]
        return real_number(loss(read_only(unflatten(structure, moved))))

    def rounded(point: np.ndarray) -> np.ndarray:
        return ravel(parts(point)).astype(x.dtype)

    value = loss(read_only(params))
    finite = bool(np.isfinite(real_number(value)))

    def slope(v: np.ndarray) -> float:
        return directional_difference(at, x, v, distance, rounded) if finite else float("nan")

    return value, slope


def displacement(x: np.ndarray, dtype: Any, step: float | None) -> float:
    """Return how far to go along a direction, |h v|.

    One central step that suits the float type, 2^-16 in float64 and 2^-6 in float32, times the
    smallest |x| where that exceeds 1: the distance is that of all parameters together, and one
    that suited the largest would carry the others out of the range where the loss is smooth. Where
    floats are sparse it is longer, so that each parameter moves by `RESOLVED` spacings of the
    largest.

    Parameters
    ----------
    x : ndarray, shape (P,)
    dtype : dtype
        The coarser of the parameters' and the loss's.
    step : float or None
        The distance itself, where it was given.

    Examples
    --------
    >>> displacement(np.array([20.0, -5.0]), np.float64, None) == 4 * 2.0**-16
    True
    >>> displacement(np.array([1e6, 0.3]), np.float64, None) == 2.0**-16
    True
    """
    if step is not None:
        return step
    sizes = np.abs(x[np.isfinite(x)])
    exponent = default_exponent(SCHEMES["central"], dtype)
    suits = float(default_step(np.min(sizes, initial=np.inf) if sizes.size else 0.0, exponent))
    largest = np.minimum(np.max(sizes, initial=0.0), np.finfo(dtype).max)
    gap = float(spacing(largest.astype(dtype)))
    return max(suits, float(power_of_two_below(RESOLVED * gap * np.sqrt(max(1, sizes.size)))))


def directional_difference(
    f: Callable[[np.ndarray], Any],
    x: np.ndarray,
    v: np.ndarray,
    distance: float,
    rounded: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> float:
    """Return the central difference of f along v, two evaluations.

    Parameters
    ----------
    f : callable
        Of a flat vector.
    x, v : ndarray, shape (P,)
    distance : float
        |h v|.
    rounded : callable
        Rounds a point to the float types of the parameters. What it does to x + h v and x - h v is
        divided out along v.

    Returns
    -------
    float
        NaN where f is not finite on either side, or the distance vanishes beside x.

    Examples
    --------
    >>> round(directional_difference(lambda x: x @ x, np.ones(3), np.array([1.0, 0, 0]), 0.01), 12)
    2.0
    """
    h = distance / np.sqrt(v @ v)
    above, below = rounded(x + h * v), rounded(x - h * v)
    with np.errstate(all="ignore"):  # the caller did not choose these points
        taken = (above - below) @ v / (v @ v)
        slope = (f(above) - f(below)) / (taken if taken > 0 else np.nan)
    return float(slope) if np.isfinite(slope) else float("nan")
