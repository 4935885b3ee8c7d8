"""Is the step too large here? The difference quotient at h beside the one at h/2.

All coordinates move at once, each by its own step and a random sign, so that a loss of any number
of parameters costs a few evaluations. The sum of many small moves is a long one, and a kink or a
pole in one coordinate is diluted by the others: a disagreement is therefore followed, by halving
the set of coordinates that move, down to one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.numeric.choose import StepSizes
from difflab.numeric.difference import steps_for
from difflab.numeric.loss import read_only, real_number
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import Stencil
from difflab.numeric.steps import unit_roundoff
from difflab.tree import Nest, entry_name, flatten, ravel, unflatten, unravel_like

SEED = 20110503

TOLERANCE = 1e-2
"""Relative change of the quotient: where a step fits, it is below 1e-4 even for one-sided ones."""

NOISE = 64
"""Rounding error of a difference that is allowed for, in units of u |f|."""


def first_overstepped(
    loss: Callable[[Nest], Any],
    params: Nest,
    stencil: Stencil,
    step: float | StepSizes | None = None,
    precision: Any = None,
) -> str | None:
    """Return the name of a coordinate whose step is too large, or None.

    Parameters
    ----------
    loss : callable
        ``loss(params)``, one real number.
    params, stencil, step, precision
        As for `difflab.numeric.difference.value_and_gradient`.

    Examples
    --------
    >>> from difflab.numeric.stencils import SCHEMES
    >>> f = lambda w: np.sum(1 / w)
    >>> first_overstepped(f, np.array([1.0, 1e-5, 2.0]), SCHEMES["central"])
    'params[1] = 1e-05'
    >>> first_overstepped(f, np.array([1.0, 1e-1, 2.0]), SCHEMES["central"])
    """
    leaves, structure = flatten(params)
    dtypes = [np.asarray(leaf).dtype for leaf in leaves]
    x = ravel(leaves)
    steps = ravel([steps_for(np.asarray(leaf), stencil, step, precision) for leaf in leaves])
    if stencil.side == "central":  # one-sided stencils see nothing of the other side
        steps = steps * np.random.default_rng(SEED).choice([-1.0, 1.0], x.shape)
    unit = max(map(unit_roundoff, [*dtypes, np.float64 if precision is None else precision]))

    def excess(moving: np.ndarray) -> float:
        """By how much the quotients differ beyond rounding, relative to the larger one."""
        losses = []

        def line(t: float) -> Any:
            moved = x.copy()
            moved[moving] += t * steps[moving]
            parts = zip(unravel_like(moved, leaves), dtypes)
            nest = unflatten(structure, [part.astype(dtype)[()] for part, dtype in parts])
            with np.errstate(all="ignore"):  # the caller did not choose these points
                losses.append(real_number(loss(read_only(nest))))
            return losses[-1]

        whole, half = (difference(line, 0.0, t, stencil) for t in (1.0, 0.5))
        largest = max(abs(whole), abs(half))
        of_the_loss = NOISE * unit * np.max(np.abs(losses))
        of_the_point = 4 * unit * largest * np.max(np.abs(x[moving] / steps[moving]))
        with np.errstate(invalid="ignore"):  # beside an edge both quotients may be infinite
            return float((abs(whole - half) - of_the_loss - of_the_point) / (largest or 1.0))

    moving = np.arange(x.size)
    while moving.size and excess(moving) > TOLERANCE:
        if moving.size == 1:
            return f"{entry_name(params, int(moving[0]))} = {x[moving[0]]:.6g}"
        moving = max(np.array_split(moving, 2), key=excess)
    return None
