"""Error bars for the loop: two steps show truncation, the noise of the loss shows rounding.

If D(h) = f' + c h^p + ..., then D(2h) - D(h) = (2^p - 1) c h^p: the truncation error of D(h) times
2^p - 1. Rounding is S1 eps_f / h, where one number eps_f serves every coordinate, since it belongs
to the loss and not to the direction (Moré and Wild 2012, "Estimating derivatives of noisy
simulations", ACM Trans. Math. Softw. 38).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.numeric.choose import StepSizes, on_side
from difflab.numeric.difference import (
    steps_for,
    value_and_gradient,
    value_gradient_and_edges,
)
from difflab.numeric.edges import Edge
from difflab.numeric.line import random_line
from difflab.numeric.loss import Loss, guarded
from difflab.numeric.noise import estimate_noise
from difflab.numeric.stencils import SCHEMES, Stencil
from difflab.numeric.steps import unit_roundoff
from difflab.tree import Nest, flatten, ravel, unflatten

SAFETY = 3.0
"""The truncation bar is this many times what two steps say."""

DEVIATIONS = 4.0
"""The rounding bar is this many standard deviations."""

ASYMPTOTIC = 1e-3
"""Up to this relative change by twice the step the error is taken to fall as h^p."""


def truncation_bar(fine: Any, wide: Any, order: int) -> Any:
    """Return how far a quotient may be from the slope, from the quotient at twice the step.

    Where the two differ so much that the step may be too long for h^p to rule, nothing is gained
    from p: the bar is all of their difference.

    Examples
    --------
    >>> truncation_bar(1.0, 1.0 + 1e-6, 2), truncation_bar(1.0, 1.5, 6)
    (np.float64(9.999999999177334e-07), np.float64(0.5))
    """
    apart = np.abs(np.asarray(wide, float) - np.asarray(fine, float))
    share = np.where(apart <= ASYMPTOTIC * np.abs(fine), SAFETY / (2**order - 1), 1.0)
    return apart * np.maximum(share, SAFETY / (2**order - 1))


def value_gradient_and_error(
    f: Loss,
    params: Nest,
    *contexts: Any,
    stencil: Stencil = SCHEMES["central"],
    step: float | StepSizes | None = None,
    precision: Any = None,
) -> tuple[Any, Nest, Nest, tuple[Edge, ...]]:
    """Evaluate f, its gradient by finite differences, and an error bar for every entry.

    Parameters
    ----------
    f, params, contexts, stencil, step, precision
        As for `difflab.numeric.difference.value_and_gradient`; costs twice as much.

    Returns
    -------
    value : scalar
    gradient : nest
    error : nest
        Absolute; float64, NaN where an entry has no two quotients.
    edges : tuple of Edge
        Entries whose stencils meet a loss that is not finite, see `difflab.numeric.edges`.

    Raises
    ------
    ParameterTypeError, NonScalarLossError, UsageError
        As `difflab.numeric.difference.value_and_gradient`.

    Examples
    --------
    >>> value, gradient, error, edges = value_gradient_and_error(np.exp, 1.0)
    >>> bool(abs(gradient - np.e) <= error < 1e-9)
    True
    """
    settings: dict[str, Any] = {"stencil": stencil, "step": step, "precision": precision}
    value, gradient, edges = value_gradient_and_edges(f, params, *contexts, **settings)
    coarser = value_and_gradient(f, params, *contexts, **settings, times=2.0)[1]
    leaves, structure = flatten(params)
    # a one-sided stencil, which answers at an edge, has the larger weights
    weights = float(max(s.roundoff_constant for s in _used(stencil, edges)))
    noise = _noise(f, params, contexts, value, [np.asarray(leaf).dtype for leaf in leaves])
    steps = [
        np.asarray(steps_for(np.asarray(leaf), stencil, step, precision), float) for leaf in leaves
    ]
    quotients = list(zip(flatten(gradient)[0], flatten(coarser)[0]))
    if noise is None:
        noise = _least_visible(quotients, steps) / weights
    errors = []
    for leaf, h, (fine, wide) in zip(leaves, steps, quotients):
        x = np.asarray(leaf)
        truncation = truncation_bar(fine, wide, stencil.accuracy)
        # the point itself is rounded where the step is not a power of two
        of_the_form = unit_roundoff(x.dtype) * np.abs(np.asarray(fine, float))
        rounding = DEVIATIONS * weights * noise / h
        errors.append((truncation + rounding + of_the_form)[()])
    return value, gradient, unflatten(structure, errors), edges


def _used(stencil: Stencil, edges: tuple[Edge, ...]) -> list[Stencil]:
    return [stencil, *(on_side(stencil, edge.side) for edge in edges if edge.side)]


def _noise(
    f: Loss, params: Nest, contexts: tuple[Any, ...], value: Any, dtypes: list[Any]
) -> float | None:
    """eps_f: found along a random direction, and no less than the rounding of the value.

    None where no noise is to be found, as beside a root of the loss.
    """
    least = max(map(unit_roundoff, [*dtypes, np.asarray(value).dtype])) * abs(float(value))
    with np.errstate(all="ignore"):
        found = estimate_noise(random_line(guarded(f, contexts), params))
    return max(found.level, least) if found.found else None


def _least_visible(quotients: list[tuple[Any, Any]], steps: list[np.ndarray]) -> float:
    """What noise of the loss would explain how far quotients at two steps are apart."""
    apart = [
        np.abs(np.asarray(wide, float) - np.asarray(fine, float)) * h
        for (fine, wide), h in zip(quotients, steps)
    ]
    seen = ravel(apart)
    seen = seen[np.isfinite(seen)]
    # no median: where values are equal at both steps by chance, most quotients are
    return float(np.sqrt(np.mean(seen**2))) if seen.size else 0.0
