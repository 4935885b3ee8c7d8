"""Is a gradient right? Its slope along one random direction beside a central difference.

Two losses, whatever the number of parameters: an entry that is wrong by a share e of the gradient's
length shows as about e, while the difference itself is right to 1e-10. Where the two disagree, the
difference may be at fault, at a kink or where the loss varies fast; then a step ladder decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.numeric.directional import value_and_slope
from difflab.numeric.ladder import derivative
from difflab.numeric.loss import Loss
from difflab.numeric.steps import unit_roundoff
from difflab.tree import Nest, flatten, ravel

SEED = 20110817

TOLERANCE = 256.0
"""Disagreement allowed, in units of u^(2/3) |g|: u^(2/3) is the error of a central difference."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A gradient's slope beside a difference of losses along the same direction.

    Attributes
    ----------
    agrees : bool
    slope : float
        g . v.
    difference : float
        Of losses, over the distance.
    error : float
        What the two may differ by.
    """

    agrees: bool
    slope: float
    difference: float
    error: float


def agreement(
    f: Loss, params: Nest, *contexts: Any, gradient: Nest, precision: Any = None, seed: int = SEED
) -> Agreement:
    """Compare a gradient with the loss along one random direction.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    params : nest of float arrays
    contexts
        Passed on.
    gradient : nest
        Of the form of ``params``.
    precision : dtype or None
        Float type that f returns, where that is coarser than its parameters.
    seed : int
        Of the direction.

    Returns
    -------
    Agreement
        Also where neither is a finite number: what cannot be compared does not disagree.

    Examples
    --------
    >>> f, x = lambda w: np.sum(w**3), np.array([1.0, 2.0])
    >>> agreement(f, x, gradient=3 * x**2).agrees, agreement(f, x, gradient=3.01 * x**2).agrees
    (True, False)
    """
    leaves = flatten(params)[0]
    g = ravel(flatten(gradient)[0])
    if not g.size:
        return Agreement(True, 0.0, 0.0, 0.0)
    v = np.random.default_rng(seed).uniform(0.5, 1.5, g.shape)
    v *= np.random.default_rng(seed + 1).choice([-1.0, 1.0], g.shape)
    value, slope = value_and_slope(f, params, *contexts, precision=precision)
    dtypes = [np.asarray(leaf).dtype for leaf in (*leaves, value)]
    unit = max(map(unit_roundoff, dtypes))
    allowed = TOLERANCE * unit ** (2 / 3) * max(float(np.linalg.norm(g)), abs(float(value)) * unit)
    mine, theirs = float(g @ v), slope(v)
    if abs(mine - theirs) <= allowed or not np.isfinite([mine, theirs]).all():
        return Agreement(True, mine, theirs, allowed)
    return _decided(f, params, contexts, v, mine, allowed)


def _decided(
    f: Loss, params: Nest, contexts: tuple[Any, ...], v: np.ndarray, mine: float, allowed: float
) -> Agreement:
    """Let a ladder along the line say what the slope is, and how sure it is."""
    from difflab.tree import unflatten, unravel_like

    leaves, structure = flatten(params)
    start = ravel(leaves)

    def line(t: float) -> Any:
        parts = unravel_like(start + t * v, leaves)
        kinds = [np.asarray(leaf).dtype for leaf in leaves]
        return f(unflatten(structure, [p.astype(k)[()] for p, k in zip(parts, kinds)]), *contexts)

    found = derivative(line, 0.0, scale=1 / float(np.linalg.norm(v)))
    low, high = found.value - found.error, found.value + found.error
    if found.left is not None and np.isfinite([found.left, found.right]).all():
        low, high = min(low, found.left, found.right), max(high, found.left, found.right)
    known = bool(np.isfinite([low, high]).all())
    agrees = not known or low - allowed <= mine <= high + allowed
    return Agreement(bool(agrees), mine, float(found.value), float(found.error + allowed))
