"""Losses and outputs on many samples, a part at a time: what fits the cache is quicker.

A hidden layer of 128 units on 100,000 samples is an array of 100 MB; in parts of some thousand it
stays in the processor's cache. Parts are joined where that is known to be exact but for rounding:
for the mean over samples of a network's loss. Everything else is evaluated at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from difflab.nn.objective import Objective
from difflab.providers import Loss
from difflab.tree import Nest

PART = 4096
"""Samples; what is not more is evaluated at once."""


def parts(samples: int) -> Iterator[slice]:
    """Slices that cover the samples in order.

    Examples
    --------
    >>> [(part.start, part.stop) for part in parts(5000)]
    [(0, 4096), (4096, 5000)]
    """
    for start in range(0, samples, PART):
        yield slice(start, min(start + PART, samples))


def loss_of(objective: Loss, params: Nest, x: Any, y: Any) -> Any:
    """``objective(params, x, y)``, evaluated in parts where that gives the same number.

    Parameters
    ----------
    objective : callable
    params : nest
    x, y : array, shape (n, ...)

    Returns
    -------
    float, or what the objective gives where it is evaluated at once

    Examples
    --------
    >>> from difflab.nn import MLP, squared_error
    >>> objective = Objective(MLP((1, 1)), squared_error, l2=0.5)
    >>> params, x = [(np.ones((1, 1)), np.zeros(1))], np.ones((10_000, 1))
    >>> loss_of(objective, params, x, 2 * x)
    1.25
    """
    whole = not isinstance(objective, Objective) or objective.reduction != "mean"
    if whole or len(x) <= PART:
        return objective(params, x, y)
    # a mean of parts weighted by their size; the penalty, once in each, is once in it too
    total = sum(
        float(objective(params, x[part], y[part])) * (part.stop - part.start)
        for part in parts(len(x))
    )
    return total / len(x)


def outputs_of(model: Any, params: Nest, x: Any) -> np.ndarray:
    """``model(params, x)`` in parts, shape (n, k).

    Examples
    --------
    >>> from difflab.nn import MLP
    >>> params, x = [(np.ones((1, 1)), np.zeros(1))], np.ones((10_000, 1))
    >>> outputs_of(MLP((1, 1)), params, x).shape
    (10000, 1)
    """
    if len(x) <= PART:
        return np.asarray(model(params, x))
    return np.concatenate([model(params, x[part]) for part in parts(len(x))])
