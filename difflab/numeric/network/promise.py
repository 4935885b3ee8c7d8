"""Does an objective keep its promise: is its value the mean of the loss whose changes it tells?

The evaluators of networks never look at the value of an objective, only at its layers and its loss
in delta form. A loss that adds a penalty it does not tell of, counts its samples in another way,
or has a wrong delta form would get the gradient of another function. One move of all parameters
shows it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.numeric.loss import real_number
from difflab.numeric.network.forward import Forward, forward
from difflab.objective import NetworkObjective
from difflab.tree import Nest, flatten, unflatten

SEED = 20170302

SAMPLES = 256
"""Samples of the batch that are looked at."""

DISTANCE = 2.0**-6
"""How far every parameter moves, times max(1, |x|): any distance will do."""

TOLERANCE = 64.0
"""Disagreement allowed, in units of sqrt(eps) times the change."""

ROUNDING = 1024.0
"""Rounding error of a difference of two losses that is allowed for, in units of eps times them."""


def broken_promise(objective: NetworkObjective, params: Nest, x: Any, y: Any) -> str:
    """Return how an objective contradicts itself, or "" where it does not; costs two evaluations.

    Parameters
    ----------
    objective : NetworkObjective
    params : list of (W, b)
    x, y : ndarray, shape (samples, features) and (samples, outputs)

    Examples
    --------
    >>> from difflab.nn import MLP, Loss, Objective
    >>> loss = Loss("sums", lambda m, y: np.sum((m - y) ** 2, axis=-1), "one number per sample")
    >>> at = [(np.eye(2), np.zeros(2))], np.ones((3, 2)), np.zeros((3, 2))
    >>> broken_promise(Objective(MLP((2, 2)), loss), *at)
    'a change of its outputs has the shape (3,), and losses_per_sample = 2 makes it (2, 3)'
    """
    x, y = x[:SAMPLES], y[:SAMPLES]
    rng = np.random.default_rng(SEED)
    leaves, structure = flatten(params)
    with np.errstate(all="ignore"):  # the caller did not choose this point
        moves = [
            DISTANCE * rng.choice([-1.0, 1.0], leaf.shape) * np.maximum(1, np.abs(leaf))
            for leaf in leaves
        ]
        there = unflatten(
            structure, [leaf + move.astype(leaf.dtype) for leaf, move in zip(leaves, moves)]
        )
        start, end = forward(objective, params, x, y), forward(objective, there, x, y)
        changes = _changes(start, end)
        wanted = (objective.losses_per_sample, start.samples)
        if np.shape(changes) not in ({wanted, wanted[1:]} if wanted[0] == 1 else {wanted}):
            return (
                f"a change of its outputs has the shape {np.shape(changes)}, and "
                f"losses_per_sample = {wanted[0]} makes it {wanted}"
            )
        told = float(np.sum(changes)) / start.count + _penalty_change(start, end)
        values = [float(real_number(objective(nest, x, y))) for nest in (params, there)]
        seen = values[1] - values[0]
        eps = float(np.finfo(np.result_type(*leaves, start.outputs)).eps)
        allowed = TOLERANCE * eps**0.5 * max(abs(told), abs(seen))
        allowed += ROUNDING * eps * max(map(abs, values))
    if not np.isfinite([told, seen]).all() or abs(told - seen) <= allowed:
        return ""
    return (
        f"moving all parameters changes it by {seen:.6g}, and the changes it tells, over "
        f"losses_per_sample and the samples, come to {told:.6g}"
    )


def _penalty_change(start: Forward, end: Forward) -> float:
    if start.penalty is None:
        return 0.0
    total = 0.0
    for below, above in zip(start.layers, end.layers):
        weights = below.weights.astype(float)
        total += float(np.sum(start.penalty(weights, above.weights - weights)))
    return total


def _changes(start: Forward, end: Forward) -> Any:
    wide = start.targets.dtype
    before, after = start.outputs.astype(wide), end.outputs.astype(wide)
    return start.change(before, start.targets, after - before, axis=0)
