"""The loss along a line: one number in, one number out, through all parameters at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.numeric.loss import read_only
from difflab.tree import Nest, flatten, unflatten

SEED = 19980301

Line = Callable[[Any], Any]
"""The loss at distance t from the parameters; t is real or complex."""


def random_line(loss: Callable[[Nest], Any], params: Nest) -> Line:
    """Return ``t -> loss(params + t d)`` for a seeded random direction d of length max(1, |x|).

    Parameters
    ----------
    loss : callable
        ``loss(params)``.
    params : nest of float arrays
        Taken in float64.

    Examples
    --------
    >>> line = random_line(lambda w: w * w, 1.0)
    >>> line(0.0), abs(line(0.5) - 1.0) > 0.5
    (np.float64(1.0), np.True_)
    """
    leaves, structure = flatten(params)
    start = [np.asarray(leaf, float) for leaf in leaves]
    rng = np.random.default_rng(SEED)
    # no entry near 0, which would hide its coordinate, and no two alike, which might cancel
    drawn = [rng.uniform(0.5, 1.5, x.shape) * rng.choice([-1.0, 1.0], x.shape) for x in start]
    length = np.sqrt(sum(np.sum(d * d) for d in drawn)) or 1.0
    direction = [np.maximum(1.0, np.abs(x)) * d / length for x, d in zip(start, drawn)]

    def line(t: Any) -> Any:
        moved = [(x + t * d)[()] for x, d in zip(start, direction)]
        return loss(read_only(unflatten(structure, moved)))

    return line
