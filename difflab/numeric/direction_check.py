"""Is a gradient right? Its slope along one random direction beside a central difference.

Two losses, whatever the number of parameters: an entry that is wrong by a share e of the gradient's
length shows as about e, while the difference itself is right to 1e-10. Where the two disagree, the
difference may be at fault, at a kink or where the loss varies fast; then a step ladder decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.numeric.directional import displacement, value_and_slope
from difflab.numeric.ladder import derivative
from difflab.numeric.loss import Loss, guarded, read_only, real_number
from difflab.numeric.steps import unit_roundoff
from difflab.tree import Nest, flatten, ravel, unflatten, unravel_like

SEED = 20110817

TOLERANCE = 256.0
"""Disagreement allowed, in units of u^(2/3) |g|, the error of a central difference, or of the
rounding of g."""


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

    @property
    def compared(self) -> bool:
        """Whether there were two finite numbers to compare."""
        return bool(np.isfinite([self.slope, self.difference, self.error]).all())


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
        Float type that f returns for parameters in float64; None asks f.
    seed : int
        Of the direction.

    Returns
    -------
    Agreement
        It agrees also where nothing finite can be compared, see ``compared``. At an edge of the
        loss, or of its bounds, the slope is that from the side where it is finite.

    Examples
    --------
    >>> f, x = lambda w: np.sum(w**3), np.array([1.0, 2.0])
    >>> agreement(f, x, gradient=3 * x**2).agrees, agreement(f, x, gradient=3.01 * x**2).agrees
    (True, False)
    """
    leaves, structure = flatten(params)
    g = ravel(flatten(gradient)[0])
    if not g.size:
        return Agreement(True, 0.0, 0.0, 0.0)
    v = np.random.default_rng(seed).uniform(0.5, 1.5, g.shape)
    v *= np.random.default_rng(seed + 1).choice([-1.0, 1.0], g.shape)
    # the same point in float64: a step that float32 can see crosses kinks that the slope does not
    params = unflatten(structure, [_wide(leaf) for leaf in leaves])
    if precision is None:  # a loss may be coarser than its parameters
        found = np.asarray(guarded(f, contexts)(read_only(params))).dtype
        precision = found if found.kind == "f" else None
    value, slope = value_and_slope(f, params, *contexts, precision=precision)
    unit = max(unit_roundoff(each.dtype) for each in (np.asarray(value), _wide(0.0)))
    own = max(unit_roundoff(np.asarray(leaf).dtype) for leaf in leaves)
    size = max(float(np.linalg.norm(g)), abs(float(value)) * unit)
    allowed = TOLERANCE * max(unit ** (2 / 3), own) * size
    mine, theirs = float(g @ v), slope(v)
    if abs(mine - theirs) <= allowed or not np.isfinite([mine, float(value)]).all():
        return Agreement(True, mine, theirs, allowed)
    return _decided(f, params, contexts, v, mine, allowed)


def _wide(leaf: Any) -> Any:
    """A leaf in float64 or wider."""
    return np.asarray(leaf, np.result_type(np.asarray(leaf).dtype, np.float64))[()]


def _decided(
    f: Loss, params: Nest, contexts: tuple[Any, ...], v: np.ndarray, mine: float, allowed: float
) -> Agreement:
    """Let a ladder along the line say what the slope is, and how sure it is."""
    leaves, structure = flatten(params)
    start = ravel(leaves)

    def line(t: float) -> Any:
        parts = [part[()] for part in unravel_like(start + t * v, leaves)]
        return f(unflatten(structure, parts), *contexts)

    length = float(np.linalg.norm(v))
    bounds = _finite_sides(line, displacement(start, np.float64, None) / length)
    if bounds == (0.0, 0.0):
        return Agreement(True, mine, float("nan"), allowed)
    found = derivative(line, 0.0, scale=1 / length, bounds=bounds)
    low, high = found.value - found.error, found.value + found.error
    if found.left is not None and np.isfinite([found.left, found.right]).all():
        low, high = min(low, found.left, found.right), max(high, found.left, found.right)
    known = bool(np.isfinite([low, high]).all())
    agrees = not known or low - allowed <= mine <= high + allowed
    return Agreement(bool(agrees), mine, float(found.value), float(found.error + allowed))


def _finite_sides(line: Callable[[float], Any], reach: float) -> tuple[float | None, float | None]:
    """Bounds for t within which f is finite: beside 0 points outside may round to one inside."""
    with np.errstate(all="ignore"):  # the caller did not choose these points
        below, above = (bool(np.isfinite(real_number(line(t)))) for t in (-reach, reach))
    return None if below else 0.0, None if above else 0.0
