"""A problem: a task's objective at a seeded point, ready to be differentiated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from difflab import tasks
from difflab.objective import SampleMean
from difflab.tree import Nest

_STREAM = 2  # keeps these random numbers apart from those of weights and batches


@dataclass(frozen=True)
class Problem:
    """What a study differentiates.

    Attributes
    ----------
    objective : SampleMean
        The task's loss.
    params : nest
        The point.
    contexts : tuple of ndarray
        Inputs of shape (n, d) and targets of shape (n, k).
    samples : int
        n.
    """

    objective: SampleMean
    params: Nest
    contexts: tuple[np.ndarray, ...]
    samples: int


def problem(
    task: str, seed: int = 0, dtype: str = "float64", samples: int | None = None
) -> Problem:
    """Return a task's loss, parameters and batch; all depend on the seed, never on a provider.

    Parameters
    ----------
    task : str
        By name.
    seed : int
        Of parameters and batch.
    dtype : str
    samples : int or None
        Size of the batch, at most all; the task's own batch size where None.

    Examples
    --------
    >>> here = problem("digits", samples=16)
    >>> here.contexts[0].shape, here.samples
    ((16, 64), 16)
    """
    chosen = tasks.get(task)
    settings = replace(chosen.settings, seed=seed, dtype=dtype)
    data = chosen.dataset(settings)
    count = min(samples or settings.batch_size or data.samples, data.samples)
    rows = np.arange(data.samples)
    if count < data.samples:
        rows = np.sort(np.random.default_rng([seed, _STREAM]).permutation(data.samples)[:count])
    x, y = (np.ascontiguousarray(part[rows], dtype=dtype) for part in (data.x, data.y))
    return Problem(chosen.objective(settings), chosen.parameters(settings), (x, y), count)
